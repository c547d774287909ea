// Our language for clients that send jobs, or take them: their own code takes answers and jobs.

import {
  type DeliveryFrame,
  deliveryFrame,
  down,
  type Reader,
  type SeenPace,
} from "@fanwire/protocol";
import type { Client, Wire } from "../wire.ts";
import { fanwire } from "./fanwire.ts";
import { BatchReader, reportSeen } from "./fanwire-frames.ts";

/** Such a client; it is the connection's `state`. */
export interface Worker {
  readonly seen: SeenPace;
  /** The answer to a request: an OK behind its head. */
  answered(r: Reader, count: number): void;
  /** A job came. Its payload is a view of the lane. */
  delivered(job: DeliveryFrame): void;
  /** Everything that one message held was told. */
  readAll(): void;
  /** What must not be, in a sentence. */
  wrong(what: string): void;
}

const reader = new BatchReader();
const { r } = reader;

/** Messages go to the worker. */
export const work: Wire = {
  ...fanwire,

  take(client, from, to) {
    const worker = client.state as Worker;
    const { bytes, now } = client.lane;
    for (let at = from; at < to;) at += takeOne(client, worker, bytes.subarray(at, to));
    if (worker.seen.add(now, to - from)) reportSeen(client, worker.seen);
    worker.readAll();
  },

  tick(client, now) {
    const { seen } = client.state as Worker;
    if (seen.isDue(now)) reportSeen(client, seen);
  },
};

function takeOne(client: Client, worker: Worker, rest: Uint8Array): number {
  r.reset(rest);
  const { op, count } = reader.head();
  if (op === down.DELIVERY) worker.delivered(deliveryFrame.read(r, count));
  else if (op === down.OK) worker.answered(r, count);
  else {
    const frame = reader.common(client, op, count);
    if (frame?.op === down.LOST || frame?.op === down.STOPPED)
      worker.wrong(`The hub took something from a worker: ${frame.text}`);
  }
  reader.check();
  return r.at;
}
