// A queue as the load generator speaks with it: one connection that sends jobs, one that takes and acknowledges them.

/** Hears what becomes of jobs. */
export interface JobListener {
  /** So many jobs are confirmed to whoever sent them. */
  confirmed(count: number): void;
  /** A job came, with the marker at `at`. Returns when it was sent, as the marker says. */
  took(view: DataView, at: number): number;
  /** The acknowledgements of jobs are confirmed; for each when it was sent. */
  done(sentAt: readonly number[]): void;
  /** What must not be, in a sentence. */
  wrong(what: string): void;
}

/** A queue of a server under test. */
export interface JobClient {
  /** Sends one request's jobs, with these numbers in their markers. */
  send(first: number, now: number): void;
  /** Takes jobs from now on, `credit` at a time, and acknowledges each. */
  take(credit: number): Promise<void>;
  /** Resolves when the server has heard of all acknowledgements. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** Which queue, and what is sent to it. */
export interface JobOrder {
  readonly speaks: "fanwire" | "amqp";
  readonly port: number;
  readonly seed: number;
  readonly queue: string;
  /** Where clients say so: jobs are kept on disk, by one server alone or by quorum. */
  readonly kept: "memory" | "disk" | "quorum";
  readonly payloadBytes: number;
  /** Jobs of one request, where the language has such a thing; else so many are written at once. */
  readonly perMessage: number;
}

/** Keep so many jobs under way, for so long: until they are confirmed, or until they are acknowledged. */
export interface JobFloodOrder {
  readonly window: number;
  readonly ms: number;
  readonly until: "confirmed" | "done";
}

/** Send so many jobs, of which so many may wait for their confirmation. */
export interface JobFillOrder {
  readonly jobs: number;
  readonly window: number;
}

/** What happened. */
export interface JobOutcome {
  /** Confirmed or done, as was asked. */
  readonly jobs: number;
  readonly seconds: number;
  /** What the load generator itself took of its core. */
  readonly cpuSeconds: number;
  /** From sending a job until its acknowledgement was confirmed, in milliseconds; 0 where none was. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}
