// What hubs are loaded with: mixed and without end for those who kill it at any time, short and always the same for those who count its calls.

import type { CountedRule, TopicLoad } from "./topic-traffic.ts";

const YEAR_MS = 31_536_000_000;

/** So many publications are kept, whatever they take. */
function rule(match: string, count: number, more: Partial<CountedRule> = {}): CountedRule {
  return { match, history: { count, bytes: 1_073_741_824, ageMs: YEAR_MS }, ...more };
}

const DURABLE = { durable: true } as const;
const STATE = { durable: true, state: true } as const;

const FOLLOWED =
  "d.a d.a d.a d.b.c d.b.c d.b.d d.b.d bulk.x bulk.x d.** d.** d.** d.b.* d.b.* *.a *.a ** m.a m.a e.a".split(
    " ",
  );

/** Four publishers and twenty subscribers: durable topics, state, topics in memory, topics of which nothing is kept. */
export function mixedLoad(window: number): TopicLoad {
  const short = { window, bytesMax: 512 };
  return {
    rules: [
      rule("d.**", 20_000, DURABLE),
      rule("s.**", 20_000, STATE),
      // long payloads, so that snapshots are written
      rule("bulk.**", 400, DURABLE),
      rule("m.**", 20_000),
    ],
    publishers: [
      { ...short, topics: ["d.a", "d.b.c", "m.a"] },
      { ...short, topics: ["d.a", "d.b.d", "m.a", "e.a"] },
      { ...short, topics: ["d.a", "d.b.c", "d.b.d", "s.x"] },
      { window, bytesMax: 32_768, topics: ["bulk.x", "d.b.c", "s.y"] },
    ],
    followed: FOLLOWED,
    durable: ["d.a", "d.b.c", "d.b.d", "bulk.x", "s.x", "s.y"],
    states: ["s.x", "s.y"],
  };
}

/** A segment for {@link shortLoad}: it fills several, and two snapshots and more are written. In bytes. */
export const SHORT_SEGMENT_BYTES = 65_536;

/** One durable publication after the other, so that calls are the same ones each time, and some that need no disk. */
export const shortLoad: TopicLoad = {
  rules: [rule("d.**", 1000, DURABLE), rule("s.**", 1000, STATE)],
  publishers: [
    { topics: ["d.a", "d.b", "s.x"], window: 1, bytesMax: 40_000, most: 56 },
    { topics: ["e.a"], window: 4, bytesMax: 64, most: 40 },
  ],
  followed: ["d.a", "d.**", "**"],
  durable: ["d.a", "d.b", "s.x"],
  states: ["s.x"],
};

/** The mean length of a payload of {@link rotLoad}, in bytes. */
const ROT_MEAN_BYTES = 2100;

/** Publications of {@link rotLoad} without an answer. */
export const ROT_WINDOW = 32;

/** Publications of so many bytes in all, to one topic. */
export function rotLoad(bytes: number): TopicLoad {
  const most = Math.ceil(bytes / ROT_MEAN_BYTES);
  return {
    rules: [rule("d.**", 1_000_000, DURABLE)],
    publishers: [{ topics: ["d.a"], window: ROT_WINDOW, bytesMax: 16_384, most }],
    followed: [],
    durable: ["d.a"],
    states: [],
  };
}
