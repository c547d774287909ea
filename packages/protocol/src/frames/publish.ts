// What enters a topic.

import { down, up } from "../opcode.ts";
import { type Fields, bin, bool, map, orNil, topicOrAlias, uint } from "../wire/field.ts";
import { frame, type Frame } from "../wire/frame.ts";
import type { EnvelopeValue } from "../wire/reader.ts";
import type { Writer } from "../wire/writer.ts";
import { okFrame, type OkFrame } from "./reply.ts";

/** How sure the publisher is: in the hub's memory, on its disk, or in the logs of a majority of a cluster. */
export const confirmLevel = { received: 0, disk: 1, quorum: 2 } as const;

/** What is in a payload: the low four bits of `encoding`. The bits above name a transform of it; there is none yet. */
export const encoding = { bytes: 0, text: 1, json: 2, messagePack: 3 } as const;

/** A publication that a client sends. */
export interface PublishFrame {
  readonly op: typeof up.PUBLISH;
  /** 0: no answer wanted. */
  readonly id: number;
  readonly topic: string | number;
  /** `confirm`: a level; `id`: str, or [producer, n, base]; `if`: [epoch, offset]. Another key is refused. */
  readonly options: ReadonlyMap<string, EnvelopeValue> | null;
  readonly encoding: number;
  /** See {@link Meta}. */
  readonly meta: ReadonlyMap<string, EnvelopeValue> | null;
  readonly payload: Uint8Array;
}

const fields: Fields<Omit<PublishFrame, "op">> = {
  id: uint,
  topic: topicOrAlias,
  options: orNil(map),
  encoding: uint,
  meta: orNil(map),
  payload: bin,
};

/** Describes {@link PublishFrame}. */
export const publishFrame: Frame<PublishFrame> = frame<PublishFrame>(up.PUBLISH, "PUBLISH", fields);

/** The OK of PUBLISH. */
export interface PublishOk extends OkFrame {
  /** May stand for the topic's name on this connection. */
  readonly alias: number;
  readonly epoch: number;
  readonly offset: number | null;
  /** One of {@link confirmLevel}. */
  readonly level: number;
  readonly duplicate: boolean;
}

/** Describes {@link PublishOk}. */
export const publishOk: Frame<PublishOk> = okFrame<PublishOk>("PUBLISH", {
  alias: uint,
  epoch: uint,
  offset: orNil(uint),
  level: uint,
  duplicate: bool,
});

// A hub writes one for each publication that asks for it, so it is written out. It says the same as the description above, which a
// test holds it against.

/** Elements of the OK of PUBLISH. */
const OK_ELEMENTS = 7;

/** Writes the OK of a publication that was received, and stored for the first time. */
export function writePublishOk(
  w: Writer,
  id: number,
  alias: number,
  epoch: number,
  offset: number,
  level: number,
): void {
  w.reserve(48);
  w.bytes[w.at++] = 0x90 | OK_ELEMENTS;
  w.bytes[w.at++] = down.OK;
  w.uint(id);
  w.uint(alias);
  w.uint(epoch);
  w.uint(offset);
  w.uint(level);
  w.bool(false);
}
