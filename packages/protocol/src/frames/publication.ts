// What subscribers get.

import { down } from "../opcode.ts";
import { type Fields, bin, map, orNil, text, uint } from "../wire/field.ts";
import { frame, type Frame } from "../wire/frame.ts";
import type { EnvelopeValue, Reader } from "../wire/reader.ts";
import type { Writer } from "../wire/writer.ts";

/** The part of a publication that is the same bytes wherever it appears. */
export interface Tail {
  /** When the hub took it, in milliseconds since 1970. */
  readonly time: number;
  /** Who published it, stamped by the hub where the topic's rule says so. */
  readonly from: string | null;
  /** See `encoding` of PUBLISH. */
  readonly encoding: number;
  readonly meta: ReadonlyMap<string, EnvelopeValue> | null;
  /** A view of the received bytes: copy it before keeping it. */
  readonly payload: Uint8Array;
}

export const tailFields: Fields<Tail> = {
  time: uint,
  from: orNil(text),
  encoding: uint,
  meta: orNil(map),
  payload: bin,
};

/** A publication of a topic that is subscribed by name. */
export interface PublicationFrame extends Tail {
  readonly op: typeof down.PUBLICATION;
  readonly sub: number;
  readonly offset: number;
}

/** Describes {@link PublicationFrame}. */
export const publicationFrame: Frame<PublicationFrame> = frame<PublicationFrame>(
  down.PUBLICATION,
  "PUBLICATION",
  { sub: uint, offset: uint, ...tailFields },
);

/** A publication of a topic that a subscribed pattern matches. */
export interface PatternPublicationFrame extends Tail {
  readonly op: typeof down.PATTERN_PUBLICATION;
  readonly sub: number;
  readonly topic: string;
  readonly epoch: number;
  readonly offset: number;
}

/** Describes {@link PatternPublicationFrame}. */
export const patternPublicationFrame: Frame<PatternPublicationFrame> =
  frame<PatternPublicationFrame>(down.PATTERN_PUBLICATION, "PUBLICATION of a pattern", {
    sub: uint,
    topic: text,
    epoch: uint,
    offset: uint,
    ...tailFields,
  });

// A hub writes and a client reads little else, so these are written out. They say the same as the descriptions above, which a
// test holds them against.

/** Elements of the two frames: the opcode, what is before the tail, the tail. */
const TOPIC_ELEMENTS = 8;
const PATTERN_ELEMENTS = 10;

/** Everything of a topic's publication before its tail. */
export function writePublicationHead(w: Writer, sub: number, offset: number): void {
  w.reserve(32);
  w.bytes[w.at++] = 0x90 | TOPIC_ELEMENTS;
  w.bytes[w.at++] = down.PUBLICATION;
  w.uint(sub);
  w.uint(offset);
}

/** Everything of a pattern's publication before its tail. */
export function writePatternPublicationHead(
  w: Writer,
  sub: number,
  topic: string,
  epoch: number,
  offset: number,
): void {
  w.reserve(48 + topic.length);
  w.bytes[w.at++] = 0x90 | PATTERN_ELEMENTS;
  w.bytes[w.at++] = down.PATTERN_PUBLICATION;
  w.uint(sub);
  w.text(topic);
  w.uint(epoch);
  w.uint(offset);
}

/** Everything of a tail before its payload's bytes, which the caller writes next. */
export function writeTailHead(
  w: Writer,
  time: number,
  from: string | null,
  encoding: number,
  meta: ReadonlyMap<string, EnvelopeValue> | null,
  payloadBytes: number,
): void {
  w.uint(time);
  if (from === null) w.nil();
  else w.text(from);
  w.uint(encoding);
  if (meta === null) w.nil();
  else map.write(w, meta);
  w.binHead(payloadBytes);
}

/** Reads a PUBLICATION after its head. */
export function readPublication(r: Reader, count: number): PublicationFrame {
  const read: PublicationFrame = {
    op: down.PUBLICATION,
    sub: r.uint(),
    offset: r.uint(),
    time: r.uint(),
    from: r.nil() ? null : r.text(),
    encoding: r.uint(),
    meta: r.nil() ? null : r.entries(),
    payload: r.bin(),
  };
  r.closeTuple(count, TOPIC_ELEMENTS);
  return read;
}

/** Reads a pattern's PUBLICATION after its head. */
export function readPatternPublication(r: Reader, count: number): PatternPublicationFrame {
  const read: PatternPublicationFrame = {
    op: down.PATTERN_PUBLICATION,
    sub: r.uint(),
    topic: r.text(),
    epoch: r.uint(),
    offset: r.uint(),
    time: r.uint(),
    from: r.nil() ? null : r.text(),
    encoding: r.uint(),
    meta: r.nil() ? null : r.entries(),
    payload: r.bin(),
  };
  r.closeTuple(count, PATTERN_ELEMENTS);
  return read;
}
