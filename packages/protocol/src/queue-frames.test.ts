import fc from "fast-check";
import { expect, test } from "vitest";
import {
  activeFrame,
  cancelFrame,
  consumeFrame,
  consumeOk,
  creditFrame,
  deliveryFrame,
  lostFrame,
  stoppedFrame,
  writeDeliveryHead,
} from "./frames/consume.ts";
import { manageFrame, manageOk } from "./frames/manage.ts";
import { writeTailHead } from "./frames/publication.ts";
import { sendFrame, sendManyFrame, sendManyOk, sendOk } from "./frames/send.ts";
import { settleFrame, settleOk, settleVerb } from "./frames/settle.ts";
import { UpReader } from "./up.ts";
import { type Frame, type FrameHead, readHead } from "./wire/frame.ts";
import { map } from "./wire/field.ts";
import { type EnvelopeValue, Reader } from "./wire/reader.ts";
import { Writer } from "./wire/writer.ts";

const uint = fc.maxSafeInteger().map(Math.abs);
const id = uint.map((n) => n || 1);
const text = fc.string({ unit: "grapheme", maxLength: 20 });
const orNil = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(of, { nil: null });
const asMap = (d: Record<string, EnvelopeValue>): ReadonlyMap<string, EnvelopeValue> =>
  new Map(Object.entries(d));
const options = orNil(fc.dictionary(text, fc.oneof(uint, text, fc.boolean())).map(asMap));
const headers = fc
  .dictionary(text, text, { maxKeys: 3 })
  .map((d) => asMap({ h: new Map(Object.entries(d)) }));
const payload = fc.uint8Array({ maxLength: 300 });
const content = { options, encoding: fc.nat(127), meta: orNil(headers), payload };
const tail = {
  time: uint,
  from: orNil(text),
  encoding: fc.nat(127),
  meta: orNil(headers),
  payload,
};

function roundTrips<T extends { readonly op: number }>(
  described: Frame<T>,
  fields: { [K in keyof Omit<T, "op">]: fc.Arbitrary<Omit<T, "op">[K]> },
): void {
  fc.assert(
    fc.property(fc.record(fields), (value) => {
      const w = new Writer();
      described.write(w, value as Omit<T, "op">);
      const r = new Reader().reset(w.take());
      const head: FrameHead = { count: 0, op: 0 };
      readHead(r, head);
      expect(described.read(r, head.count)).toEqual({ ...value, op: described.op });
      expect([r.fault, r.left]).toEqual(["", 0]);
    }),
    { numRuns: 200 },
  );
}

test("QF1 what a client says of queues is read as it was written", () => {
  roundTrips(sendFrame, { id, queue: text, ...content });
  roundTrips(sendManyFrame, { id, queue: text, jobs: fc.array(fc.record(content)) });
  roundTrips(consumeFrame, { id, queue: text, options });
  roundTrips(creditFrame, { id, consumer: uint, credit: uint });
  roundTrips(cancelFrame, { id, consumer: uint, release: fc.boolean() });
  const settlement = { verb: uint, seq: uint, lease: uint, number: orNil(uint), text: orNil(text) };
  roundTrips(settleFrame, { id, queue: text, settlements: fc.array(fc.record(settlement)) });
  roundTrips(manageFrame, { id, verb: text, queue: text, args: options });
});

test("QF1 what a hub says of queues is read as it was written", () => {
  roundTrips(sendOk, { id, seq: uint, duplicate: fc.boolean() });
  const outcome = { seq: uint, duplicate: fc.boolean(), code: orNil(uint), text: orNil(text) };
  roundTrips(sendManyOk, { id, outcomes: fc.array(fc.record(outcome)) });
  roundTrips(consumeOk, { id, consumer: uint, active: fc.boolean(), leaseMs: uint, jobs: uint });
  roundTrips(settleOk, { id, outcomes: fc.array(uint) });
  roundTrips(manageOk, { id, result: options });
  const delivery = { consumer: uint, seq: uint, lease: uint, attempt: uint };
  roundTrips(deliveryFrame, { ...delivery, ...tail, info: options });
  roundTrips(lostFrame, { consumer: uint, seq: uint, lease: uint, code: uint, text });
  roundTrips(activeFrame, { consumer: uint, active: fc.boolean() });
  roundTrips(stoppedFrame, { consumer: uint, code: uint, text });
});

test("QF2 jobs of a SEND_MANY that are not four elements each are malformed", () => {
  // [17, 1, "q", [nil, 0, nil]]
  const r = new Reader().reset(Uint8Array.from([0x94, 17, 1, 0xa1, 0x71, 0x93, 0xc0, 0, 0xc0]));
  expect(new UpReader().next(r)).toBeUndefined();
  expect(r.fault).toBe("too few elements");
});

test("QF3 the written-out head of a DELIVERY, a tail and what is beside it are its description's bytes", () => {
  fc.assert(
    fc.property(fc.record({ ...tail, info: orNil(headers), n: uint }), (value) => {
      const numbers = { consumer: 1, seq: value.n, lease: 7, attempt: 2 };
      const described = new Writer();
      deliveryFrame.write(described, { ...numbers, ...value });
      const w = new Writer();
      writeDeliveryHead(w, 1, value.n, 7, 2);
      const { time, from, encoding, meta, payload: bytes, info } = value;
      writeTailHead(w, time, from, encoding, meta, bytes.length);
      w.raw(bytes, 0, bytes.length);
      if (info === null) w.nil();
      else map.write(w, info);
      expect(w.take()).toEqual(described.take());
    }),
  );
});

test("QF4 the verbs of SETTLE have these numbers", () => {
  expect(Object.entries(settleVerb)).toEqual([
    ["ack", 0],
    ["release", 1],
    ["fail", 2],
    ["reject", 3],
    ["touch", 4],
    ["progress", 5],
  ]);
});
