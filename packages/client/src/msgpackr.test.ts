import { decodePayload, encodePayload } from "@fanwire/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { messagePack } from "./codec.ts";
import { Bench, hub, turn } from "./fake-hub.testkit.ts";
import { msgpackr } from "./msgpackr.ts";

/** `view` stands inside of a longer buffer, as payloads do. */
function viewOf(bytes: Uint8Array): Uint8Array {
  const batch = new Uint8Array(bytes.length + 20);
  batch.set(bytes, 10);
  return batch.subarray(10, 10 + bytes.length);
}

const decode = (bytes: Uint8Array): unknown => msgpackr.decode(viewOf(bytes), msgpackr.encoding);

const leaf = fc.oneof(
  fc.constantFrom(null, true, false),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double().filter((n) => !Object.is(n, -0)),
  fc
    .bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n })
    .filter((n) => !Number.isSafeInteger(Number(n))),
  fc.string({ unit: "grapheme", maxLength: 300 }),
  fc.uint8Array({ maxLength: 300 }),
  // in each of the three forms of a timestamp
  fc.date({ noInvalidDate: true }),
  fc.date({ noInvalidDate: true, min: new Date(-1e12), max: new Date(2e13) }),
  fc.integer({ min: 0, max: 2 ** 32 - 1 }).map((seconds) => new Date(seconds * 1000)),
);
const values = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 6, depthSize: "small" },
    leaf,
    fc.array(tie("value"), { maxLength: 20 }),
    fc.dictionary(
      fc.string({ unit: "grapheme", maxLength: 12 }).filter((key) => key !== "__proto__"),
      tie("value"),
      { maxKeys: 20, noNullPrototype: true },
    ),
  ),
})).value;

test("D35 what it writes the built-in codec reads, and the other way round", () => {
  fc.assert(
    fc.property(values, (value) => {
      expect(decodePayload(msgpackr.encode(value))).toStrictEqual(value);
      expect(decode(encodePayload(value))).toStrictEqual(value);
      expect(decode(msgpackr.encode(value))).toStrictEqual(value);
    }),
  );
});

class Amount {
  readonly cents: number = 250;
  toJSON(): unknown {
    return { euro: this.cents / 100 };
  }
}

for (const [what, value] of [
  ["undefined", undefined],
  ["a property that is undefined", { a: undefined, b: 1 }],
  ["an element that is undefined", [undefined, 1]],
  [
    "a Map with integer keys",
    new Map<unknown, unknown>([
      [1, "a"],
      ["b", undefined],
    ]),
  ],
  ["a buffer", Uint8Array.of(1, 2).buffer],
  ["floats in a buffer", Float32Array.of(1.5)],
  ["a DataView", new DataView(new ArrayBuffer(2))],
  ["a URL", new URL("https://a.test/")],
  ["an object of a class", new Amount()],
  ["an object without a prototype", Object.assign(Object.create(null) as object, { a: 1 })],
  ["half a character", "\ud800"],
] as const)
  test(`D35 ${what} is written as the built-in codec does`, () => {
    expect(decodePayload(msgpackr.encode(value))).toStrictEqual(
      decodePayload(encodePayload(value)),
    );
  });

for (const [what, value] of [
  ["a function", { run: () => 1 }],
  ["a symbol", [Symbol("x")]],
  ["an invalid Date", new Date(Number.NaN)],
  ["a bigint beyond 64 bits", 2n ** 64n],
  [
    "a cycle",
    (() => {
      const cycle: { self?: unknown } = {};
      cycle.self = cycle;
      return cycle;
    })(),
  ],
] as const)
  test(`D35 ${what} is unencodable, as with the built-in codec`, async () => {
    for (const codec of [msgpackr, messagePack]) {
      const bench = new Bench({ codec });
      await bench.welcome();
      await expect(bench.client.topic("a").publish(value)).rejects.toMatchObject({
        code: "unencodable",
      });
    }
    expect(decode(msgpackr.encode({ next: 1 }))).toEqual({ next: 1 });
  });

for (const [what, bytes] of [
  ["nothing", []],
  ["half a value", [0x92, 1]],
  ["two values", [1, 2]],
  ["an extension that nobody knows", [0xd4, 5, 0]],
] as const)
  test(`D35 ${what} is undecodable, and what comes next is read`, async () => {
    const kinds: string[] = [];
    const bench = new Bench({ codec: msgpackr, onDiagnostic: ({ kind }) => kinds.push(kind) });
    await bench.welcome();
    const got: unknown[] = [];
    bench.client.topic("a").subscribe(({ data }) => got.push(data));
    await turn();
    bench.grant({ sub: 1 });
    bench.socket.say(
      hub.publication(1, 1, null, { payload: Uint8Array.from(bytes) }),
      hub.publication(1, 2, "next"),
    );
    expect([kinds, got]).toEqual([["undecodable"], ["next"]]);
  });

test("D35 clients with either codec understand each other", async () => {
  const value = { at: new Date(1_700_000_000_123), bytes: Uint8Array.of(1, 2), big: 2n ** 60n };
  for (const [writer, reader] of [
    [msgpackr, undefined],
    [undefined, msgpackr],
  ]) {
    const from = new Bench({ codec: writer });
    await from.welcome();
    void from.client.topic("a").publish(value);
    await turn();
    const [, , , , encoding, , payload] = from.socket.framesOf(5)[0]!;
    const to = new Bench({ codec: reader });
    await to.welcome();
    const got: unknown[] = [];
    to.client.topic("a").subscribe(({ data }) => got.push(data));
    await turn();
    to.grant({ sub: 1 });
    to.socket.say(
      hub.publication(1, 1, null, {
        encoding: encoding as number,
        payload: payload as Uint8Array,
      }),
    );
    expect(got).toStrictEqual([value]);
  }
});

test("D35 what was read does not change with the message that it came in", () => {
  const view = viewOf(encodePayload({ bytes: Uint8Array.of(1, 2, 3) }));
  const value = msgpackr.decode(view, msgpackr.encoding);
  view.fill(0);
  expect(value).toEqual({ bytes: Uint8Array.of(1, 2, 3) });
  expect((value as { bytes: Uint8Array }).bytes.buffer.byteLength).toBe(3);
});

test("D35 what differs is as it is told", () => {
  expect(decodePayload(msgpackr.encode(new Set([1])))).toEqual([1]);
  expect(decodePayload(msgpackr.encode(-0))).toBe(0);
  expect(decode(encodePayload(JSON.parse('{"__proto__":1}')))).toEqual({ __proto_: 1 });
  let deep: unknown = 1;
  for (let i = 0; i < 33; i++) deep = [deep];
  expect(decode(msgpackr.encode(deep))).toEqual(deep);
  expect(() => decodePayload(msgpackr.encode(deep))).toThrow("too deep");
});
