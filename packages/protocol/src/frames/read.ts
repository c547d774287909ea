// Reading the log of a topic in pages.

import { down, up } from "../opcode.ts";
import { type Field, bool, id, orNil, position, text, uint } from "../wire/field.ts";
import { frame, type Frame } from "../wire/frame.ts";
import type { Position } from "../position.ts";
import { okFrame, type OkFrame } from "./reply.ts";
import type { Writer } from "../wire/writer.ts";
import { type Tail, tailFields } from "./publication.ts";

/** A page of a topic's log. */
export interface ReadFrame {
  readonly op: typeof up.READ;
  readonly id: number;
  readonly topic: string;
  /** Where to begin; null: at the end that `backwards` names. */
  readonly from: Position | null;
  readonly limit: number;
  readonly backwards: boolean;
}

const from: Field<Position | null> = orNil(position);

/** Describes {@link ReadFrame}. */
export const readFrame: Frame<ReadFrame> = frame<ReadFrame>(up.READ, "READ", {
  id,
  topic: text,
  from,
  limit: uint,
  backwards: bool,
});

/** The OK of READ, after the entries of its page. */
export interface ReadOk extends OkFrame {
  readonly epoch: number;
  /** Where the next page begins; null: there is none. */
  readonly next: number | null;
  readonly head: number;
}

/** Describes {@link ReadOk}. */
export const readOk: Frame<ReadOk> = okFrame<ReadOk>("READ", {
  epoch: uint,
  next: orNil(uint),
  head: uint,
});

/** An entry of the page that READ `id` asked for. */
export interface HistoryFrame extends Tail {
  readonly op: typeof down.HISTORY;
  readonly id: number;
  readonly offset: number;
}

/** Describes {@link HistoryFrame}. */
export const historyFrame: Frame<HistoryFrame> = frame<HistoryFrame>(down.HISTORY, "HISTORY", {
  id,
  offset: uint,
  ...tailFields,
});

/** Opcode, id and offset, and the tail. */
const HISTORY_ELEMENTS = 8;

/** Everything of HISTORY before its tail; `read`: the id of the READ. Says the same as {@link historyFrame}, which a test holds it against. */
export function writeHistoryHead(w: Writer, read: number, offset: number): void {
  w.array(HISTORY_ELEMENTS);
  w.uint(down.HISTORY);
  w.uint(read);
  w.uint(offset);
}
