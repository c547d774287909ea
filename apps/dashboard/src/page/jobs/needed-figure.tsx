// How many workers are needed: the answer first, then its terms.
import type { JSX } from "preact";
import { useId, useMemo } from "preact/hooks";
import type { Dashboard } from "../dashboard.ts";
import { isConnected } from "../data/link.ts";
import { count, NOTHING } from "../numbers/digits.ts";
import { useStore } from "../store.ts";
import { Live, useLive } from "../view/live.tsx";
import { formula, neededFor, slotsOf } from "./needed.ts";

export const START_ID = "start-worker";

export function NeededFigure({ d }: { d: Dashboard }): JSX.Element {
  const id = useId();
  const { jobs, view } = d;
  const connected = isConnected(useStore(d.connection.link));
  const newest = useMemo(() => view.unlessHeld(() => jobs.figures.newest), []);
  const needed = () => {
    const stats = newest();
    if (!stats) return NOTHING;
    return { text: count(stats.recommendedWorkers), unit: neededFor(stats) };
  };
  return (
    <section class="fig w2 needed" aria-labelledby={id}>
      <h2 id={id}>Workers needed</h2>
      <Live of={needed} class="big" />
      <p class="formula">
        <Live of={() => ({ text: formula(newest()), unit: "" })} />
      </p>
      <SlotsRow d={d} />
      <button
        id={START_ID}
        class="btn main corner"
        aria-disabled={!connected}
        onClick={() => connected && void jobs.startWorker()}
      >
        Start a worker
      </button>
    </section>
  );
}

/** Filled: running. Dashed: missing. */
function SlotsRow({ d }: { d: Dashboard }): JSX.Element {
  const { workers } = useStore(d.jobs.crew);
  const needed = useLive(() => d.jobs.figures.newest?.recommendedWorkers ?? 0);
  const { filled, missing, words } = slotsOf(workers.length, needed);
  return (
    <p class="slots">
      {Array.from({ length: filled + missing }, (_, i) => (
        <i key={i} class={i < filled ? "filled" : "missing"} />
      ))}
      <span>{words}</span>
    </p>
  );
}
