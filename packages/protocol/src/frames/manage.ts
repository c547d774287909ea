// Queues themselves: made, bound, held, emptied, looked at.

import { up } from "../opcode.ts";
import { id, map, orNil, text } from "../wire/field.ts";
import { frame, type Frame } from "../wire/frame.ts";
import type { EnvelopeValue } from "../wire/reader.ts";
import { okFrame, type OkFrame } from "./reply.ts";

/** What can be done to a queue. */
export type ManageVerb =
  | "declare"
  | "delete"
  | "bind"
  | "unbind"
  | "pause"
  | "resume"
  | "purge"
  | "redrive"
  | "look"
  | "stats"
  | "list";

/** Something is to be done to a queue. */
export interface ManageFrame {
  readonly op: typeof up.MANAGE;
  readonly id: number;
  /** See {@link ManageVerb}; another one is refused. */
  readonly verb: string;
  readonly queue: string;
  /** By verb; an unknown key is refused. */
  readonly args: ReadonlyMap<string, EnvelopeValue> | null;
}

/** Describes {@link ManageFrame}. */
export const manageFrame: Frame<ManageFrame> = frame<ManageFrame>(up.MANAGE, "MANAGE", {
  id,
  verb: text,
  queue: text,
  args: orNil(map),
});

/** The OK of MANAGE. */
export interface ManageOk extends OkFrame {
  /** By verb; null where there is nothing to say. */
  readonly result: ReadonlyMap<string, EnvelopeValue> | null;
}

/** Describes {@link ManageOk}. */
export const manageOk: Frame<ManageOk> = okFrame<ManageOk>("MANAGE", { result: orNil(map) });
