// Subscriptions: asked for, granted or refused one by one, ended.

import { down, up } from "../opcode.ts";
import type { Position } from "../position.ts";
import { type Field, id, list, map, orNil, position, text, tuple, uint } from "../wire/field.ts";
import { frame, type Frame } from "../wire/frame.ts";
import type { EnvelopeValue, Reader } from "../wire/reader.ts";
import type { Writer } from "../wire/writer.ts";
import { okFrame, type OkFrame } from "./reply.ts";

/** The position of a topic that is told beside a mark. */
export interface TopicPosition extends Position {
  readonly topic: string;
}

/** All of a pattern after a mark, and for these topics all after these positions. */
export interface MarkPosition {
  readonly mark: Uint8Array;
  readonly topics: readonly TopicPosition[];
}

/**
 * Where a subscription begins. null: from now (state topics send their state first). A number n: the last n publications, so 0 is
 * from now without state. A position: all after it; epoch 0 and offset 0: all that is kept. A mark: all of the pattern after it.
 */
export type From = null | number | Position | MarkPosition;

/** One subscription that is asked for. */
export interface SubscribeEntry {
  readonly pattern: string;
  readonly from: From;
  /** `lag`: 0 from the log, 1 only the latest, 2 the latest of each key, 3 close me. `intervalMs`: at most one delivery in this time. */
  readonly options: ReadonlyMap<string, EnvelopeValue> | null;
}

/** Asks for subscriptions; each entry is granted or refused by itself. */
export interface SubscribeFrame {
  readonly op: typeof up.SUBSCRIBE;
  readonly id: number;
  readonly entries: readonly SubscribeEntry[];
}

const from: Field<From> = {
  shape: "nil|integer|[uint,uint]|[bin,(str,uint,uint)…]",
  read: readFrom,
  write: writeFrom,
};

/** Describes {@link SubscribeFrame}. */
export const subscribeFrame: Frame<SubscribeFrame> = frame<SubscribeFrame>(
  up.SUBSCRIBE,
  "SUBSCRIBE",
  { id, entries: list(tuple<SubscribeEntry>({ pattern: text, from, options: orNil(map) })) },
);

/** Ends subscriptions; after its OK nothing of them follows. */
export interface UnsubscribeFrame {
  readonly op: typeof up.UNSUBSCRIBE;
  readonly id: number;
  readonly patterns: readonly string[];
}

/** Describes {@link UnsubscribeFrame}. */
export const unsubscribeFrame: Frame<UnsubscribeFrame> = frame<UnsubscribeFrame>(
  up.UNSUBSCRIBE,
  "UNSUBSCRIBE",
  { id, patterns: list(text) },
);

/** What follows a grant, before CAUGHT_UP: nothing, the whole of what was asked, a gap and the rest, or the state. */
export const replay = { none: 0, whole: 1, gapFirst: 2, state: 3 } as const;

/** The subscription stands. */
export interface Granted {
  readonly granted: true;
  /** The number of the stream; for a topic also its alias. */
  readonly sub: number;
  /** Of a topic; null for a pattern. */
  readonly epoch: number | null;
  /** The offset of the topic's last shown publication; null for a pattern. */
  readonly head: number | null;
  readonly mark: Uint8Array | null;
  readonly replay: number;
}

/** The subscription was refused. */
export interface NotGranted {
  readonly granted: false;
  /** A number of the table in `error-code.ts`. */
  readonly code: number;
  readonly text: string;
  readonly retryAfterMs: number | null;
}

/** The answer to one entry of SUBSCRIBE. */
export type SubscribeOutcome = Granted | NotGranted;

/** The OK of SUBSCRIBE: an outcome for each entry, in their order. */
export interface SubscribeOk extends OkFrame {
  readonly outcomes: readonly SubscribeOutcome[];
}

const outcome: Field<SubscribeOutcome> = {
  shape:
    "[0,sub:uint,epoch:uint|nil,head:uint|nil,mark:bin|nil,replay:uint]|[code:uint,text:str,retryAfterMs:uint|nil]",
  read: readOutcome,
  write: writeOutcome,
};

/** Describes {@link SubscribeOk}. */
export const subscribeOk: Frame<SubscribeOk> = okFrame<SubscribeOk>("SUBSCRIBE", {
  outcomes: list(outcome),
});

/** A subscription that the hub ends. Nothing of its stream follows. */
export interface EndedFrame {
  readonly op: typeof down.ENDED;
  readonly sub: number;
  /** A number of the table in `error-code.ts`. */
  readonly code: number;
  readonly text: string;
}

/** Describes {@link EndedFrame}. */
export const endedFrame: Frame<EndedFrame> = frame<EndedFrame>(down.ENDED, "ENDED", {
  sub: uint,
  code: uint,
  text,
});

function readFrom(r: Reader): From {
  if (r.nil()) return null;
  if (!r.isArray) return r.integer();
  const count = r.array();
  const value = r.isBin ? readMark(r, count) : { epoch: r.uint(), offset: r.uint() };
  r.closeTuple(count, "mark" in value ? count : 2);
  return value;
}

function readMark(r: Reader, count: number): MarkPosition {
  const mark = r.bin();
  const topics: TopicPosition[] = [];
  if (count % 3 !== 1) r.fail("too few elements");
  for (let i = 1; i < count && r.fault === ""; i += 3)
    topics.push({ topic: r.text(), epoch: r.uint(), offset: r.uint() });
  return { mark, topics };
}

function writeFrom(w: Writer, value: From): void {
  if (value === null) return w.nil();
  if (typeof value === "number") return w.integer(value);
  if ("epoch" in value) return position.write(w, value);
  w.array(1 + value.topics.length * 3);
  w.bin(value.mark);
  for (const entry of value.topics) {
    w.text(entry.topic);
    w.uint(entry.epoch);
    w.uint(entry.offset);
  }
}

function readOutcome(r: Reader): SubscribeOutcome {
  const count = r.array();
  const code = r.uint();
  if (code > 0) {
    const refused: NotGranted = {
      granted: false,
      code,
      text: r.text(),
      retryAfterMs: r.nil() ? null : r.uint(),
    };
    r.closeTuple(count, 3);
    return refused;
  }
  const granted: Granted = {
    granted: true,
    sub: r.uint(),
    epoch: r.nil() ? null : r.uint(),
    head: r.nil() ? null : r.uint(),
    mark: r.nil() ? null : r.bin(),
    replay: r.uint(),
  };
  r.closeTuple(count, 6);
  return granted;
}

function writeOutcome(w: Writer, value: SubscribeOutcome): void {
  if (!value.granted) {
    w.array(3);
    w.uint(value.code);
    w.text(value.text);
    writeOrNil(w, value.retryAfterMs);
    return;
  }
  w.array(6);
  w.uint(0);
  w.uint(value.sub);
  writeOrNil(w, value.epoch);
  writeOrNil(w, value.head);
  if (value.mark === null) w.nil();
  else w.bin(value.mark);
  w.uint(value.replay);
}

function writeOrNil(w: Writer, value: number | null): void {
  if (value === null) w.nil();
  else w.uint(value);
}
