// The Jobs page: the answer first, then every job, then who works.
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { Dashboard } from "../dashboard.ts";
import { isConnected } from "../data/link.ts";
import { shown } from "../host/read.ts";
import { count, NOTHING, type Figure } from "../numbers/digits.ts";
import { useStore } from "../store.ts";
import { ChartPanel, type LegendEntry } from "../view/chart-panel.tsx";
import { QUEUE } from "../../jobs.ts";
import { AccountPanel } from "./account-panel.tsx";
import { CellsPanel } from "./cells-panel.tsx";
import { duration } from "./duration.ts";
import { JobsFigures } from "./figures-row.tsx";
import { SendPanel } from "./send-panel.tsx";
import { depths, depthSpec, processingSpec, workersSpec, type Depths } from "./specs.ts";
import { WorkersPanel } from "./workers-panel.tsx";

export function JobsPage({ d }: { d: Dashboard }): JSX.Element {
  const { figures } = d.jobs;
  const { view } = d;
  const connected = isConnected(useStore(d.connection.link));
  const error = useStore(d.jobs.refusal);
  const specs = useMemo(
    () => ({
      depth: depthSpec(figures, view),
      processing: processingSpec(figures, view),
      workers: workersSpec(figures, view),
    }),
    [],
  );
  const context = { view, wire: d.connection.wire };
  const freshness = connected && error === undefined ? "live" : "stale";
  const depth = (name: keyof Depths, colour: LegendEntry["colour"]): LegendEntry => ({
    label: name,
    colour,
    digits: 3,
    value: () => whole(depths(figures, view)[name]),
  });
  const time = (label: string, colour: LegendEntry["colour"], column: number): LegendEntry => ({
    label,
    colour,
    digits: 6,
    value: () => duration(shown(figures.processing, column, view)),
  });
  const workers = (label: string, colour: LegendEntry["colour"], column: number): LegendEntry => ({
    label,
    colour,
    digits: 2,
    value: () => whole(shown(figures.workers, column, view)),
  });
  const common = {
    class: "w2 host middle",
    topic: <code class="topic">$queue.{QUEUE}.stats</code>,
    context,
    error,
  };
  return (
    <div class="sheet" data-hub={freshness} data-host={freshness}>
      <JobsFigures d={d} />
      <CellsPanel d={d} />
      <SendPanel d={d} />
      <ChartPanel
        {...common}
        title="Depth"
        spec={specs.depth}
        legend={[depth("urgent", "c2"), depth("normal", "c1"), depth("low", "c3")]}
      />
      <ChartPanel
        {...common}
        title="Processing time"
        spec={specs.processing}
        legend={[time("p50", "c1", 0), time("p95", "c2", 1)]}
      />
      <ChartPanel
        {...common}
        class="w2 full host middle"
        title="Workers"
        spec={specs.workers}
        legend={[workers("running", "c1", 0), workers("needed", "c2", 1)]}
      />
      <WorkersPanel d={d} />
      <AccountPanel d={d} />
    </div>
  );
}

const whole = (value: number): Figure =>
  Number.isFinite(value) ? { text: count(value), unit: "" } : NOTHING;
