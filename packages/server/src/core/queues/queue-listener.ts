import type { Consumer } from "./consumer.ts";
import type { Job, Lease } from "./job.ts";

/** A job of a queue whose consumers belong to `O`. */
export type QueueJob<O> = Job<Consumer<O>>;

/** A lease on one. */
export type QueueLease<O> = Lease<Consumer<O>>;

/** Why a consumer holds a job no more, without having said anything. */
export type Loss =
  /** Its lease ran out. */
  | "expired"
  /** It worked at it for longer than `maxProcessingMs`. */
  | "too-long"
  /** Another lease of the consumer ran out, and it had not begun with this one. */
  | "stalled"
  /** The consumer is gone. */
  | "gone";

/** What a job says of a failure that nobody reported. */
export const lossTexts: Readonly<Record<Loss, string>> = {
  expired: "The lease ran out.",
  "too-long": "It was worked at for longer than maxProcessingMs.",
  stalled: "The worker stopped answering.",
  gone: "The worker was lost.",
};

/** Why a job is dead. */
export type Death = "failures" | "rejected" | "killed";

/**
 * What becomes of a dead job: it is in another queue now; it stays, parked; or it is on its way, until {@link WorkQueue.moved} or
 * {@link WorkQueue.park} is called.
 */
export type Grave = "moved" | "stays" | "moving";

/** Is told, while it happens, what time or a loss brings about. It must not change the queue meanwhile. */
export interface QueueListener<O> {
  /** The consumer no longer holds the job. Where it went instead is told next, or it is ready. */
  lost(lease: QueueLease<O>, why: Loss): void;
  /** A failure was counted that nobody reported: it is delayed until its `dueAt`. */
  failed(job: QueueJob<O>): void;
  /** The job is dead, whether that was reported or not, and is neither leased nor waiting. */
  dead(job: QueueJob<O>, why: Death): Grave;
  /** The job was not given out in time, and is gone. */
  expired(job: QueueJob<O>): void;
  /** The consumer became the active one of its queue, or ceased to be. */
  activeChanged(consumer: Consumer<O>): void;
}
