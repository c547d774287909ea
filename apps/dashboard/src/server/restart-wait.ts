// How long to wait before a child that ended is started again.

const FIRST_MS = 100;
const LONGEST_MS = 5_000;
/** A child that ran this long was well: what ended it is news, and the waits begin anew. */
const WELL_AFTER_MS = 10_000;

/** `endings`: how often it ended in a row without having been well. */
export const waitMs = (endings: number): number =>
  Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, endings - 1));

export const endingsNow = (before: number, ranMs: number): number =>
  ranMs >= WELL_AFTER_MS ? 1 : before + 1;
