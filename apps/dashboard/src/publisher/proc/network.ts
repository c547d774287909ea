// /proc/net/dev: bytes in and out of each interface since start.

export interface TrafficBytes {
  readonly in: number;
  readonly out: number;
}

/** Those whose traffic another interface carries as well (the ends of a container's cable, traffic shapers). */
const DUPLICATES = /^(veth|ifb)/;

export function parseNetwork(text: string): Map<string, TrafficBytes> {
  const all = new Map<string, TrafficBytes>();
  for (const line of text.split("\n")) {
    const found = /^\s*(\S+):\s*(.+)$/.exec(line);
    if (!found?.[1] || !found[2]) continue;
    const columns = found[2].trim().split(/\s+/).map(Number);
    all.set(found[1], { in: columns[0] ?? 0, out: columns[8] ?? 0 });
  }
  return worthShowing(all);
}

/** Without the machine talking to itself and what never carried a byte, unless there is nothing else. */
function worthShowing(all: Map<string, TrafficBytes>): Map<string, TrafficBytes> {
  const chosen = new Map(
    [...all].filter(([name, t]) => name !== "lo" && !DUPLICATES.test(name) && t.in + t.out > 0),
  );
  const lo = all.get("lo");
  if (chosen.size === 0 && lo) chosen.set("lo", lo);
  return chosen;
}
