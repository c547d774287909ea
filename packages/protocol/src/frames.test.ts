import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { downFrames } from "./down.ts";
import { authOk } from "./frames/auth.ts";
import { consumeOk } from "./frames/consume.ts";
import { manageOk } from "./frames/manage.ts";
import { metaFault, metaMap, readMeta } from "./frames/meta.ts";
import {
  patternPublicationFrame,
  publicationFrame,
  readPatternPublication,
  readPublication,
  writePatternPublicationHead,
  writePublicationHead,
  writeTailHead,
} from "./frames/publication.ts";
import { publishFrame, publishOk, writePublishOk } from "./frames/publish.ts";
import { PublishView } from "./frames/publish-view.ts";
import { historyFrame, readOk, writeHistoryHead } from "./frames/read.ts";
import { sendManyOk, sendOk } from "./frames/send.ts";
import { settleOk } from "./frames/settle.ts";
import {
  type From,
  subscribeFrame,
  subscribeOk,
  type SubscribeOutcome,
} from "./frames/subscribe.ts";
import { metaBytesMax } from "./limits.ts";
import { down, up } from "./opcode.ts";
import { UpReader, upFrames } from "./up.ts";
import { type Frame, type FrameHead, readHead } from "./wire/frame.ts";
import { type EnvelopeValue, Reader } from "./wire/reader.ts";
import { Writer } from "./wire/writer.ts";

const hex = (text: string): Uint8Array =>
  Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));

function write<T extends { readonly op: number }>(
  described: Frame<T>,
  value: Omit<T, "op">,
): Uint8Array {
  const w = new Writer();
  described.write(w, value);
  return w.take();
}

function readWith<T>(bytes: Uint8Array, read: (r: Reader, count: number) => T): T {
  const r = new Reader().reset(bytes);
  const head: FrameHead = { count: 0, op: 0 };
  readHead(r, head);
  const value = read(r, head.count);
  expect([r.fault, r.left]).toEqual(["", 0]);
  return value;
}

const readAs = <T extends { readonly op: number }>(bytes: Uint8Array, described: Frame<T>): T =>
  readWith(bytes, (r, count) => described.read(r, count));

/** The frames of a batch as a hub reads them, and the fault that ended it. */
function readBatch(text: string): { ops: (number | string)[]; fault: string } {
  const reader = new UpReader();
  const r = new Reader().reset(hex(text));
  const ops: (number | string)[] = [];
  while (r.left > 0) {
    const frame = reader.next(r);
    if (frame !== undefined)
      ops.push(frame.op === 0 ? `unknown ${frame.opcode} id ${frame.id}` : frame.op);
  }
  return { ops, fault: r.fault };
}

const uint = fc.maxSafeInteger().map(Math.abs);
const orNil = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(of, { nil: null });
const meta = orNil(
  fc
    .dictionary(fc.constantFrom("key", "k", "h"), fc.string({ maxLength: 10 }))
    .map((d): ReadonlyMap<string, EnvelopeValue> => new Map(Object.entries(d))),
);
const tail = {
  time: uint,
  from: orNil(fc.string({ unit: "grapheme" })),
  encoding: fc.nat(127),
  meta,
  payload: fc.uint8Array({ maxLength: 400 }),
};

describe("F2", () => {
  test.each(["c0", "01", "a101", "90", "91ff", "91cc05", "91a105", "81a16101", "c101"])(
    "F2 %s is not a frame",
    (bytes) => {
      expect(readBatch(bytes)).toEqual({
        ops: [],
        fault: expect.stringMatching(/not a frame|wrong type/u),
      });
    },
  );

  test("F2 a batch is frames back to back", () => {
    expect(readBatch("9207 01 9208 02 9209 03")).toEqual({
      ops: [up.PONG, up.PING, up.SEEN],
      fault: "",
    });
  });
});

