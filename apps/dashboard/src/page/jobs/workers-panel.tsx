// The worker processes: which job each has, how far it is, and the ways to end it.
import type { JSX } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { PRIORITIES, type WorkerProcess } from "../../jobs.ts";
import type { Dashboard } from "../dashboard.ts";
import { count, NOTHING, wholePercent, type Figure } from "../numbers/digits.ts";
import { onText } from "../quarter.ts";
import { useStore } from "../store.ts";
import { Live, useLive } from "../view/live.tsx";
import { START_ID } from "./needed-figure.tsx";
import { noWorkersSentence } from "./words.ts";

export function WorkersPanel({ d }: { d: Dashboard }): JSX.Element {
  const id = useId();
  const { jobs } = d;
  const { workers } = useStore(jobs.crew);
  const paused = useStore(jobs.isPaused);
  const nobody = useLive(() => {
    const account = jobs.isWhole.get() ? jobs.account : undefined;
    return noWorkersSentence(workers, account, paused);
  });
  useFocusThatStays(workers.length);
  return (
    <section class="w4 host workers" aria-labelledby={id}>
      <div class="head">
        <h2 id={id}>Worker processes</h2>
        <p class="legend wide">a killed worker loses nothing: its job is ready again</p>
      </div>
      <table aria-labelledby={id}>
        <thead>
          <tr>
            <th class="pid-column">Worker</th>
            <th class="job-column">Job</th>
            <th class="wide">File</th>
            <th class="wide progress-column">Progress</th>
            <th class="wide r done-column">Done</th>
            <th class="acts-column">
              <span class="vh">Orders</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {workers.map((worker) => (
            <Row key={worker.pid} d={d} worker={worker} />
          ))}
          {nobody !== undefined && (
            <tr>
              <td colSpan={6} class="none">
                {nobody}
              </td>
            </tr>
          )}
        </tbody>
      </table>
    </section>
  );
}

/** The button that ended a worker goes with it; the focus does not. */
function useFocusThatStays(workers: number): void {
  const before = useRef(workers);
  useEffect(() => {
    const isLess = workers < before.current;
    before.current = workers;
    if (isLess && document.activeElement === document.body)
      document.getElementById(START_ID)?.focus({ preventScroll: true });
  }, [workers]);
}

function Row({ d, worker }: { d: Dashboard; worker: WorkerProcess }): JSX.Element {
  const { jobs } = d;
  const { pid } = worker;
  const at = () => jobs.rows.at(pid);
  return (
    <tr>
      <td>
        <span class="n">{pid}</span>
      </td>
      <td>
        <Live class="name" of={() => jobWords(d, worker)} />
      </td>
      <td class="wide">
        <code>
          <Live class="name" of={() => ({ text: shortFile(at()?.file), unit: "" })} />
        </code>
      </td>
      <td class="wide">
        <div class="prog">
          <Bar part={() => at()?.progress ?? 0} />
          <Live class="r" of={() => percentOf(at()?.progress)} digits={5} />
        </div>
      </td>
      <td class="wide r">
        <Live of={() => ({ text: count(jobs.sheet.doneBy(pid)), unit: "" })} />
      </td>
      <td class="r">
        <button
          class="btn small"
          aria-label={`Stop worker ${pid}`}
          aria-disabled={worker.is === "stopping"}
          onClick={() => void jobs.stopWorker(pid)}
        >
          Stop
        </button>{" "}
        <button
          class="btn small danger"
          aria-label={`Kill −9 worker ${pid}`}
          onClick={() => void jobs.killWorker(pid)}
        >
          Kill −9
        </button>
      </td>
    </tr>
  );
}

function jobWords(d: Dashboard, { pid, is }: WorkerProcess): Figure {
  const at = d.jobs.rows.at(pid);
  if (!at) return { text: is === "running" ? "waits for a job" : `is ${is}`, unit: "" };
  const priority = d.jobs.sheet.find(at.id)?.priority;
  const name = PRIORITIES.find((one) => one.priority === priority)?.name;
  return { text: `${count(at.seq)}${name ? `, ${name}` : ""}`, unit: "" };
}

/** The last folder and the name: there it differs. */
const shortFile = (file = ""): string => file.split(/[/\\]/u).slice(-2).join("/");

const percentOf = (part: number | undefined): Figure =>
  part === undefined ? NOTHING : wholePercent(part * 100);

/** The percent beside it say the same. */
function Bar({ part }: { part: () => number }): JSX.Element {
  const bar = useRef<HTMLElement>(null);
  const read = useRef(part);
  read.current = part;
  useEffect(
    () =>
      onText(() => {
        if (bar.current) bar.current.style.width = `${100 * read.current()}%`;
      }),
    [],
  );
  return (
    <div class="bar-of-progress" aria-hidden="true">
      <i ref={bar} />
    </div>
  );
}
