// Under which conditions a publication is taken: that it has not come before, and that what it replaces has not changed.

import type { EnvelopeValue } from "@fanwire/protocol";
import { hashOf, type Identity, type Verdict } from "../once.ts";
import type { OnceRecord } from "../records.ts";
import { refusal, type Refusal } from "../refusal.ts";
import type { LiveSession, LiveTopic } from "../session.ts";
import type { TopicState } from "../state.ts";
import type { Expected, PublishOptions } from "./publish-options.ts";

/** What was found of a publication that may come twice. */
export interface Seen {
  readonly isNew: boolean;
  /** Its offset; null: no longer known. */
  readonly offset: number | null;
  /** It is being stored. */
  readonly isPending: boolean;
}

const NEW: Seen = { isNew: true, offset: null, isPending: false };

/** Null: it is one that does not come twice. */
export function onceOf(
  session: LiveSession,
  { identity }: PublishOptions,
  bytes: Uint8Array,
  from: number,
  to: number,
): OnceRecord | null {
  if (identity === null) return null;
  // the random number of a producer is its own; an id is its subject's
  if ("producer" in identity) return { identity, subject: "", hash: 0 };
  return { identity, subject: session.publisher ?? "", hash: hashOf(bytes, from, to) };
}

/** Whether it came before. */
export function look(
  { once }: LiveTopic,
  { subject, identity, hash }: OnceRecord,
  now: number,
): Seen | Refusal {
  const verdict = once?.look(subject, identity, hash, now) ?? firstOf(identity);
  if (verdict === "new") return NEW;
  if (verdict === "conflict")
    return refusal("conflict", "The id was used for another payload; choose another id.");
  if (verdict === "out-of-order")
    return refusal(
      "out-of-order",
      "A publication before this one is missing; send that first.",
      100,
    );
  return "pending" in verdict
    ? { isNew: false, offset: verdict.pending, isPending: true }
    : { isNew: false, offset: verdict.offset, isPending: false };
}

/** Nothing is remembered yet. */
function firstOf(identity: Identity): Verdict {
  return "id" in identity || identity.n === Math.max(1, identity.base) ? "new" : "out-of-order";
}

/** Why the last publication is another one than the publisher expects; what is being stored counts too. */
export function whyChanged(
  topic: LiveTopic,
  expected: Expected | null,
  meta: ReadonlyMap<string, EnvelopeValue> | null,
): Refusal | undefined {
  if (expected === null) return undefined;
  const { state, epoch } = topic;
  const last = state === null ? topic.head + topic.pending : lastOf(topic, state, keyOf(meta));
  const isSame =
    expected.offset === 0
      ? last <= 0
      : expected.epoch === epoch && expected.offset === Math.abs(last);
  if (isSame) return undefined;
  const what = state === null ? "topic" : "key";
  return refusal(
    "conflict",
    last === 0
      ? `There is no publication of the ${what} yet.`
      : `The last publication of the ${what} has epoch ${epoch} and offset ${Math.abs(last)}.`,
  );
}

/** The offset of a key's last publication, below 0 of a deletion; 0 when there is none. */
function lastOf(topic: LiveTopic, state: TopicState, key: string): number {
  const pending = topic.pendingKeys?.get(key);
  if (pending !== undefined) return pending;
  const value = state.get(key);
  if (value === undefined) return 0;
  return value.isDeleted ? -value.offset : value.offset;
}

export function keyOf(meta: ReadonlyMap<string, EnvelopeValue> | null): string {
  const key = meta?.get("key");
  return typeof key === "string" ? key : "";
}

/** A publication of the key is being stored. */
export function pendKey(topic: LiveTopic, key: string, offset: number, isDeletion: boolean): void {
  topic.pendingKeys ??= new Map();
  topic.pendingKeys.set(key, isDeletion ? -offset : offset);
}

/** It is no longer being stored. */
export function settleKey(topic: LiveTopic, key: string, offset: number): void {
  if (Math.abs(topic.pendingKeys?.get(key) ?? 0) === offset) topic.pendingKeys?.delete(key);
}