describe("F3", () => {
  test("F3 elements beyond those known are skipped, in frames and in the arrays inside them", () => {
    expect(readBatch("9407 01 93a161c0c3 81a16102 9208 02")).toEqual({
      ops: [up.PONG, up.PING],
      fault: "",
    });
    const r = new Reader().reset(hex("93 03 01 91 95 a161 92 05 07 c0 c0 c2"));
    const frame = new UpReader().next(r);
    expect(frame).toMatchObject({ entries: [{ pattern: "a", from: { epoch: 5, offset: 7 } }] });
  });

  test("F3 what is skipped must still be of the envelope", () => {
    expect(readBatch("9307 01 c1").fault).toBe("not a value of the envelope");
    expect(readBatch("9307 01 91919190").fault).toBe("too deep");
  });
});

describe("F4", () => {
  test("F4 too few elements are a fault, in frames and in the arrays inside them", () => {
    for (const bytes of ["9107", "9205 01", "9303 01 91 92 a161 c0", "9303 01 91 93 a161 91 05 c0"])
      expect(readBatch(bytes).fault, bytes).toMatch(/too few elements|truncated|wrong type/u);
  });

  test("F4 an element of another type is a fault, and frames before it stand", () => {
    expect(readBatch("9207 01 9207 a161 9207 02")).toEqual({ ops: [up.PONG], fault: "wrong type" });
  });
});

describe("F5", () => {
  test("F5 an unknown opcode is told with its id, and without one it is no frame", () => {
    expect(readBatch("93 18 07 c0 92 7f 01")).toEqual({
      ops: ["unknown 24 id 7", "unknown 127 id 1"],
      fault: "",
    });
    expect(readBatch("92 18 00").fault).toBe("not a frame");
    expect(readBatch("92 18 a161").fault).toBe("wrong type");
    expect(readBatch("91 18").fault).not.toBe("");
  });
});

describe("F13", () => {
  test("F13 a payload is a view of the bytes, never looked into", () => {
    const bytes = write(publishFrame, {
      id: 1,
      topic: "a",
      options: null,
      encoding: 0x73,
      meta: null,
      payload: hex("c1ffc1"),
    });
    const view = new PublishView();
    readWith(bytes, (r, count) => view.read(r, count));
    expect(bytes.subarray(view.payloadFrom, view.payloadTo)).toEqual(hex("c1ffc1"));
    expect(view.encoding).toBe(0x73);
  });
});

describe("F15", () => {
  test("F15 the tail is the same bytes in every frame that has one", () => {
    const common = { time: 1.7e12, from: null, encoding: 3, meta: null, payload: hex("01") };
    const bytes = "cf0000018bcfe56800 c0 03 c0 c401 01".replaceAll(" ", "");
    for (const frame of [
      write(publicationFrame, { sub: 1, offset: 2, ...common }),
      write(patternPublicationFrame, { sub: 1, topic: "a", epoch: 9, offset: 2, ...common }),
      write(
        downFrames.find((f) => f.op === down.HISTORY)!,
        { id: 1, offset: 2, ...common } as never,
      ),
    ])
      expect(Buffer.from(frame).toString("hex").endsWith(bytes)).toBe(true);
  });
});

describe("F16", () => {
  const fault = (entries: Record<string, EnvelopeValue>): string | undefined =>
    metaFault(new Map(Object.entries(entries)));

  test("F16 key, del, ttl and h may stand in meta", () => {
    const h = new Map(Array.from({ length: 16 }, (_, i) => [`h${i}`, "v"]));
    expect(fault({ key: "k".repeat(128), del: true, ttl: 1, h })).toBeUndefined();
    expect(metaBytesMax).toBe(4096);
  });

  test.each<[string, Record<string, EnvelopeValue>]>([
    ["a key of 129 bytes", { key: "é".repeat(64) + "k" }],
    ["a key that is no string", { key: 1 }],
    ["del that is not true", { del: false }],
    ["a ttl of 0", { ttl: 0 }],
    ["a ttl that is no number", { ttl: "1" }],
    ["17 headers", { h: new Map(Array.from({ length: 17 }, (_, i) => [`h${i}`, "v"])) }],
    ["a header that is no string", { h: new Map([["a", 1]]) }],
    ["headers that are no map", { h: "a" }],
    ["another entry", { priority: 1 }],
  ])("F16 %s may not", (_name, entries) => {
    expect(fault(entries)).toMatch(/key|del|ttl|h must|meta has no/u);
  });

  test("F16 a receiver reads what it knows and leaves out what it does not", () => {
    const m = { key: "k", del: true, ttl: 5, h: { a: "b" } } as const;
    expect(readMeta(metaMap(m)!)).toEqual(m);
    expect(
      readMeta(
        new Map<string, EnvelopeValue>([
          ["new", 1],
          [
            "h",
            new Map<string, EnvelopeValue>([
              ["a", 1],
              ["b", "c"],
            ]),
          ],
        ]),
      ),
    ).toEqual({ h: { b: "c" } });
    expect(metaMap({})).toBeNull();
  });
});

