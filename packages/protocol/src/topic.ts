// Names. A topic is levels joined by dots; a pattern is a topic in which a level may be a wildcard. One spelling for each
// topic: a byte that may stand literally is never coded, so equal topics are equal strings.

import { levelBytesMax, levelsMax, topicBytesMax } from "./limits.ts";

declare const brand: unique symbol;

/** A name that passed {@link isTopic}: `prices.eur`. */
export type Topic = string & { readonly [brand]: "topic" };

/** A name that passed {@link isPattern}: `prices.*`, `prices.**`, or any topic. */
export type Pattern = string & { readonly [brand]: "topic" | "pattern" };

const PERCENT = 0x25;
const STAR = 0x2a;
const DOLLAR = 0x24;

/** 1 for each ASCII code that may stand literally in a level. */
const literal = new Uint8Array(128);
for (const c of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_~:@=,;!()$-|")
  literal[c.charCodeAt(0)] = 1;

/** True when `name` is a topic: levels of literal or coded bytes, no wildcard, inside the bounds of `limits.ts`. */
export function isTopic(name: string): name is Topic {
  return topicFault(name) === undefined;
}

/** True when `name` is a pattern: a topic in which `*` may stand for one level and a final `**` for any number of them. */
export function isPattern(name: string): name is Pattern {
  return patternFault(name) === undefined;
}

/** Why `name` is no topic, as a clause that can follow "because"; undefined when it is one. */
export function topicFault(name: string): string | undefined {
  return nameFault(name, false);
}

/** Why `name` is no pattern, as a clause that can follow "because"; undefined when it is one. */
export function patternFault(name: string): string | undefined {
  return nameFault(name, true);
}

/** True for a topic or pattern whose first level begins with `$`: the hub's own, which clients never publish to. */
export function isHubOwned(name: string): boolean {
  return name.charCodeAt(0) === DOLLAR;
}

/** True when `pattern` can match more than the one topic of the same spelling. */
export function hasWildcard(pattern: string): boolean {
  return pattern.includes("*");
}

/**
 * True when every topic that `b` matches is matched by `a`. A topic is a pattern that matches itself, so
 * `covers(pattern, topic)` says whether the topic matches.
 */
export function covers(a: Pattern, b: Pattern): boolean {
  return coversLevels(a.split("."), b.split("."));
}

/** The same as {@link covers}, of the levels of both. */
export function coversLevels(a: readonly string[], b: readonly string[]): boolean {
  const wide = isLone(a) ? ANY : a;
  const narrow = isLone(b) ? ANY : b;
  for (let i = 0; ; i++) {
    const w = wide[i];
    const n = narrow[i];
    if (w === "**") return true; // also where `narrow` has ended: zero levels
    if (w === undefined || n === undefined) return w === n;
    if (w === n) continue;
    if (w !== "*" || n === "**") return false;
    if (i === 0 && isHubOwned(n)) return false;
  }
}

/** A lone `**` means at least one level, as every topic has one. */
const ANY: readonly string[] = ["*", "**"];

function isLone(levels: readonly string[]): boolean {
  return levels.length === 1 && levels[0] === "**";
}

/** One level that stands for `text`, whatever it holds: its UTF-8 bytes, coded where they may not stand literally. */
export function codeLevel(text: string): string {
  if (text === "") return "%";
  let level = "";
  for (const byte of new TextEncoder().encode(text))
    level +=
      literal[byte] === 1
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  return level;
}

/** The text that {@link codeLevel} was given. Bytes that are not UTF-8 become U+FFFD. */
export function decodeLevel(level: string): string {
  if (level === "%") return "";
  const bytes = level
    .match(/%..|./gsu)
    ?.map((c) => (c.length === 3 ? Number.parseInt(c.slice(1), 16) : c.charCodeAt(0)));
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.from(bytes ?? []));
}

// The hub's own first level is not counted: `$presence.<topic>` exists for every topic, also for one of full length.
function nameFault(name: string, wildcards: boolean): string | undefined {
  let counted = 0;
  let levels = 0;
  for (let start = 0; ;) {
    const dot = name.indexOf(".", start);
    const end = dot < 0 ? name.length : dot;
    const fault = levelFault(name, start, end, wildcards && (end === name.length ? 2 : 1));
    if (fault !== undefined) return fault;
    if (start > 0 || !isHubOwned(name)) {
      levels++;
      counted += end - start + (dot < 0 ? 0 : 1);
    }
    if (dot < 0) break;
    start = dot + 1;
  }
  if (levels > levelsMax) return `it has ${levels} levels and ${levelsMax} are allowed`;
  if (counted > topicBytesMax)
    return `it is ${counted} bytes long and ${topicBytesMax} are allowed`;
  return undefined;
}

/** `wildcards`: the longest run of stars that may be this level. */
function levelFault(
  name: string,
  start: number,
  end: number,
  wildcards: number | false,
): string | undefined {
  if (start === end) return "it has an empty level (an empty level is written %)";
  if (end - start > levelBytesMax)
    return `a level is ${end - start} bytes long and ${levelBytesMax} are allowed`;
  if (name.charCodeAt(start) === STAR) return wildcardFault(name, start, end, wildcards);
  for (let i = start; i < end; i++) {
    const c = name.charCodeAt(i);
    if (literal[c] === 1) continue;
    if (c !== PERCENT) return `${JSON.stringify(name[i])} may not stand in a level uncoded`;
    if (end - start === 1) return undefined;
    if (!isCoded(name, i, end))
      return "% must be followed by two upper-case hex digits of a byte that needs coding";
    i += 2;
  }
  return undefined;
}

function wildcardFault(
  name: string,
  start: number,
  end: number,
  wildcards: number | false,
): string | undefined {
  const text = name.slice(start, end);
  if (text !== "*" && text !== "**") return "* must be a whole level";
  if (wildcards === false) return "a topic has no wildcards";
  return text.length > wildcards ? "** may only be the last level" : undefined;
}

/** A "%" at `i` begins a coded byte, and that byte may not stand literally (else a topic would have two spellings). */
function isCoded(name: string, i: number, end: number): boolean {
  if (i + 2 >= end) return false;
  const byte = hexDigit(name.charCodeAt(i + 1)) * 16 + hexDigit(name.charCodeAt(i + 2));
  return byte >= 0 && literal[byte] !== 1;
}

function hexDigit(c: number): number {
  if (c >= 0x30 && c <= 0x39) return c - 0x30;
  if (c >= 0x41 && c <= 0x46) return c - 0x37;
  return -1000;
}
