// Counters that only grow, and what they grew by over the last second.

/** Ticks of the kernel are 10 ms: over a second they give percents, over a tenth of one only tens of percents. */
const WINDOW_MS = 1_000;

/** `A` counters, read at two moments. */
export interface Growth<A> {
  readonly before: A;
  readonly after: A;
  readonly seconds: number;
}

export class Readings<A> {
  #kept: { at: number; value: A }[] = [];

  /** The newest reading against the one about a second before it; undefined while there is none so old. */
  add(at: number, value: A): Growth<A> | undefined {
    this.#kept.push({ at, value });
    while (this.#kept[1] && at - this.#kept[1].at >= WINDOW_MS) this.#kept.shift();
    const oldest = this.#kept[0];
    // what happened to fall into a tenth of a second would be told as ten times as much
    if (!oldest || at - oldest.at < WINDOW_MS) return undefined;
    return { before: oldest.value, after: value, seconds: (at - oldest.at) / 1000 };
  }
}

/** Counters by name (interface, disk) to rates by name; what appeared meanwhile has no rate yet, what restarted gives 0. */
export function rates<K extends string>(
  growth: Growth<ReadonlyMap<string, Readonly<Record<K, number>>>>,
  keys: readonly K[],
): Map<string, Record<K, number>> {
  const result = new Map<string, Record<K, number>>();
  for (const [name, after] of growth.after) {
    const before = growth.before.get(name);
    if (!before) continue;
    const perSecond = (k: K) => Math.max(0, after[k] - before[k]) / growth.seconds;
    result.set(name, Object.fromEntries(keys.map((k) => [k, perSecond(k)])) as Record<K, number>);
  }
  return result;
}
