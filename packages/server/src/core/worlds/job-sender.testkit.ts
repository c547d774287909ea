// A sender of jobs, and of publications that become jobs, that does not give up: what was not confirmed it sends again, as the same.

import { down, type EnvelopeValue } from "@fanwire/protocol";
import { client, type WireFrame } from "@fanwire/testkit";
import type { TestClient } from "../hub.testkit.ts";
import type { SentJob } from "./job-ledger.testkit.ts";
import type { Ledger } from "./job-ledger.testkit.ts";
import { payloadOf } from "./payload.testkit.ts";

/** What is sent beside the payload. */
export interface Wished {
  readonly job: SentJob;
  /** It has an id, so it may be sent again. */
  readonly isKnown: boolean;
  readonly options: Readonly<Record<string, EnvelopeValue>>;
  readonly ttlMs: number | null;
}

/** Topics whose publications become jobs. */
export const BOUND = "b";

const CONFLICT = 401;

export class JobSender {
  readonly name: string;
  c: TestClient | null = null;
  /** Sent and not confirmed. */
  waiting: Wished[] = [];
  /** Confirmed, and with an id, so that it can be sent once more. */
  readonly confirmed: Wished[] = [];
  readonly #ledger: Ledger;
  readonly #asked = new Map<number, readonly Wished[]>();
  #id = 0;

  constructor(name: string, ledger: Ledger) {
    this.name = name;
    this.#ledger = ledger;
  }

  /** Goes on over a connection. */
  join(c: TestClient): void {
    this.c = c;
    this.#asked.clear();
    this.waiting = this.waiting.filter(({ isKnown }) => isKnown);
  }

  lost(): void {
    this.c = null;
    this.waiting = this.waiting.filter(({ job, isKnown }) => job.kind.isDurable && isKnown);
    const kept = this.confirmed.filter(({ job }) => job.kind.isDurable);
    this.confirmed.splice(0, Infinity, ...kept);
  }

  /** Sends jobs of one queue together. */
  send(all: readonly Wished[]): void {
    for (const one of all) {
      this.#ledger.jobs.set(one.job.payload, one.job);
      this.waiting.push(one);
    }
    this.#say(all);
  }

  retry(): void {
    for (const one of this.waiting.slice()) if (one.isKnown) this.#say([one]);
  }

  /** One that was confirmed is sent once more, or its id for another payload. */
  sendAgain(one: Wished, isOther: boolean): void {
    if (isOther && one.job.kind.name !== "bound") {
      const id = ++this.#id;
      this.c!.send(client.job(id, one.job.kind.name, payloadOf(0), { options: one.options }));
      this.#others.add(id);
    } else this.#say([one]);
  }

  readonly #others = new Set<number>();

  /** Returns what is wrong with an answer. */
  hear(frame: WireFrame): string | undefined {
    const [op, id, what, duplicate] = frame;
    if (op !== down.OK && op !== down.REFUSED) return undefined;
    if (this.#others.delete(id as number))
      return op === down.OK ? "an id was taken for another payload" : undefined;
    const asked = this.#asked.get(id as number);
    if (asked === undefined) return undefined;
    this.#asked.delete(id as number);
    if (op === down.REFUSED) for (const one of asked) this.#refused(one, what as number);
    else if (Array.isArray(what))
      for (const [i, one] of asked.entries()) {
        const [seq, isDuplicate, code] = what[i] as [number, boolean, number | null];
        if (code === null) this.#confirmed(one, seq, isDuplicate);
        else this.#refused(one, code);
      }
    else if (asked[0]!.job.kind.name === "bound") this.#published(asked[0]!);
    else this.#confirmed(asked[0]!, what as number, duplicate as boolean);
    return undefined;
  }

  #confirmed(one: Wished, seq: number, isDuplicate: boolean): void {
    this.#settled(one);
    this.#ledger.confirmed(one.job, seq, isDuplicate);
  }

  #published(one: Wished): void {
    this.#settled(one);
    one.job.seq = 1;
  }

  #settled(one: Wished): void {
    const isNew = this.waiting.includes(one);
    this.waiting = this.waiting.filter((other) => other !== one);
    if (isNew && one.isKnown) this.confirmed.push(one);
  }

  /** It is sent again, unless it has no id. */
  #refused(one: Wished, code: number): void {
    if (one.isKnown && code !== CONFLICT) return;
    this.waiting = this.waiting.filter((other) => other !== one);
    if (one.job.seq === null) one.job.isRefused = true;
  }

  #say(all: readonly Wished[]): void {
    const id = ++this.#id;
    this.#asked.set(id, all);
    for (const { job, ttlMs } of all) job.lastEndsAt = this.#ledger.now + (ttlMs ?? job.kind.ttlMs);
    const [{ job, options, ttlMs }] = all as [Wished];
    const meta = ttlMs === null ? {} : { meta: { ttl: ttlMs } };
    if (job.kind.name === "bound")
      this.c!.send(
        client.publish(id, `${BOUND}.${job.payload % 2}`, payloadOf(job.payload), { options }),
      );
    else if (all.length === 1)
      this.c!.send(client.job(id, job.kind.name, payloadOf(job.payload), { options, ...meta }));
    else
      this.c!.send(
        client.jobs(
          id,
          job.kind.name,
          all.map((one) => ({
            payload: payloadOf(one.job.payload),
            options: one.options,
            ...(one.ttlMs === null ? {} : { meta: { ttl: one.ttlMs } }),
          })),
        ),
      );
  }
}
