// What workers say of the jobs that they hold.

import { up } from "../opcode.ts";
import { id, list, orNil, text, tuple, uint } from "../wire/field.ts";
import { frame, type Frame } from "../wire/frame.ts";
import { okFrame, type OkFrame } from "./reply.ts";

/** What may be said of a job under its lease. */
export const settleVerb = {
  /** Done. `number`: how long it took, in milliseconds, where the worker says it. */
  ack: 0,
  /** Not done, and nobody's fault: it goes back to its place. */
  release: 1,
  /** Not done: it counts, and comes again later. `number`: after so many milliseconds; `text`: why. */
  fail: 2,
  /** Can never be done: it is dead. `text`: why. */
  reject: 3,
  /** Still at work. `number`: the lease lasts so many milliseconds from now. */
  touch: 4,
  /** How far it is. `number`: in hundredths of a percent; `text`: a note. */
  progress: 5,
} as const;

/** One thing said of one job. */
export interface Settlement {
  /** See {@link settleVerb}. */
  readonly verb: number;
  readonly seq: number;
  readonly lease: number;
  readonly number: number | null;
  readonly text: string | null;
}

/** Settlements of jobs of one queue. */
export interface SettleFrame {
  readonly op: typeof up.SETTLE;
  readonly id: number;
  readonly queue: string;
  readonly settlements: readonly Settlement[];
}

/** Describes {@link SettleFrame}. */
export const settleFrame: Frame<SettleFrame> = frame<SettleFrame>(up.SETTLE, "SETTLE", {
  id,
  queue: text,
  settlements: list(
    tuple<Settlement>({
      verb: uint,
      seq: uint,
      lease: uint,
      number: orNil(uint),
      text: orNil(text),
    }),
  ),
});

/** The OK of SETTLE. */
export interface SettleOk extends OkFrame {
  /** For each settlement, in their order: 0 when it is done, else why not, a code of refusal. */
  readonly outcomes: readonly number[];
}

/** Describes {@link SettleOk}. */
export const settleOk: Frame<SettleOk> = okFrame<SettleOk>("SETTLE", { outcomes: list(uint) });
