// What waits for a link, how much of it, and where it is kept so that it outlives the page.

import { checkNumber, checkOneOf } from "./check.ts";

/** A publication as it is kept: all that is needed to send it, and to be known as the same when it was sent before. */
export interface OutboxEntry {
  /** A random number of the client that published it, and when it did, in milliseconds since 1970 or a little more: together its key. */
  readonly producer: number;
  readonly seq: number;
  /** What the hub knows it by beside `producer`; 0: by the `id` in its options. */
  readonly n: number;
  readonly topic: string;
  /** The options of PUBLISH but its number, the encoding, the meta and the payload, as the protocol has them. */
  readonly options: { readonly confirm?: number; readonly id?: string; readonly if?: unknown };
  readonly encoding: number;
  readonly meta: unknown;
  readonly payload: Uint8Array;
  /** When it is not sent any more, in milliseconds since 1970. */
  readonly until: number;
}

/**
 * Keeps publications until their outcome is known, over the life of a page. One store is for one client; several may share what is behind
 * it, if no two of them give out the same entry at the same time. What a promise rejects with is told by `onDiagnostic`.
 */
export interface OutboxStore {
  /**
   * Called once, first. `producer` is that of all that will be put. Gives what earlier clients left to `take`, in the order of their `seq`,
   * as soon as they are gone: what is free at once before it resolves. What is given out is this client's until it removes it or closes.
   */
  open(producer: number, take: (entries: readonly OutboxEntry[]) => void): Promise<void>;
  /** Resolves when the entry is there to stay. It is not sent before that; when it rejects, it is sent, and does not outlive the page. */
  put(entry: OutboxEntry): Promise<void>;
  /** Its outcome is known. Never overtakes the `put` of the same. */
  remove(entry: OutboxEntry): Promise<void>;
  /** The client is closed; what is left is for others. */
  close(): Promise<void>;
}

/** What may wait for a link. */
export interface OutboxOptions {
  /** Publications without a link, at most, those included that a lost link left unanswered. Default 1,000. */
  readonly count?: number | undefined;
  /** Bytes of their payloads, at most. Default 1 MiB. */
  readonly bytes?: number | undefined;
  /** What `timeoutMs` of a publication is if it is left out, in milliseconds. Default 10,000, and with a `store` a day. */
  readonly ttlMs?: number | undefined;
  /**
   * Where publications are kept until their outcome is known, so that the next page sends what this one could not: `indexedDbOutbox` of
   * `@fanwire/client/outbox`. Default: nowhere. Not kept is what is published with `confirm: "none"` or `offline: "fail"`.
   */
  readonly store?: OutboxStore | undefined;
  /** What is refused as `outbox-full` when there is too much: the newest (default), or the oldest. */
  readonly onFull?: "reject" | "drop-oldest" | undefined;
}

/** The same with its defaults. */
export interface Outbox extends OutboxOptions {
  readonly count: number;
  readonly bytes: number;
  readonly ttlMs: number;
}

/** Throws a TypeError for an option that cannot be. */
export function readOutbox({
  count = 1000,
  bytes = 1_048_576,
  store,
  ttlMs = store ? 86_400_000 : 10_000,
  onFull,
}: OutboxOptions = {}): Outbox {
  checkNumber("outbox.count", count, 1);
  checkNumber("outbox.bytes", bytes, 1);
  checkNumber("outbox.ttlMs", ttlMs, 0);
  checkOneOf("outbox.onFull", onFull, "reject", "drop-oldest");
  return { count, bytes, ttlMs, store, onFull };
}
