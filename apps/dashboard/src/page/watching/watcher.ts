// What a tab says of itself to those who look at the same pages. It comes from other browsers, so nothing of it is believed unread.
import { readAuthor } from "../board/payloads.ts";
import type { Author } from "../board/names.ts";

const DEVICES = ["computer", "tablet", "phone"] as const;
export type Device = (typeof DEVICES)[number];

/** What one looks at, or does. */
const DOINGS = ["Host", "Board", "Jobs", "drawing", "writing", "away"] as const;
export type Doing = (typeof DOINGS)[number];

/** Member of the topic `board`. */
export interface Watcher extends Author {
  readonly device: Device;
  readonly doing: Doing;
}

const oneOf = <T>(all: readonly T[], value: unknown): T | undefined =>
  all.find((one) => one === value);

export function readWatcher(data: unknown): Watcher | undefined {
  const author = readAuthor(data);
  const { device, doing } = (data ?? {}) as Readonly<Record<string, unknown>>;
  const [on, does] = [oneOf(DEVICES, device), oneOf(DOINGS, doing)];
  return author && on && does ? { ...author, device: on, doing: does } : undefined;
}

/** A finger on something small is a phone. */
export function deviceOf(isCoarse: boolean, width: number): Device {
  if (!isCoarse) return "computer";
  return width < 760 ? "phone" : "tablet";
}
