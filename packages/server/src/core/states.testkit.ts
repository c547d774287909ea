// Hubs whose topics keep a state, and what they tell of it, in short.

import { down, type Pattern } from "@fanwire/protocol";
import { client, type WireFrame } from "@fanwire/testkit";
import { TestHub } from "./hub.testkit.ts";
import type { Settings, TopicRule } from "./settings.ts";

export const rule = (match: string, more: object = {}): TopicRule => ({
  match: match as Pattern,
  history: null,
  state: true,
  ...more,
});

export function hubOf(settings: Partial<Settings> = {}): TestHub {
  return new TestHub({ topics: [rule("s.**")], pingMs: 1e12, ...settings });
}

/** Sets a key, or deletes it. */
export const set = (
  topic: string,
  key: string | null,
  value: number | null,
  more: object = {},
): Uint8Array =>
  client.publish(0, topic, value ?? 0, {
    meta: { ...(key !== null && { key }), ...(value === null && { del: true }), ...more },
  });

export interface Told {
  readonly topic: string | null;
  readonly offset: number;
  readonly key: string;
  readonly value: number | null;
}

/** What publications say, in their order. */
export function told(frames: readonly WireFrame[]): Told[] {
  return frames
    .filter(([op]) => op === down.PUBLICATION || op === down.PATTERN_PUBLICATION)
    .map((frame) => {
      const meta = frame.at(-2) as ReadonlyMap<string, unknown> | null;
      const isDeleted = meta?.get("del") === true;
      const isPattern = frame[0] === down.PATTERN_PUBLICATION;
      return {
        topic: isPattern ? (frame[2] as string) : null,
        offset: (isPattern ? frame[4] : frame[2]) as number,
        key: (meta?.get("key") as string | undefined) ?? "",
        value: isDeleted ? null : (frame.at(-1) as Uint8Array)[0]!,
      };
    });
}

export const pairs = (frames: readonly WireFrame[]): unknown[] =>
  told(frames).map(({ key, value }) => [key, value]);
export const grant = (frames: readonly WireFrame[]): unknown[] =>
  (frames.find(([op]) => op === down.OK)![2] as unknown[][])[0]!;
export const ops = (frames: readonly WireFrame[]): unknown[] => frames.map(([op]) => op);
