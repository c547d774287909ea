// Names of topics, made from what users type without letting it add a level or a wildcard.

import { codeLevel, patternFault } from "@fanwire/protocol";

/** Values for the places of a name: `{ symbol: "EUR" }` for `prices.{symbol}`. */
export type Params = Readonly<Record<string, string | number>>;

/**
 * A template tag that makes a name of a topic or pattern: each inserted value becomes one coded level, or the coded part of one.
 * `` topic`prices.${"a.b"}` `` is `prices.a%2Eb`.
 */
export function topic(
  strings: TemplateStringsArray,
  ...levels: readonly (string | number)[]
): string {
  return String.raw({ raw: strings }, ...levels.map((level) => codeLevel(String(level))));
}

/** The name with its places filled, each value coded as one level. Throws a TypeError when that is no topic or pattern. */
export function nameOf(name: string, params: Params = {}): string {
  const filled = name.replace(/\{(\w+)\}/gu, (place, key: string) =>
    Object.hasOwn(params, key) ? codeLevel(String(params[key])) : place,
  );
  const fault = patternFault(filled);
  if (fault !== undefined)
    throw new TypeError(`${JSON.stringify(filled)} is no topic or pattern: ${fault}`);
  return filled;
}
