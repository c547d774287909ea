// A publisher of states: it sets keys, deletes them, lets them expire, and replaces what it knows.

import { down, type EnvelopeValue } from "@fanwire/protocol";
import { client } from "@fanwire/testkit";
import type { TestClient } from "../hub.testkit.ts";
import { payloadOf } from "./payload.testkit.ts";
import type { Places } from "./places.testkit.ts";

/** What a write replaces: a place, or nothing (offset 0). */
export interface Expected {
  readonly epoch: number;
  readonly offset: number;
}

export interface Write {
  readonly topic: string;
  readonly key: string;
  readonly payload: number;
  readonly isDeletion: boolean;
  /** Infinity: for ever. */
  readonly ttlMs: number;
  /** Null: it replaces whatever is there. */
  readonly expected: Expected | null;
  /** Nobody may know what became of it. */
  answer: "none" | "confirmed" | "refused";
  /** Where it stands, as far as anybody has seen; offset 0: nobody has. */
  epoch: number;
  offset: number;
}

export class Writer {
  /** All that was ever sent, by payload. */
  readonly writes: Map<number, Write> = new Map();
  c!: TestClient;
  readonly #places: Places;
  /** Makes numbers of payloads. */
  readonly #next: () => number;
  readonly #asked = new Map<number, Write>();

  constructor(places: Places, next: () => number) {
    this.#places = places;
    this.#next = next;
  }

  /** What was not answered over the connection before never will be. */
  connect(c: TestClient): void {
    this.c = c;
    this.#asked.clear();
  }

  send(
    topic: string,
    key: string,
    more: { isDeletion?: boolean; ttlMs?: number; expected?: Expected | null } = {},
  ): Write {
    const payload = this.#next();
    const { isDeletion = false, ttlMs = Infinity, expected = null } = more;
    const write: Write = {
      topic,
      key,
      payload,
      isDeletion,
      ttlMs,
      expected,
      answer: "none",
      epoch: 0,
      offset: 0,
    };
    this.writes.set(payload, write);
    this.#asked.set(payload, write);
    this.#places.publish(payload, topic);
    const meta: Record<string, EnvelopeValue> = { key };
    if (isDeletion) meta["del"] = true;
    if (ttlMs < Infinity) meta["ttl"] = ttlMs;
    this.c.send(
      client.publish(payload, topic, payloadOf(payload), {
        meta,
        ...(expected !== null && { options: { if: [expected.epoch, expected.offset] } }),
      }),
    );
    return write;
  }

  /** Reads its answers. `stored`: the records on disk. */
  hear(stored: readonly Uint8Array[]): void {
    for (const [op, id, , epoch, offset] of this.c.take()) {
      const write = this.#asked.get(id as number);
      if (write === undefined || (op !== down.OK && op !== down.REFUSED)) continue;
      this.#asked.delete(write.payload);
      write.answer = op === down.OK ? "confirmed" : "refused";
      if (op === down.REFUSED) {
        this.#places.refuse(write.payload);
        continue;
      }
      this.#places.seen(
        write.topic,
        epoch as number,
        offset as number,
        write.payload,
        write.topic.startsWith("s.") ? stored : null,
      );
      this.saw(write.payload, epoch as number, offset as number);
    }
  }

  /** Somebody has seen where a write stands. */
  saw(payload: number, epoch: number, offset: number): void {
    const write = this.writes.get(payload);
    if (write !== undefined) Object.assign(write, { epoch, offset });
  }
}
