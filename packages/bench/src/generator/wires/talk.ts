// Our language for clients that ask for things while publications come: their own code takes answers and publications.

import {
  down,
  type GapFrame,
  readPatternPublication,
  readPublication,
  type Reader,
  type SeenPace,
} from "@fanwire/protocol";
import type { Client, Wire } from "../wire.ts";
import { fanwire } from "./fanwire.ts";
import { BatchReader, reportSeen } from "./fanwire-frames.ts";

/** Such a client; it is the connection's `state`. */
export interface Talker {
  readonly seen: SeenPace;
  /** The answer to what was asked last: an OK behind its head. */
  answered(r: Reader, count: number): void;
  /** A publication came, of a topic or of a pattern. Its payload is at `payloadAt` of the lane. */
  published(sub: number, offset: number, payloadAt: number): void;
  /** The hub told a gap. Who has no word for it reads as fast as it can, so that a gap is a failure. */
  gapped?(frame: GapFrame): void;
}

const reader = new BatchReader();
const { r } = reader;

/** Messages go to the talker. */
export const talk: Wire = {
  ...fanwire,

  take(client, from, to) {
    const talker = client.state as Talker;
    const { bytes, now } = client.lane;
    for (let at = from; at < to;) at += takeOne(client, talker, bytes.subarray(at, to), at);
    if (talker.seen.add(now, to - from)) reportSeen(client, talker.seen);
  },

  tick(client, now) {
    const { seen } = client.state as Talker;
    if (seen.isDue(now)) reportSeen(client, seen);
  },
};

function takeOne(client: Client, talker: Talker, rest: Uint8Array, at: number): number {
  r.reset(rest);
  const { op, count } = reader.head();
  if (op === down.PUBLICATION || op === down.PATTERN_PUBLICATION) {
    const read = op === down.PUBLICATION ? readPublication : readPatternPublication;
    const { sub, offset, payload } = read(r, count);
    talker.published(sub, offset, at + r.at - payload.length);
  } else if (op === down.OK) talker.answered(r, count);
  else {
    const frame = reader.common(client, op, count);
    if (frame?.op === down.GAP) gapped(talker, frame);
  }
  reader.check();
  return r.at;
}

function gapped(talker: Talker, frame: GapFrame): void {
  if (talker.gapped === undefined)
    throw new Error("The hub told a gap to a client that keeps pace.");
  talker.gapped(frame);
}
