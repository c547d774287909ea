// The jobs of one request, framed once: what differs from request to request is the marker in each.

import { sendFrame, sendManyFrame } from "@fanwire/protocol";
import { blankPayload, stamp } from "../marker.ts";
import { type Template, templateOf } from "../publisher.ts";
import { batch } from "../wires/fanwire-frames.ts";
import type { JobOrder } from "./job-client.ts";

/** All requests have it: what matters is how many were answered. */
const ID = 1;

/** Makes requests of our language for a queue. */
export class JobTemplate {
  readonly #template: Template;

  constructor({ queue, perMessage, payloadBytes, seed }: JobOrder) {
    const job = {
      options: null,
      encoding: 0,
      meta: null,
      payload: blankPayload(payloadBytes, seed),
    };
    const jobs = Array.from({ length: perMessage }, () => job);
    const message = batch((w) => {
      if (perMessage === 1) sendFrame.write(w, { id: ID, queue, ...job });
      else sendManyFrame.write(w, { id: ID, queue, jobs });
    });
    this.#template = templateOf([message]);
  }

  /** A WebSocket message with jobs from this number on. */
  request(first: number, now: number): Uint8Array {
    const { bytes, marks } = this.#template;
    const out = Buffer.allocUnsafeSlow(bytes.length); // the socket may keep it
    out.set(bytes);
    const view = new DataView(out.buffer);
    for (const [i, { at, key }] of marks.entries()) stamp(view, at, key, first + i, first + i, now);
    return out;
  }
}
