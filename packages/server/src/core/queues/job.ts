// A job, and the lease under which a consumer holds it. A million of them may wait, so a job has only what it needs while it does.

import { OUT, type Placed, Stand } from "./line.ts";

/** What becomes of a job; see SPEC.md. */
export type JobState =
  /** Its record is not on disk yet. */
  | "storing"
  /** It waits for its time: one that its sender gave it, or that of a retry. */
  | "delayed"
  | "ready"
  | "leased"
  /** It is acknowledged, or fails, and the record of that is not on disk yet. Nobody gets it. */
  | "settling"
  /** It goes to another queue, and the record of that is not on disk yet. Nobody gets it, and its group does not wait for it. */
  | "moving"
  /** It is parked: nobody gets it until somebody decides. */
  | "dead"
  /** It is in the queue no more. */
  | "gone";

/** Where a job comes from, when no client sent it here: from another queue, or from a topic. */
export interface Origin {
  /** How often it was dead already. */
  readonly hops: number;
}

/** What its sender says of a job. All times in the clock's `now`. */
export interface JobDraft {
  /** For the sender's retries; null: none. */
  readonly id: string | null;
  /** The subject that sends it; null: nobody's. */
  readonly sender: string | null;
  /** 0 … 9, the most urgent. */
  readonly priority: number;
  readonly group: string | null;
  /** When it was sent. */
  readonly sentAt: number;
  /** Nobody gets it before. -Infinity: at once. */
  readonly notBefore: number;
  /** Nobody gets it from then on. Infinity: the queue's own `ttlMs` after it was sent, if it has one. */
  readonly expiresAt: number;
  /** Time, from, encoding, meta and payload as they are on the wire. Kept as it is, so it must be the job's own. */
  readonly tail: Uint8Array;
  readonly origin: Origin | null;
}

/** What is known of a job that was there before. */
export interface JobPast {
  readonly failures: number;
  readonly error: string | null;
  /** When it is due after its last failure; -Infinity: it is. */
  readonly retryAt: number;
  /** It is parked. */
  readonly isDead: boolean;
}

/** `C`: the consumer. */
export class Job<C = unknown> implements Placed<Job<C>> {
  seq: number;
  // In the line of those that wait; `key` is `base`, or when it is due while it is delayed.
  key = 0.5;
  place: number = OUT;
  previous: Job<C> | null = null;
  next: Job<C> | null = null;
  state: JobState = "gone";
  readonly id: string | null;
  readonly sender: string | null;
  readonly priority: number;
  /** Since when it waits: since it was sent, or since it was due as its sender said. Never changes, so one that comes back has its old place. */
  readonly base: number;
  readonly group: string | null;
  readonly tail: Uint8Array;
  /** Of the tail; here, so that the tail is not touched while the job only changes its place. */
  readonly bytes: number;
  readonly origin: Origin | null;
  failures = 0;
  /** Said with the last failure. */
  error: string | null = null;
  /** How often it was given out; one that was there before this process began counts as given once. */
  given = 0;
  /** While it is leased or settling; null: nobody holds it. */
  lease: Lease<C> | null = null;
  /** The number of the last lease on it; 0: none in this process. */
  lastLease = 0;
  /** That lease has counted as a failure already. */
  isCounted = false;
  /** The group that counts it; null: none does. */
  circle: unknown = null;
  /** In the line of those that have an end. */
  readonly end: Stand<Job<C>> | null;

  constructor(seq: number, draft: JobDraft, expiresAt: number) {
    this.seq = seq;
    this.id = draft.id;
    this.sender = draft.sender;
    this.priority = draft.priority;
    this.base = Math.max(draft.sentAt, draft.notBefore);
    this.group = draft.group;
    this.tail = draft.tail;
    this.bytes = draft.tail.length;
    this.origin = draft.origin;
    this.end = expiresAt < Infinity ? new Stand<Job<C>>(this, seq, expiresAt) : null;
  }

  /** Which time it is that it is given out, from 1; while it is leased. 1 only if nobody was given it before. */
  get attempt(): number {
    return this.given;
  }

  /** Infinity: never. */
  get expiresAt(): number {
    return this.end === null ? Infinity : this.end.key;
  }

  /** When it is ready again; while it is delayed. */
  get dueAt(): number {
    return this.key;
  }

  /** It waits for its retry. */
  get isBackingOff(): boolean {
    return this.state === "delayed" && this.failures > 0;
  }
}

/** A job in somebody's hands, until a certain time. */
export class Lease<C = unknown> implements Placed<Lease<C>> {
  /** The fencing token. */
  readonly seq: number;
  // In the line of all leases; `key` is when it runs out.
  key = 0.5;
  place: number = OUT;
  previous: Lease<C> | null = null;
  next: Lease<C> | null = null;
  readonly job: Job<C>;
  readonly consumer: C;
  readonly givenAt: number;
  /** When the consumer began to work at it, as far as anybody knows; -Infinity: it has it in reserve. */
  startedAt: number = -Infinity;
  // Among those of its consumer.
  older: Lease<C> | null = null;
  newer: Lease<C> | null = null;

  constructor(number: number, job: Job<C>, consumer: C, givenAt: number) {
    this.seq = number;
    this.job = job;
    this.consumer = consumer;
    this.givenAt = givenAt;
  }

  /** The fencing token: no later lease has it. */
  get number(): number {
    return this.seq;
  }

  /** When it runs out. */
  get dueAt(): number {
    return this.key;
  }

  get isStarted(): boolean {
    return this.startedAt > -Infinity;
  }
}