describe("F17", () => {
  test("F17 the wire has not changed without anybody knowing", () => {
    const oks = [authOk, subscribeOk, publishOk, readOk];
    const queueOks = [sendOk, sendManyOk, consumeOk, settleOk, manageOk];
    const shapes = [...upFrames, ...oks, ...queueOks, ...downFrames].map((f) => f.shape);
    const fingerprint = createHash("sha256").update(shapes.join("\n")).digest("hex");
    expect(fingerprint, shapes.join("\n")).toBe(
      "baa509963ec22a73107e1a1d1b20e26a59e04bff8445fbfd39c5321ff7de52f2",
    );
  });

  test("F17 every opcode has one frame", () => {
    expect(upFrames.map((f) => f.op).toSorted((a, b) => a - b)).toEqual(Object.values(up));
    expect(downFrames.map((f) => f.op).toSorted((a, b) => a - b)).toEqual(Object.values(down));
  });
});

describe("F18", () => {
  test("F18 an id of 0 is malformed except in PUBLISH", () => {
    expect(readBatch("9303 00 90").fault).toBe("integer out of range");
    expect(readBatch("9304 00 90").fault).toBe("integer out of range");
    expect(readBatch("97 05 00 a161 c0 00 c0 c400")).toEqual({ ops: [up.PUBLISH], fault: "" });
  });
});

describe("F19", () => {
  test.each<[string, From]>([
    ["nil", null],
    ["a count", 100],
    ["a negative number, which a hub refuses", -1],
    ["a position", { epoch: Number.MAX_SAFE_INTEGER, offset: 3 }],
    ["a mark", { mark: hex("0102"), topics: [] }],
    [
      "a mark and positions",
      {
        mark: hex("0102"),
        topics: [
          { topic: "a", epoch: 1, offset: 2 },
          { topic: "b", epoch: 3, offset: 4 },
        ],
      },
    ],
  ])("F19 from may be %s", (_name, from) => {
    const entries = [
      { pattern: "a", from, options: null },
      { pattern: "b", from: null, options: new Map([["lag", 1]]) },
    ];
    const bytes = write(subscribeFrame, { id: 1, entries });
    expect(readAs(bytes, subscribeFrame)).toEqual({ op: up.SUBSCRIBE, id: 1, entries });
  });

  test("F19 a mark with half a position is a fault", () => {
    expect(readBatch("9303 01 91 93 a161 93 c401 01 a161 05 c0").fault).toBe("too few elements");
  });

  test("F19 outcomes come back as they were written", () => {
    const outcomes: SubscribeOutcome[] = [
      { granted: true, sub: 7, epoch: 1, head: 0, mark: null, replay: 0 },
      { granted: true, sub: 8, epoch: null, head: null, mark: hex("ff"), replay: 1 },
      { granted: false, code: 202, text: "no", retryAfterMs: null },
      { granted: false, code: 300, text: "later", retryAfterMs: 1000 },
    ];
    expect(readAs(write(subscribeOk, { id: 1, outcomes }), subscribeOk)).toMatchObject({
      outcomes,
    });
  });
});

