// Jobs on their way to workers.

import { down, up } from "../opcode.ts";
import { bool, id, map, orNil, text, uint } from "../wire/field.ts";
import { frame, type Frame } from "../wire/frame.ts";
import type { EnvelopeValue } from "../wire/reader.ts";
import type { Writer } from "../wire/writer.ts";
import { type Tail, tailFields } from "./publication.ts";
import { okFrame, type OkFrame } from "./reply.ts";

/** This session takes jobs of a queue. */
export interface ConsumeFrame {
  readonly op: typeof up.CONSUME;
  readonly id: number;
  readonly queue: string;
  /**
   * `concurrency` (how many jobs it works on at a time, 1 unless said), `credit` (how many it holds at most; twice the concurrency unless said, at
   * most 64), `pull` (so many jobs, then it ends) and with it `waitMs` (how long it waits for the first of them). Another key is refused.
   */
  readonly options: ReadonlyMap<string, EnvelopeValue> | null;
}

/** Describes {@link ConsumeFrame}. */
export const consumeFrame: Frame<ConsumeFrame> = frame<ConsumeFrame>(up.CONSUME, "CONSUME", {
  id,
  queue: text,
  options: orNil(map),
});

/** The OK of CONSUME. */
export interface ConsumeOk extends OkFrame {
  /** Stands for it on this connection. */
  readonly consumer: number;
  /** False: it stands by, another one is served. */
  readonly active: boolean;
  /** How long a lease lasts that is not touched, in milliseconds. */
  readonly leaseMs: number;
  /** With `pull`: how many jobs it was given, before this OK. Else 0. */
  readonly jobs: number;
}

/** Describes {@link ConsumeOk}. */
export const consumeOk: Frame<ConsumeOk> = okFrame<ConsumeOk>("CONSUME", {
  consumer: uint,
  active: bool,
  leaseMs: uint,
  jobs: uint,
});

/** How many jobs a consumer may hold from now on. */
export interface CreditFrame {
  readonly op: typeof up.CREDIT;
  readonly id: number;
  readonly consumer: number;
  readonly credit: number;
}

/** Describes {@link CreditFrame}. */
export const creditFrame: Frame<CreditFrame> = frame<CreditFrame>(up.CREDIT, "CREDIT", {
  id,
  consumer: uint,
  credit: uint,
});

/** A consumer takes no more jobs. */
export interface CancelFrame {
  readonly op: typeof up.CANCEL;
  readonly id: number;
  readonly consumer: number;
  /** What it holds goes back at once, uncounted; otherwise it may still be settled. */
  readonly release: boolean;
}

/** Describes {@link CancelFrame}. */
export const cancelFrame: Frame<CancelFrame> = frame<CancelFrame>(up.CANCEL, "CANCEL", {
  id,
  consumer: uint,
  release: bool,
});

/** A job, for a consumer. `time` is when it was sent. */
export interface DeliveryFrame extends Tail {
  readonly op: typeof down.DELIVERY;
  readonly consumer: number;
  readonly seq: number;
  /** What it is settled by: whoever holds a later one has the job. */
  readonly lease: number;
  /** 1 only if nobody can have been given it before. */
  readonly attempt: number;
  /**
   * `id`, `priority` (when it is not 4), `group`; of a dead letter `dead` (why), `deadFrom`, `failures`, `error`; of a publication `topic`, `epoch`,
   * `offset`.
   */
  readonly info: ReadonlyMap<string, EnvelopeValue> | null;
}

/** Describes {@link DeliveryFrame}. */
export const deliveryFrame: Frame<DeliveryFrame> = frame<DeliveryFrame>(down.DELIVERY, "DELIVERY", {
  consumer: uint,
  seq: uint,
  lease: uint,
  attempt: uint,
  ...tailFields,
  info: orNil(map),
});

/** The opcode, four numbers, the tail, the rest. */
const DELIVERY_ELEMENTS = 11;

/** Everything of a DELIVERY before its tail; behind that the caller writes `info`. Says the same as {@link deliveryFrame}. */
export function writeDeliveryHead(
  w: Writer,
  consumer: number,
  seq: number,
  lease: number,
  attempt: number,
): void {
  w.reserve(48);
  w.bytes[w.at++] = 0x90 | DELIVERY_ELEMENTS;
  w.bytes[w.at++] = down.DELIVERY;
  w.uint(consumer);
  w.uint(seq);
  w.uint(lease);
  w.uint(attempt);
}

/** A lease is no longer held: the work is to be given up. */
export interface LostFrame {
  readonly op: typeof down.LOST;
  readonly consumer: number;
  readonly seq: number;
  readonly lease: number;
  readonly code: number;
  readonly text: string;
}

/** Describes {@link LostFrame}. */
export const lostFrame: Frame<LostFrame> = frame<LostFrame>(down.LOST, "LOST", {
  consumer: uint,
  seq: uint,
  lease: uint,
  code: uint,
  text,
});

/** A consumer of a queue that serves one alone is the one now, or no longer. */
export interface ActiveFrame {
  readonly op: typeof down.ACTIVE;
  readonly consumer: number;
  readonly active: boolean;
}

/** Describes {@link ActiveFrame}. */
export const activeFrame: Frame<ActiveFrame> = frame<ActiveFrame>(down.ACTIVE, "ACTIVE", {
  consumer: uint,
  active: bool,
});

/** The hub has ended a consumer. */
export interface StoppedFrame {
  readonly op: typeof down.STOPPED;
  readonly consumer: number;
  readonly code: number;
  readonly text: string;
}

/** Describes {@link StoppedFrame}. */
export const stoppedFrame: Frame<StoppedFrame> = frame<StoppedFrame>(down.STOPPED, "STOPPED", {
  consumer: uint,
  code: uint,
  text,
});
