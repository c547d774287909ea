import { expect, test } from "vitest";
import { Connection } from "../connection.ts";
import { Lane, READ_AT } from "../lane.ts";
import { Ledger } from "../ledger.ts";
import { blankPayload } from "../marker.ts";
import { mqtt } from "./mqtt.ts";

test.each([1, 2, 5, 64, 1000])("packets are found in messages of %i bytes", (piece) => {
  const lane = new Lane(65_536);
  const ledger = new Ledger(new Uint32Array(1), 1);
  const client = new Connection({ lane, ledger, wire: mqtt, topic: 0, each: null, isTimed: true });
  const packets = [0, 1, 2, 3].map((sequence) => {
    const payload = blankPayload([30, 128, 4000, 24][sequence]!, 1);
    new DataView(payload.buffer).setUint32(8, sequence, true);
    return Buffer.from(mqtt.publish({ topic: "t.0", index: 0, payload })[0]!.body);
  });
  const all = Buffer.concat([Buffer.of(0xd0, 0), ...packets]); // a PINGRESP first
  for (let at = 0; at < all.length; at += piece) {
    const part = all.subarray(at, at + piece);
    lane.bytes.set(part, READ_AT);
    mqtt.take(client, READ_AT, READ_AT + part.length);
  }
  expect(ledger.delivered).toBe(4);
  expect(ledger.faults).toMatchObject({ foreign: 0, disorder: 0, holes: 0 });
});
