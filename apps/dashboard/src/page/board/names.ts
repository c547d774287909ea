// Who draws: each open tab gets two words and one of the three colours.

const FIRST = [
  "copper",
  "slow",
  "plain",
  "amber",
  "quiet",
  "early",
  "north",
  "silver",
  "brisk",
  "mossy",
  "distant",
  "bright",
  "patient",
  "sandy",
  "velvet",
  "windy",
];
const SECOND = [
  "fox",
  "heron",
  "otter",
  "lynx",
  "finch",
  "badger",
  "wren",
  "seal",
  "marten",
  "plover",
  "hare",
  "stork",
  "beaver",
  "swift",
  "ibex",
  "crane",
];

export const COLOURS = ["c1", "c2", "c3"] as const;
export type ColourName = (typeof COLOURS)[number];

export interface Author {
  /** Of the tab, so that two of the same name are told apart. */
  readonly tab: string;
  readonly name: string;
  readonly colour: ColourName;
}

/** `chance`: from 0 to below 1, as Math.random gives it. */
export function newAuthor(tab: string, chance: () => number): Author {
  const one = <T>(of: readonly T[]): T => of[Math.floor(chance() * of.length)] as T;
  return { tab, name: `${one(FIRST)}-${one(SECOND)}`, colour: one(COLOURS) };
}
