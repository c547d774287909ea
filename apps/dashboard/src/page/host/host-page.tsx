// The Host page: the hub's figures first, the machine below.
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { Dashboard } from "../dashboard.ts";
import { isConnected } from "../data/link.ts";
import { percent, threeDigits, twoDecimals, NOTHING, type Figure } from "../numbers/digits.ts";
import { useStore } from "../store.ts";
import { ChartPanel, type LegendEntry } from "../view/chart-panel.tsx";
import { FiguresRow } from "../view/figures-row.tsx";
import { CoresPanel } from "./cores-panel.tsx";
import { ProcessesPanel } from "./processes-panel.tsx";
import { shown } from "./read.ts";
import { cpuSpec, loadSpec, memorySpec } from "./specs.ts";
import { TopicName } from "./topic-name.tsx";
import { TransferPanel } from "./transfer-panel.tsx";

const gib = (bytes: number): Figure =>
  Number.isFinite(bytes) ? { text: threeDigits(bytes / 2 ** 30), unit: "GiB" } : NOTHING;

export function HostPage({ d }: { d: Dashboard }): JSX.Element {
  const { figures } = d.host;
  const { view } = d;
  const connected = isConnected(useStore(d.connection.link));
  const away = useStore(d.host.away);
  const specs = useMemo(
    () => ({
      cpu: cpuSpec(figures, view),
      memory: memorySpec(figures, view),
      load: loadSpec(figures, view),
    }),
    [],
  );
  const context = { view, wire: d.connection.wire };
  const at = (track: "cpu" | "memory" | "load", column: number) => () =>
    shown(figures[track], column, view);
  const entry = (
    label: string,
    colour: LegendEntry["colour"],
    digits: number,
    read: () => number,
    format: (value: number) => Figure,
  ): LegendEntry => ({ label, colour, digits, value: () => format(read()) });
  return (
    <div
      class="sheet"
      data-hub={connected ? "live" : "stale"}
      data-host={connected && !away ? "live" : "stale"}
    >
      <FiguresRow d={d} />
      <ChartPanel
        class="w4 host tall"
        title="CPU"
        topic={<TopicName d={d} rest="cpu.*" />}
        spec={specs.cpu}
        context={context}
        legend={[
          entry("all cores", "c1", 6, at("cpu", 0), percent),
          entry("busiest core", "c2", 6, at("cpu", 1), percent),
        ]}
      />
      <CoresPanel d={d} />
      <ChartPanel
        class="w2 host middle"
        title="Memory"
        topic={<TopicName d={d} rest="memory" />}
        spec={specs.memory}
        context={context}
        legend={[
          entry("used", "c1", 8, at("memory", 0), gib),
          entry("cache", "c2", 8, at("memory", 1), gib),
        ]}
      />
      <TransferPanel d={d} kind="network" />
      <TransferPanel d={d} kind="disk" />
      <ChartPanel
        class="w2 host low"
        title="Load"
        topic={<TopicName d={d} rest="load" />}
        spec={specs.load}
        context={context}
        legend={[
          entry("1 m", "c1", 4, at("load", 0), twoDecimals),
          entry("5 m", "c2", 4, at("load", 1), twoDecimals),
          entry("15 m", "c3", 4, at("load", 2), twoDecimals),
        ]}
      />
      <ProcessesPanel d={d} />
    </div>
  );
}
