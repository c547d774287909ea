// Names of topics, made from what users type without letting it add a level or a wildcard.

/** Values for the places of a name: `{ symbol: "EUR" }` for `prices.{symbol}`. */
export type Params<P extends string = string> = Readonly<
  Record<string extends P ? string : PlaceOf<P>, string | number>
>;

/** The names of the places of a name. */
export type PlaceOf<P extends string> = P extends `${string}{${infer Place}}${infer Rest}`
  ? Place | PlaceOf<Rest>
  : never;

/** The bounds of a name: 255 bytes and 16 levels, a first one that begins with `$` not counted, and 128 bytes of a level. */
const bounds = /^(\$[^.]{0,127}(\.|$))?(?!.{256})([^.]{1,128}(\.|$)){0,16}$/u;

/** How it is spelled (T1, T4): levels of `%`, `*`, a last `**`, or bytes that stand literally or, if they may not, coded. */
const spelling =
  /^(([%*]|\*\*$|([\w~:@=,;!()$|-]|%(?!2[1489CD]|3[\dABD]|4|5[\dAF]|6[^0]|7[\dACE])[\dA-F]{2})+)(\.(?!$)|$))+$/u;

/** What a URI may hold and a level may not. */
const codes: Readonly<Record<string, string>> = { ".": "%2E", "*": "%2A", "'": "%27" };

/** One level that stands for `value`, as the protocol codes it (T7). */
const codeLevel = (value: string | number): string =>
  `${value}`
    .toWellFormed()
    .replace(/[^\w~:@=,;!()$|-]/gu, (c) => codes[c] ?? encodeURIComponent(c)) || "%";

/**
 * A template tag that makes a name of a topic or pattern: each inserted value becomes one coded level, or the coded part of one.
 * `` topic`prices.${"a.b"}` `` is `prices.a%2Eb`.
 */
export function topic(
  strings: TemplateStringsArray,
  ...levels: readonly (string | number)[]
): string {
  return String.raw({ raw: strings }, ...levels.map(codeLevel));
}

/** The name with its places filled, each value coded as one level. Throws a TypeError when that is no topic or pattern. */
export function nameOf(name: string, params: Params = {}): string {
  const filled = name.replace(/\{(\w+)\}/gu, (place, key: string) =>
    Object.hasOwn(params, key) ? codeLevel(params[key]!) : place,
  );
  if (!bounds.test(filled) || !spelling.test(filled))
    throw new TypeError(`no topic or pattern: ${JSON.stringify(filled)}`);
  return filled;
}
