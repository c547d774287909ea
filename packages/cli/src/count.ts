// Numbers, as a person reads them.

/** With thousands apart. */
export const shown = (n: number): string => Math.round(n).toLocaleString("en");

/** A number of things, in words. */
export const countOf = (n: number, what: string): string =>
  `${shown(n)} ${what}${n === 1 ? "" : "s"}`;
