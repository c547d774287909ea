// Answers: exactly one OK or REFUSED for each request with an id. What an OK carries depends on the request; each family
// of frames describes its own.

import { down } from "../opcode.ts";
import { type Fields, id, orNil, text, topicOrAlias, uint } from "../wire/field.ts";
import { frame, type Frame } from "../wire/frame.ts";

/** What every OK begins with. */
export interface OkFrame {
  readonly op: typeof down.OK;
  readonly id: number;
}

/** Describes the OK of one kind of request. */
export function okFrame<T extends OkFrame>(
  name: string,
  fields: Fields<Omit<T, "op" | "id">>,
): Frame<T> {
  return frame<T>(down.OK, `OK of ${name}`, { id, ...fields } as Fields<Omit<T, "op">>);
}

/** An OK that carries nothing. */
export const plainOk: Frame<OkFrame> = okFrame<OkFrame>("others", {});

/** A request that was refused, or publications without an id that were. */
export interface RefusedFrame {
  readonly op: typeof down.REFUSED;
  /** The request's id; 0 for publications that asked for no answer. */
  readonly id: number;
  /** A number of the table in `error-code.ts`. */
  readonly code: number;
  /** A sentence about this case. */
  readonly text: string;
  readonly retryAfterMs: number | null;
  /** For publications without an id: where they should have gone. */
  readonly topic: string | number | null;
  /** For publications without an id: how many, since the last time this was said. */
  readonly count: number | null;
}

/** Describes {@link RefusedFrame}. */
export const refusedFrame: Frame<RefusedFrame> = frame<RefusedFrame>(down.REFUSED, "REFUSED", {
  id: uint,
  code: uint,
  text,
  retryAfterMs: orNil(uint),
  topic: orNil(topicOrAlias),
  count: orNil(uint),
});
