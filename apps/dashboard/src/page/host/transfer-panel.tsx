// Network and disk: the same shape, one line above zero and one below, of one interface or device at a time.
import type { JSX } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import type { Dashboard } from "../dashboard.ts";
import type { Track } from "../data/track.ts";
import { BYTES_PER_SECOND, Unit } from "../numbers/units.ts";
import { ChartPanel } from "../view/chart-panel.tsx";
import { useLive } from "../view/live.tsx";
import { shown } from "./read.ts";
import { transferSpec } from "./specs.ts";
import { TopicName } from "./topic-name.tsx";

const KINDS = {
  network: {
    title: "Network",
    level: "net",
    words: ["in", "out"],
    choice: "Interface",
    what: "Network figures",
  },
  disk: {
    title: "Disk",
    level: "disk",
    words: ["read", "write"],
    choice: "Device",
    what: "Disk figures",
  },
} as const;
/** The first values are too few to tell which is the busiest. */
const SETTLED_MS = 3_000;

export function TransferPanel({
  d,
  kind,
}: {
  d: Dashboard;
  kind: keyof typeof KINDS;
}): JSX.Element {
  const { title, level, words, choice, what } = KINDS[kind];
  const tracks = d.host.figures[kind];
  const unreadable = useLive(() => d.host.figures.about?.unreadable?.includes(kind) ?? false);
  const [names, name, choose] = useBusiest(tracks);
  const current = () => tracks.get(name);
  const spec = useMemo(() => transferSpec(title, words, current, d.view), [name]);
  const [above, below] = useMemo(
    () => [new Unit(BYTES_PER_SECOND), new Unit(BYTES_PER_SECOND)],
    [name],
  );
  const select = (
    <select
      class="topic-choice"
      aria-label={choice}
      value={name}
      onChange={(event) => choose(event.currentTarget.value)}
    >
      {names.map((n) => (
        <option key={n}>{n}</option>
      ))}
    </select>
  );
  return (
    <ChartPanel
      class="w2 host middle"
      title={title}
      topic={
        <>
          <TopicName d={d} rest={`${level}.${names.length > 1 ? "" : name || "*"}`} />
          {names.length > 1 && select}
        </>
      }
      spec={spec}
      context={{ view: d.view, wire: d.connection.wire }}
      error={unreadable ? `${what} are not readable here.` : undefined}
      legend={[
        {
          label: words[0],
          colour: "c1",
          digits: 9,
          value: () => above.format(shown(current(), 0, d.view)),
        },
        {
          label: words[1],
          colour: "c2",
          digits: 9,
          value: () => below.format(-shown(current(), 1, d.view)),
        },
      ]}
    />
  );
}

/** Names with the busiest first, the one that is shown, and a way to choose another. */
function useBusiest(
  tracks: ReadonlyMap<string, Track>,
): [string[], string, (name: string) => void] {
  const known = useLive(() => [...tracks.keys()].join(" "));
  const [names, setNames] = useState<string[]>([]);
  const [chosen, setChosen] = useState<string>();
  useEffect(() => {
    const order = () =>
      setNames([...tracks.keys()].toSorted((a, b) => moved(tracks.get(b)) - moved(tracks.get(a))));
    order();
    const timer = setTimeout(order, SETTLED_MS);
    return () => clearTimeout(timer);
  }, [known]);
  return [names, chosen ?? names[0] ?? "", setChosen];
}

/** All that was moved as long as it is known, in bytes a second summed up. */
function moved(track: Track | undefined): number {
  const { start, end } = track?.between(-Infinity, Infinity) ?? { start: 0, end: 0 };
  let sum = 0;
  for (const values of track?.columns ?? [])
    for (let i = start; i < end; i++) sum += Math.abs(values[i] ?? 0) || 0;
  return sum;
}
