// A job, as applications see it.

import { type Codec, decode } from "../codec.ts";
import { ClientError } from "../errors.ts";
import type { DeliveryFrame } from "../frames.ts";
import { type Position, position } from "../position.ts";

/** Why a job is a dead letter, and where it came from. */
export interface DeadLetter {
  /** `rejected`, `failures`, or what else the hub says. */
  readonly reason: string;
  /** The queue in which it died. */
  readonly queue?: string | undefined;
  /** How often it had failed. */
  readonly failures?: number | undefined;
  /** What the last worker said. */
  readonly error?: string | undefined;
  /** When it died, in milliseconds since 1970. */
  readonly time?: number | undefined;
}

/** What is known of a job. */
export interface JobInfo<T = unknown> {
  readonly data: T;
  readonly queue: string;
  /** Its number in the queue. */
  readonly seq: number;
  /** What stands for it, as its sender or the client has chosen; undefined for a publication. */
  readonly id?: string | undefined;
  /** 1 only if nobody can have begun it before. */
  readonly attempt: number;
  /** When it was sent, in milliseconds since 1970. */
  readonly time: number;
  /** Who sent it, where that is known. */
  readonly from?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** 0 to 9. */
  readonly priority: number;
  readonly group?: string | undefined;
  /** Of a dead letter. */
  readonly dead?: DeadLetter | undefined;
  /** Of a publication that came by a binding: where it was published, and its place there. */
  readonly topic?: string | undefined;
  readonly position?: Position | undefined;
}

/** A job at work. */
export interface Job<T = unknown> extends JobInfo<T> {
  /**
   * Aborted when the work is to be given up: the lease is lost, or the worker or the client was closed. The reason is a
   * {@link ClientError}: `lease-lost`, what else the hub says, or `closed`.
   */
  readonly signal: AbortSignal;
  /** Tells those who follow the job how far it is: 0 to 1, with a note of at most 1,024 bytes. Of several in a turn the last one. */
  progress(fraction: number, note?: string): void;
}

/** Reads a DELIVERY. Throws a ClientError `undecodable` when its payload is not what it says. */
export function readJob<T>(codec: Codec, queue: string, frame: DeliveryFrame): JobInfo<T> {
  const [, , seq, , attempt, time, from, encoding, meta, payload, info] = frame;
  const {
    id,
    priority = 4,
    group,
    dead,
    deadFrom,
    deadAt,
    failures,
    error,
    topic,
    epoch,
    offset,
  } = info ?? {};
  let data: T;
  try {
    data = decode(codec, payload, encoding) as T;
  } catch (cause) {
    throw new ClientError("undecodable", { cause });
  }
  return {
    data,
    queue,
    seq,
    id,
    attempt,
    time,
    from: from ?? undefined,
    headers: meta?.h,
    priority,
    group,
    dead:
      dead === undefined
        ? undefined
        : { reason: dead, queue: deadFrom, failures, error, time: deadAt },
    topic,
    position: topic && epoch && offset ? position([epoch, offset]) : undefined,
  };
}
