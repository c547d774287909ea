// Programmers' mistakes: told at once, as a TypeError with a sentence.

/** Throws `${name} must be ${rule}` unless `ok`. */
export function check(ok: boolean, name: string, rule: string): void {
  if (!ok) throw new TypeError(`${name} must be ${rule}`);
}

/** An option that is a number of at least `least`, where it is given. */
export function checkNumber(name: string, value: number | undefined, least: number): void {
  const isGood = value === undefined || (typeof value === "number" && value >= least);
  check(isGood, name, `a number of at least ${least}`);
}

/** An option that is one of these words, where it is given. */
export function checkOneOf(name: string, value: unknown, ...words: readonly unknown[]): void {
  check(value === undefined || words.includes(value), name, words.join(" or "));
}