describe("F20", () => {
  test("F20 the view of PUBLISH says the same as its description", () => {
    const arbitrary = fc.record({
      id: uint,
      topic: fc.oneof(fc.string({ maxLength: 60 }), uint),
      options: meta,
      encoding: fc.nat(127),
      meta,
      payload: fc.uint8Array({ maxLength: 70 }),
    });
    fc.assert(
      fc.property(arbitrary, (frame) => {
        const bytes = write(publishFrame, frame);
        const view = new PublishView();
        readWith(bytes, (r, count) => view.read(r, count));
        const name = Buffer.from(bytes.subarray(view.topicFrom, view.topicTo)).toString();
        expect({
          id: view.id,
          topic: view.alias < 0 ? name : view.alias,
          options: view.options,
          encoding: view.encoding,
          meta: view.meta,
          payload: bytes.slice(view.payloadFrom, view.payloadTo),
        }).toEqual(frame);
      }),
    );
  });

  test("F20 the OK of a publication is written as described", () => {
    const arbitrary = fc.record({
      id: uint,
      alias: uint,
      epoch: uint,
      offset: uint,
      level: fc.nat(2),
    });
    fc.assert(
      fc.property(arbitrary, ({ id, alias, epoch, offset, level }) => {
        const w = new Writer(8);
        writePublishOk(w, id, alias, epoch, offset, level);
        const described = write(publishOk, { id, alias, epoch, offset, level, duplicate: false });
        expect(w.take()).toEqual(described);
      }),
    );
  });

  test("F20 publications of topics are written and read as described", () => {
    fc.assert(
      fc.property(fc.record({ sub: uint, offset: uint, ...tail }), (frame) => {
        const w = new Writer();
        writePublicationHead(w, frame.sub, frame.offset);
        writeTailHead(w, frame.time, frame.from, frame.encoding, frame.meta, frame.payload.length);
        w.raw(frame.payload, 0, frame.payload.length);
        const bytes = w.take();
        expect(bytes).toEqual(write(publicationFrame, frame));
        expect(readWith(bytes, readPublication)).toEqual({ op: down.PUBLICATION, ...frame });
      }),
    );
  });

  test("F20 entries of a history are written as described", () => {
    fc.assert(
      fc.property(fc.record({ id: uint, offset: uint, ...tail }), (frame) => {
        const w = new Writer();
        writeHistoryHead(w, frame.id, frame.offset);
        writeTailHead(w, frame.time, frame.from, frame.encoding, frame.meta, frame.payload.length);
        w.raw(frame.payload, 0, frame.payload.length);
        expect(w.take()).toEqual(write(historyFrame, frame));
      }),
    );
  });

  test("F20 publications of patterns are written and read as described", () => {
    fc.assert(
      fc.property(
        fc.record({ sub: uint, topic: fc.string(), epoch: uint, offset: uint, ...tail }),
        (frame) => {
          const w = new Writer();
          writePatternPublicationHead(w, frame.sub, frame.topic, frame.epoch, frame.offset);
          writeTailHead(
            w,
            frame.time,
            frame.from,
            frame.encoding,
            frame.meta,
            frame.payload.length,
          );
          w.raw(frame.payload, 0, frame.payload.length);
          const bytes = w.take();
          expect(bytes).toEqual(write(patternPublicationFrame, frame));
          expect(readWith(bytes, readPatternPublication)).toEqual({
            op: down.PATTERN_PUBLICATION,
            ...frame,
          });
        },
      ),
    );
  });
});

describe("F12", () => {
  test("F12 a batch of random bytes behind a true opcode never throws", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 11 }),
        fc.integer({ min: 1, max: 8 }),
        fc.uint8Array({ maxLength: 60 }),
        (op, count, bytes) => {
          const r = new Reader().reset(Uint8Array.from([0x90 | count, op, ...bytes]));
          const reader = new UpReader();
          while (r.left > 0) reader.next(r);
          expect(r.at).toBe(bytes.length + 2);
        },
      ),
      { numRuns: 3000 },
    );
  });
});

describe("P1", () => {
  test("P1 the largest epoch and offset fit", () => {
    const largest = { epoch: Number.MAX_SAFE_INTEGER, offset: Number.MAX_SAFE_INTEGER };
    const bytes = write(subscribeFrame, {
      id: 1,
      entries: [{ pattern: "a", from: largest, options: null }],
    });
    expect(readAs(bytes, subscribeFrame).entries[0]?.from).toEqual(largest);
  });
});
