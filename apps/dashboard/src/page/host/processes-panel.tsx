// The five busiest processes, each with its last minute.
import type { JSX } from "preact";
import { useId, useMemo } from "preact/hooks";
import type { Dashboard } from "../dashboard.ts";
import type { ProcessRow } from "../data/host-figures.ts";
import { NOTHING, percent, type Figure } from "../numbers/digits.ts";
import { BYTES, Unit } from "../numbers/units.ts";
import { Live, useLive } from "../view/live.tsx";
import { Spark } from "../view/spark.tsx";
import { shown } from "./read.ts";
import { TopicName } from "./topic-name.tsx";

const ROWS = 5;
const HOLD_MS = 1_800;

export function ProcessesPanel({ d }: { d: Dashboard }): JSX.Element {
  const id = useId();
  const unreadable = useLive(
    () => d.host.figures.about?.unreadable?.includes("processes") ?? false,
  );
  const rows = useMemo(() => d.view.unlessHeld(() => d.host.figures.processes), []);
  return (
    <section class="w4 host" aria-labelledby={id}>
      <div class="head">
        <h2 id={id}>Busiest processes</h2>
        <TopicName d={d} rest="top" />
      </div>
      {unreadable ? (
        <p class="note">Processes are not readable here.</p>
      ) : (
        <table class="processes" aria-labelledby={id}>
          <thead>
            <tr>
              <th class="name-column">Process</th>
              <th class="wide r">PID</th>
              <th class="wide">User</th>
              <th class="spark-column">CPU, last 60 s</th>
              <th class="r">CPU</th>
              <th class="r">Memory</th>
            </tr>
          </thead>
          <tbody>
            {Array.from({ length: ROWS }, (_, i) => (
              <Row key={i} d={d} row={() => rows()[i]} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Row({ d, row }: { d: Dashboard; row: () => ProcessRow | undefined }): JSX.Element {
  const memory = useMemo(() => new Unit(BYTES), []);
  const word = (text: string | undefined): Figure =>
    text === undefined ? NOTHING : { text, unit: "" };
  const cpu = () => percent(shown(row()?.track, 0, d.view));
  return (
    <tr>
      <td>
        <code>
          <Live class="name" of={() => word(row()?.name)} />
        </code>
      </td>
      <td class="wide r">
        <Live of={() => word(row()?.pid.toString())} />
      </td>
      <td class="wide">
        <Live of={() => word(row()?.user)} />
      </td>
      <td>
        <Spark
          label="CPU, last 60 s"
          lastMinute
          view={d.view}
          holdMs={HOLD_MS}
          track={() => row()?.track}
          top={(peak) => Math.max(100, peak)}
        />
      </td>
      <td class="r">
        <Live of={cpu} />
      </td>
      <td class="r">
        <Live of={() => memory.format(row()?.memory ?? NaN)} />
      </td>
    </tr>
  );
}
