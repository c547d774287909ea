// Members of a topic.

import { up } from "../opcode.ts";
import { bin, id, text, uint } from "../wire/field.ts";
import { frame, type Frame } from "../wire/frame.ts";

/** This session becomes a member of the topic, with data that others see. */
export interface EnterFrame {
  readonly op: typeof up.ENTER;
  readonly id: number;
  readonly topic: string;
  readonly encoding: number;
  readonly payload: Uint8Array;
}

/** Describes {@link EnterFrame}. */
export const enterFrame: Frame<EnterFrame> = frame<EnterFrame>(up.ENTER, "ENTER", {
  id,
  topic: text,
  encoding: uint,
  payload: bin,
});

/** This session is no longer a member of the topic. */
export interface LeaveFrame {
  readonly op: typeof up.LEAVE;
  readonly id: number;
  readonly topic: string;
}

/** Describes {@link LeaveFrame}. */
export const leaveFrame: Frame<LeaveFrame> = frame<LeaveFrame>(up.LEAVE, "LEAVE", {
  id,
  topic: text,
});
