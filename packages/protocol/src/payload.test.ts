import fc from "fast-check";
import { Packr, Unpackr } from "msgpackr";
import { describe, expect, test } from "vitest";
import {
  decodeEach,
  decodePayload,
  encodePayload,
  PayloadError,
  type PayloadReason,
} from "./payload.ts";

const toHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const hex = (text: string): Uint8Array =>
  Uint8Array.from(text.replaceAll(" ", "").match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));

/** What a call throws; the test fails if that is nothing, or not a PayloadError. */
function refusal(call: () => unknown): PayloadError {
  try {
    call();
  } catch (error) {
    if (error instanceof PayloadError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
const encodeReason = (value: unknown): PayloadReason => refusal(() => encodePayload(value)).reason;
const decodeReason = (text: string): PayloadReason =>
  refusal(() => decodePayload(hex(text))).reason;

/** `depth` arrays inside each other. */
const nested = (depth: number): unknown => {
  let value: unknown = 0;
  for (let i = 0; i < depth; i++) value = [value];
  return value;
};

/** Each value, and the bytes that are written for it. */
const vectors: readonly (readonly [name: string, value: unknown, bytes: string])[] = [
  ["nil", null, "c0"],
  ["false", false, "c2"],
  ["true", true, "c3"],

  ["0", 0, "00"],
  ["the largest positive fixint", 127, "7f"],
  ["the smallest uint8", 128, "cc 80"],
  ["the largest uint8", 255, "cc ff"],
  ["the smallest uint16", 256, "cd 0100"],
  ["the largest uint16", 65_535, "cd ffff"],
  ["the smallest uint32", 65_536, "ce 00010000"],
  ["the largest uint32", 4_294_967_295, "ce ffffffff"],
  ["the smallest uint64", 4_294_967_296, "cf 0000000100000000"],
  ["the largest safe integer", Number.MAX_SAFE_INTEGER, "cf 001fffffffffffff"],
  ["-1", -1, "ff"],
  ["the lowest negative fixint", -32, "e0"],
  ["the highest int8", -33, "d0 df"],
  ["the lowest int8", -128, "d0 80"],
  ["the highest int16", -129, "d1 ff7f"],
  ["the lowest int16", -32_768, "d1 8000"],
  ["the highest int32", -32_769, "d2 ffff7fff"],
  ["the lowest int32", -2_147_483_648, "d2 80000000"],
  ["the highest int64", -2_147_483_649, "d3 ffffffff7fffffff"],
  ["an int64 with nothing in its low half", -4_294_967_296, "d3 ffffffff00000000"],
  ["the lowest safe integer", Number.MIN_SAFE_INTEGER, "d3 ffe0000000000001"],
  ["the first bigint that is not safe", 2n ** 53n, "cf 0020000000000000"],
  ["the largest int64", 2n ** 63n - 1n, "cf 7fffffffffffffff"],
  ["the first bigint beyond int64", 2n ** 63n, "cf 8000000000000000"],
  ["the largest uint64", 2n ** 64n - 1n, "cf ffffffffffffffff"],
  ["the first negative bigint that is not safe", -(2n ** 53n), "d3 ffe0000000000000"],
  ["the lowest int64", -(2n ** 63n), "d3 8000000000000000"],

  ["a fraction", 1.5, "cb 3ff8000000000000"],
  ["minus zero", -0, "cb 8000000000000000"],
  ["infinity", Infinity, "cb 7ff0000000000000"],
  ["minus infinity", -Infinity, "cb fff0000000000000"],
  ["not a number", NaN, "cb 7ff8000000000000"],
  ["an integer that is not safe", 2 ** 53, "cb 4340000000000000"],
  ["a negative integer that is not safe", -(2 ** 53), "cb c340000000000000"],
  ["the largest number", Number.MAX_VALUE, "cb 7fefffffffffffff"],
  ["the smallest number", Number.MIN_VALUE, "cb 0000000000000001"],

  ["an empty str", "", "a0"],
  ["a str of one letter", "a", "a1 61"],
  ["a str of two-byte characters", "Кириллица", "b2 d09ad0b8d180d0b8d0bbd0bbd0b8d186d0b0"],
  ["a str of three-byte characters", "漢字", "a6 e6bca2e5ad97"],
  ["a str of four-byte characters", "👋", "a4 f09f918b"],
  ["a str with a zero", "a\0b", "a3 610062"],
  ["a str with a byte order mark", "\uFEFFa", "a4 efbbbf61"],
  ["the longest fixstr", "a".repeat(31), `bf ${"61".repeat(31)}`],
  ["the shortest str8", "a".repeat(32), `d9 20 ${"61".repeat(32)}`],
  ["a str8 by its bytes that has few characters", "é".repeat(16), `d9 20 ${"c3a9".repeat(16)}`],
  ["the longest str8", "a".repeat(255), `d9 ff ${"61".repeat(255)}`],
  ["the shortest str16", "a".repeat(256), `da 0100 ${"61".repeat(256)}`],
  ["the longest str16", "a".repeat(65_535), `da ffff ${"61".repeat(65_535)}`],
  ["the shortest str32", "a".repeat(65_536), `db 00010000 ${"61".repeat(65_536)}`],

  ["an empty bin", new Uint8Array(0), "c4 00"],
  ["a bin", Uint8Array.of(0, 127, 255), "c4 03 007fff"],
  ["the longest bin8", new Uint8Array(255), `c4 ff ${"00".repeat(255)}`],
  ["the shortest bin16", new Uint8Array(256), `c5 0100 ${"00".repeat(256)}`],
  ["the longest bin16", new Uint8Array(65_535), `c5 ffff ${"00".repeat(65_535)}`],
  ["the shortest bin32", new Uint8Array(65_536), `c6 00010000 ${"00".repeat(65_536)}`],

  ["an empty array", [], "90"],
  ["an array", [1, "a", null, [true]], "94 01 a161 c0 91 c3"],
  ["the longest fixarray", Array(15).fill(1), `9f ${"01".repeat(15)}`],
  ["the shortest array16", Array(16).fill(1), `dc 0010 ${"01".repeat(16)}`],
  ["the longest array16", Array(65_535).fill(1), `dc ffff ${"01".repeat(65_535)}`],
  ["the shortest array32", Array(65_536).fill(1), `dd 00010000 ${"01".repeat(65_536)}`],

  ["an empty map", {}, "80"],
  ["a map", { a: 1, b: { c: [] } }, "82 a161 01 a162 81 a163 90"],
  ["the longest fixmap", record(15), `8f ${recordHex(15)}`],
  ["the shortest map16", record(16), `de 0010 ${recordHex(16)}`],
  ["the longest map16", record(65_535), `de ffff ${recordHex(65_535)}`],
  ["the shortest map32", record(65_536), `df 00010000 ${recordHex(65_536)}`],

  ["the first moment of timestamp32", new Date(0), "d6 ff 00000000"],
  ["the last moment of timestamp32", new Date((2 ** 32 - 1) * 1000), "d6 ff ffffffff"],
  ["a timestamp64 for its milliseconds", new Date(1), "d7 ff 003d090000000000"],
  ["a timestamp64 for its seconds", new Date(2 ** 32 * 1000), "d7 ff 0000000100000000"],
  ["the last moment of timestamp64", new Date(2 ** 34 * 1000 - 1), "d7 ff ee2e1f03ffffffff"],
  ["the first timestamp96", new Date(2 ** 34 * 1000), "c7 0c ff 00000000 0000000400000000"],
  ["the last moment before 1970", new Date(-1), "c7 0c ff 3b8b87c0 ffffffffffffffff"],
  ["a whole second before 1970", new Date(-1000), "c7 0c ff 00000000 ffffffffffffffff"],
  ["the last moment of a Date", new Date(8.64e15), "c7 0c ff 00000000 000007dba8218000"],
  ["the first moment of a Date", new Date(-8.64e15), "c7 0c ff 00000000 fffff82457de8000"],
];

function record(count: number): Record<string, number> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [recordKey(i), 1]));
}

function recordHex(count: number): string {
  return Array.from(
    { length: count },
    (_, i) => `a6 ${toHex(new TextEncoder().encode(recordKey(i)))} 01`,
  ).join("");
}

function recordKey(i: number): string {
  return `k${String(i).padStart(5, "0")}`;
}

describe("the forms of MessagePack", () => {
  test.each(vectors)("%s is written in the shortest form", (_name, value, bytes) => {
    expect(toHex(encodePayload(value))).toBe(bytes.replaceAll(" ", ""));
  });

  test.each(vectors)("%s is read", (_name, value, bytes) => {
    expect(decodePayload(hex(bytes))).toStrictEqual(value);
  });

  test.each<readonly [name: string, bytes: string, value: unknown]>([
    ["a float32", "ca 3fc00000", 1.5],
    ["a float32 that is minus zero", "ca 80000000", -0],
    ["a float32 that is not a number", "ca 7fc00000", NaN],
    ["a float32 that is infinite", "ca ff800000", -Infinity],
    ["a float64 that holds an integer", "cb 4059000000000000", 100],
    ["a uint8 that fits a fixint", "cc 01", 1],
    ["a uint16 that fits a fixint", "cd 0001", 1],
    ["a uint32 that fits a fixint", "ce 00000001", 1],
    ["a uint64 that fits a fixint", "cf 0000000000000001", 1],
    ["a positive int8", "d0 7f", 127],
    ["a positive int16", "d1 7fff", 32_767],
    ["a positive int32", "d2 7fffffff", 2_147_483_647],
    ["a positive int64", "d3 0000000000000001", 1],
    ["an int64 of 0", "d3 0000000000000000", 0],
    ["an int64 that fits a fixint", "d3 ffffffffffffffff", -1],
    ["a positive int64 that is not safe", "d3 7fffffffffffffff", 2n ** 63n - 1n],
    ["a str8 that fits a fixstr", "d9 01 61", "a"],
    ["a str16 that fits a fixstr", "da 0001 61", "a"],
    ["a str32 that fits a fixstr", "db 00000001 61", "a"],
    ["a bin16 that fits a bin8", "c5 0001 07", Uint8Array.of(7)],
    ["a bin32 that fits a bin8", "c6 00000001 07", Uint8Array.of(7)],
    ["an array16 that fits a fixarray", "dc 0001 07", [7]],
    ["an array32 that fits a fixarray", "dd 00000001 07", [7]],
    ["a map16 that fits a fixmap", "de 0001 a161 07", { a: 7 }],
    ["a map32 that fits a fixmap", "df 00000001 a161 07", { a: 7 }],
    ["a timestamp32 behind the head of an ext8", "c7 04 ff 00000001", new Date(1000)],
    ["a timestamp64 behind the head of an ext16", "c8 0008 ff 0000000000000001", new Date(1000)],
    ["a timestamp96 behind the head of an ext32", `c9 0000000c ff ${"00".repeat(12)}`, new Date(0)],
    ["nanoseconds, cut to milliseconds", "d7 ff 003d08fc00000000", new Date(0)],
    ["nanoseconds before 1970, cut downwards", `c7 0c ff 3b9ac9ff ${"ff".repeat(8)}`, new Date(-1)],
  ])("%s is read too", (_name, bytes, value) => {
    expect(decodePayload(hex(bytes))).toStrictEqual(value);
  });
});

describe("encoding", () => {
  test("F14 undefined is nil", () => {
    expect(toHex(encodePayload(undefined))).toBe("c0");
  });

  test("F14 undefined in an array is nil, and so is a hole", () => {
    // oxlint-disable-next-line no-sparse-arrays
    expect(toHex(encodePayload([undefined, , 1]))).toBe("93c0c001");
  });

  test("F14 a property that is undefined is left out", () => {
    expect(toHex(encodePayload({ a: undefined, b: 1, c: undefined }))).toBe("81a16201");
  });

  test("F14 properties that are left out do not make the head longer", () => {
    expect(toHex(encodePayload({ ...record(15), z: undefined }))).toBe(
      toHex(encodePayload(record(15))),
    );
  });

  test("F14 each property is read once", () => {
    let reads = 0;
    const value = {
      get a(): number | undefined {
        return reads++ === 0 ? 1 : undefined;
      },
    };
    expect(toHex(encodePayload(value))).toBe("81a16101");
  });

  test("F14 a bigint takes the shortest integer", () => {
    expect([0n, 127n, -32n, 255n, -129n, 65_536n].map((n) => toHex(encodePayload(n)))).toEqual(
      [0, 127, -32, 255, -129, 65_536].map((n) => toHex(encodePayload(n))),
    );
  });

  test("F14 a lone surrogate becomes the replacement character", () => {
    expect(decodePayload(encodePayload("a\uD800b"))).toBe("a\uFFFDb");
    expect(decodePayload(encodePayload(`${"a".repeat(99)}\uDC00`))).toBe(`${"a".repeat(99)}\uFFFD`);
  });

  test("F14 a view gives the bytes that it shows", () => {
    const { buffer } = Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7);
    expect(toHex(encodePayload(new Uint8Array(buffer, 2, 3)))).toBe("c403020304");
    expect(toHex(encodePayload(new DataView(buffer, 6)))).toBe("c4020607");
    expect(toHex(encodePayload(new Uint16Array(buffer, 4, 1)))).toBe("c4020405");
  });

  test("F14 an ArrayBuffer gives its bytes", () => {
    expect(toHex(encodePayload(Uint8Array.of(1, 2).buffer))).toBe("c4020102");
  });

  test("F14 a class instance becomes a map of its own enumerable string keys", () => {
    class Base {
      inherited = 1;
      get accessor(): number {
        return 2;
      }
      method(): void {}
    }
    const value = Object.assign(new Base(), { own: 3, [Symbol("hidden")]: 4 });
    Object.defineProperty(value, "hidden", { value: 5 });
    expect(decodePayload(encodePayload(value))).toEqual({ inherited: 1, own: 3 });
  });

  test("F14 an object without prototype becomes a map", () => {
    const value: Record<string, unknown> = Object.create(null);
    value["a"] = 1;
    expect(toHex(encodePayload(value))).toBe("81a16101");
  });

  test("F14 a Map becomes a map whose keys are of any type", () => {
    const value = new Map<unknown, unknown>([
      ["a", 1],
      [2, undefined],
      [null, true],
      [[3], new Map()],
      [new Date(0), -1],
    ]);
    expect(toHex(encodePayload(value))).toBe(
      "85 a16101 02c0 c0c3 910380 d6ff00000000ff".replaceAll(" ", ""),
    );
  });

  test("F14 a toJSON is used for the keys and the values of a Map too", () => {
    const value = new Map([[{ toJSON: () => "key" }, { toJSON: () => "value" }]]);
    expect(decodePayload(encodePayload(value))).toEqual({ key: "value" });
  });

  test("F14 an object with a toJSON is what that returns", () => {
    expect(
      decodePayload(encodePayload([new URL("https://example.com/"), { toJSON: () => 1n }])),
    ).toEqual(["https://example.com/", 1]);
  });

  test("F14 toJSON is called as JSON.stringify calls it", () => {
    class Keyed {
      toJSON(key: string): string {
        return `${typeof key}:${key}`;
      }
    }
    class Itself {
      a = [new Keyed()];
      toJSON(): this {
        return this;
      }
    }
    class Gone {
      toJSON(): undefined {}
    }
    const array = Object.assign([1, 2], { toJSON: () => "array" });
    const value = {
      k: new Keyed(),
      list: [0, new Keyed()],
      it: new Itself(),
      gone: new Gone(),
      array,
    };
    expect(decodePayload(encodePayload(value))).toEqual(JSON.parse(JSON.stringify(value)));
    expect(decodePayload(encodePayload(new Keyed()))).toEqual(
      JSON.parse(JSON.stringify(new Keyed())),
    );
  });

  test("F14 a toJSON that returns a Date or bytes gives a timestamp or bin", () => {
    expect(toHex(encodePayload({ toJSON: () => new Date(0) }))).toBe("d6ff00000000");
    expect(toHex(encodePayload({ toJSON: () => Uint8Array.of(1) }))).toBe("c40101");
  });

  test("F14 the toJSON of a Date and of a view is not used", () => {
    const date = Object.assign(new Date(0), { toJSON: () => "no" });
    const view = Object.assign(Uint8Array.of(1), { toJSON: () => "no" });
    expect(toHex(encodePayload([date, view]))).toBe("92d6ff00000000c40101");
  });

  test("F14 the result has a buffer of its own, as long as it is", () => {
    const first = encodePayload("first");
    encodePayload("later");
    expect([toHex(first), first.byteOffset, first.buffer.byteLength]).toEqual([
      "a56669727374",
      0,
      6,
    ]);
  });

  test("F14 a toJSON may encode a payload of its own", () => {
    const inner = { toJSON: () => encodePayload({ big: "x".repeat(5000), more: [1, 2] }) };
    const [before, bytes, after] = decodePayload(
      encodePayload(["before", inner, "after"]),
    ) as unknown[];
    expect([before, after]).toEqual(["before", "after"]);
    expect(decodePayload(bytes as Uint8Array)).toEqual({ big: "x".repeat(5000), more: [1, 2] });
  });

  test("F14 an error leaves nothing behind for the next payload", () => {
    const thrown = new Error("of the application");
    const failing = {
      toJSON(): never {
        throw thrown;
      },
    };
    expect(() => encodePayload(["half a payload", failing])).toThrow(thrown);
    expect(encodeReason(["half a payload", () => 1])).toBe("unsupported type");
    expect(toHex(encodePayload(1))).toBe("01");
  });

  test("F14 a small payload after one of a megabyte is as before", () => {
    const large = { text: "é".repeat(500_000), bytes: new Uint8Array(300_000).fill(7) };
    expect(decodePayload(encodePayload(large))).toEqual(large);
    expect(toHex(encodePayload([1]))).toBe("9101");
  });

  test.each([
    ["a function", () => 1, "function"],
    ["a symbol", Symbol("s"), "symbol"],
  ])("%s is refused, in a sentence that names it", (_name, value, type) => {
    const error = refusal(() => encodePayload({ a: [value] }));
    expect([error.reason, error.message]).toEqual([
      "unsupported type",
      `This cannot be a payload: unsupported type ${type}.`,
    ]);
  });

  test("F14 an invalid Date is refused", () => {
    expect(encodeReason([new Date(NaN)])).toBe("invalid time");
  });

  test.each([2n ** 64n, -(2n ** 63n) - 1n, 10n ** 30n, -(10n ** 30n)])(
    "F14 the bigint %s is refused",
    (n) => {
      expect(encodeReason(n)).toBe("integer out of range");
    },
  );

  test("F14 32 arrays inside each other are written, 33 refused", () => {
    expect(toHex(encodePayload(nested(32)))).toBe(`${"91".repeat(32)}00`);
    expect(encodeReason(nested(33))).toBe("too deep");
  });

  test("F14 32 maps inside each other are written, 33 refused", () => {
    const maps = (depth: number): unknown => (depth === 0 ? 0 : { a: maps(depth - 1) });
    expect(toHex(encodePayload(maps(32)))).toBe(`${"81a161".repeat(32)}00`);
    expect(encodeReason(maps(33))).toBe("too deep");
  });

  test("F14 the keys of a Map count as inside it", () => {
    expect(encodeReason(new Map([[nested(32), 0]]))).toBe("too deep");
  });

  test("F14 a Date or bytes within the 32nd array are no further level", () => {
    const value = (inner: unknown): unknown =>
      JSON.parse(JSON.stringify(nested(31)), (_key, v) => (v === 0 ? [inner] : v));
    expect(decodePayload(encodePayload(value(new Date(0))))).toEqual(value(new Date(0)));
    expect(decodePayload(encodePayload(value(Uint8Array.of(1))))).toEqual(value(Uint8Array.of(1)));
  });

  test("F14 a cycle is refused", () => {
    const cycle: { self?: unknown } = {};
    cycle.self = [cycle];
    expect(encodeReason(cycle)).toBe("too deep");
  });
});

describe("decoding", () => {
  test("F14 integer keys become strings", () => {
    const bytes =
      "87 00c0 7fc0 ffc0 cd0100c0 d3fffffffe00000000c0 cfffffffffffffffffc0 d38000000000000000c0";
    expect(decodePayload(hex(bytes))).toEqual({
      "0": null,
      "127": null,
      "-1": null,
      "256": null,
      "-8589934592": null,
      "18446744073709551615": null,
      "-9223372036854775808": null,
    });
  });

  test("F14 a str key may have any width", () => {
    expect(decodePayload(hex("84 a0 00 d9016101 da00016202 db000000016303"))).toEqual({
      "": 0,
      a: 1,
      b: 2,
      c: 3,
    });
  });

  test("F14 the last of two equal keys counts, an integer and its digits being equal", () => {
    expect(decodePayload(hex("83 a161 01 a161 02 a161 03"))).toEqual({ a: 3 });
    expect(decodePayload(hex("82 07 01 a137 02"))).toEqual({ "7": 2 });
  });

  test("F14 the key __proto__ becomes a property and never the prototype", () => {
    const value = decodePayload(
      hex("83 a95f5f70726f746f5f5f 81a16101 a162 02 a95f5f70726f746f5f5f 81a16103"),
    );
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.entries(value as object)).toEqual([
      ["__proto__", { a: 3 }],
      ["b", 2],
    ]);
    expect(Object.getOwnPropertyDescriptor(value, "__proto__")).toMatchObject({
      writable: true,
      configurable: true,
    });
  });

  test("F14 the names of other inherited properties are keys like any", () => {
    const value = { constructor: 1, toString: 2, hasOwnProperty: 3, valueOf: null };
    expect(decodePayload(encodePayload(value))).toStrictEqual(value);
  });

  test("F14 a bin is a copy with a buffer of its own", () => {
    const message = hex("93 c40107 c403010203 c400");
    const value = decodePayload(message) as Uint8Array[];
    message.fill(0xff);
    expect(value).toEqual([Uint8Array.of(7), Uint8Array.of(1, 2, 3), new Uint8Array(0)]);
    expect(value.map((bin) => bin.buffer.byteLength)).toEqual([1, 3, 0]);
  });

  test("F14 a bin of a subclass of Uint8Array, as Node's Buffer is, is a plain Uint8Array and a copy", () => {
    class View extends Uint8Array {
      override slice(from: number, to: number): Uint8Array<ArrayBuffer> {
        return this.subarray(from, to);
      }
    }
    const message = View.of(0xc4, 1, 7);
    const value = decodePayload(message) as Uint8Array;
    message.fill(0);
    expect([value.constructor, value[0]]).toEqual([Uint8Array, 7]);
  });

  test("F14 the message may be anywhere in its buffer", () => {
    const buffer = hex("ffff 93 cd0100 cb3ff8000000000000 a161 ffff");
    expect(decodePayload(buffer.subarray(2, -2))).toEqual([256, 1.5, "a"]);
    expect(refusal(() => decodePayload(buffer.subarray(2, -3))).reason).toBe("truncated");
  });

  test("F14 a str is read whatever its length, and wherever it ceases to be ASCII", () => {
    for (let length = 0; length < 60; length++) {
      const ascii = "abcdefghij".repeat(6).slice(0, length);
      expect(decodePayload(encodePayload(ascii))).toBe(ascii);
      expect(decodePayload(encodePayload(`${ascii}é`))).toBe(`${ascii}é`);
      expect(decodePayload(encodePayload(`é${ascii}`))).toBe(`é${ascii}`);
    }
  });

  test("F14 a short str is read as itself, whatever was read before that looks like it", () => {
    const alike = Array.from({ length: 500 }, (_, n) => `a${String(n).padStart(3, "0")}z`);
    for (const text of [...alike, ...alike, "", "a", "az", "", "aéz", "a0z"]) {
      expect(decodePayload(encodePayload([text, text]))).toEqual([text, text]);
      expect(decodePayload(encodePayload({ [text]: text }))).toEqual({ [text]: text });
    }
  });

  test.each([
    ["an unexpected continuation", "80"],
    ["a start without continuation", "c3"],
    ["an overlong form", "c080"],
    ["an overlong form of three bytes", "e08080"],
    ["half a surrogate pair", "eda080"],
    ["a pair of surrogates", "eda081edb080"],
    ["a code point beyond Unicode", "f4908080"],
    ["a byte that is never in UTF-8", "ff"],
  ])("%s in a str is refused, in a short one and in a long one", (_name, bytes) => {
    const head = (text: string): string =>
      `d9 ${(text.length / 2).toString(16).padStart(2, "0")} ${text}`;
    expect(decodeReason(head(bytes))).toBe("invalid UTF-8");
    expect(decodeReason(head("61".repeat(100) + bytes))).toBe("invalid UTF-8");
    expect(decodeReason(`81 ${head(`61${bytes}`)} c0`)).toBe("invalid UTF-8");
  });

  test.each([
    ["nil", "c0"],
    ["false", "c2"],
    ["true", "c3"],
    ["a float32", "ca 3f800000"],
    ["a float64", "cb 3ff0000000000000"],
    ["a bin", "c4 01 61"],
    ["an array", "90"],
    ["a map", "80"],
    ["a timestamp", "d6 ff 00000000"],
  ])("%s as a key is refused", (_name, bytes) => {
    expect(decodeReason(`81 ${bytes} 01`)).toBe("invalid key");
  });

  test.each([
    ["no byte at all", ""],
    ["a uint8 without its byte", "cc"],
    ["an int64 without its last byte", "d3 00000000000000"],
    ["a float32 without its last byte", "ca 000000"],
    ["a float64 without its last byte", "cb 00000000000000"],
    ["a str without its length", "da 00"],
    ["a fixstr of more than there is", "a2 61"],
    ["a str8 of more than there is", "d9 ff 61"],
    ["a str16 of more than there is", "da ffff 61"],
    ["a str32 of more than there is", "db ffffffff"],
    ["a bin8 of more than there is", "c4 ff 61"],
    ["a bin16 of more than there is", "c5 ffff 61"],
    ["a bin32 of more than there is", "c6 ffffffff"],
    ["a fixarray of more than there is", "92 00"],
    ["an array16 of more than there is", "dc ffff"],
    ["an array32 of more than there is", "dd ffffffff"],
    ["a fixmap of more than there is", "81 a161"],
    ["a fixmap that is one byte short", "82 a161 00"],
    ["a map16 of more than there is", "de ffff"],
    ["a map32 of more than there is", "df ffffffff"],
    ["an ext8 of more than there is", "c7 ff ff"],
    ["an ext16 of more than there is", "c8 ffff ff"],
    ["an ext32 of more than there is", "c9 ffffffff"],
    ["a fixext without its type", "d6"],
    ["a timestamp32 without its last byte", "d6 ff 000000"],
  ])("%s is refused as truncated", (_name, bytes) => {
    expect(decodeReason(bytes)).toBe("truncated");
  });

  test("F14 every form cut anywhere is refused as truncated", () => {
    for (const bytes of vectors
      .map((vector) => hex(vector[2]))
      .filter(({ length }) => length < 300))
      for (let end = 0; end < bytes.length; end++)
        expect(refusal(() => decodePayload(bytes.subarray(0, end))).reason).toBe("truncated");
  });

  test("F14 a count beyond the bytes that remain is refused before any element is read", () => {
    expect(decodeReason("92 c1")).toBe("truncated");
    expect(decodeReason("82 c1 00 00")).toBe("truncated");
  });

  test("F14 arrays inside each other that all claim the whole message are refused without room being made for them", () => {
    const message = new Uint8Array(1_000_000);
    for (let at = 0; at < 31 * 5; at += 5) message.set(hex("dd 000f0000"), at);
    // room for all that the heads claim would be 240 MB each time
    for (let i = 0; i < 20; i++)
      expect(refusal(() => decodePayload(message)).reason).toBe("truncated");
  });

  test("F14 what follows the one value is refused", () => {
    expect(decodeReason("c0 c0")).toBe("trailing bytes");
    expect(decodeReason("90 c1")).toBe("trailing bytes");
  });

  test("F14 the byte 0xc1 is refused wherever a value begins", () => {
    expect(decodeReason("c1")).toBe("reserved byte");
    expect(decodeReason("91 c1")).toBe("reserved byte");
    expect(decodeReason("81 c1 00")).toBe("reserved byte");
  });

  test.each([
    ["a fixext1", "d4 00 00", 0],
    ["a fixext2", "d5 7f 0000", 127],
    ["a fixext4", "d6 fe 00000000", -2],
    ["a fixext8", "d7 80 0000000000000000", -128],
    ["a fixext16", `d8 72 ${"00".repeat(16)}`, 114],
    ["an ext8", "c7 00 05", 5],
    ["an ext16", "c8 0001 05 00", 5],
    ["an ext32", "c9 00000001 05 00", 5],
  ])("%s that is not a timestamp is refused, and its type named", (_name, bytes, type) => {
    const error = refusal(() => decodePayload(hex(bytes)));
    expect([error.reason, error.message]).toEqual([
      "unknown extension",
      `This cannot be a payload: unknown extension ${type}.`,
    ]);
  });

  test.each([
    ["of one byte", "d4 ff 00"],
    ["of two bytes", "d5 ff 0000"],
    ["of sixteen bytes", `d8 ff ${"00".repeat(16)}`],
    ["of no byte", "c7 00 ff"],
    ["of five bytes", "c7 05 ff 0000000000"],
    ["of 64 bits with a whole second of nanoseconds", "d7 ff ee6b280000000000"],
    ["of 96 bits with a whole second of nanoseconds", "c7 0c ff 3b9aca00 0000000000000000"],
    ["of 96 bits a second after the last moment of a Date", "c7 0c ff 00000000 000007dba8218001"],
    ["of 96 bits a second before the first moment of a Date", "c7 0c ff 00000000 fffff82457de7fff"],
    ["of 96 bits in the furthest future", "c7 0c ff 00000000 7fffffffffffffff"],
  ])("a timestamp %s is refused", (_name, bytes) => {
    expect(decodeReason(bytes)).toBe("invalid time");
  });

  test("F14 32 arrays inside each other are read, 33 refused", () => {
    expect(decodePayload(hex(`${"91".repeat(32)}00`))).toEqual(nested(32));
    expect(decodeReason(`${"91".repeat(33)}00`)).toBe("too deep");
  });

  test("F14 32 maps inside each other are read, 33 refused", () => {
    expect(decodePayload(hex(`${"81a161".repeat(32)}00`))).toMatchObject({ a: { a: {} } });
    expect(decodeReason(`${"81a161".repeat(33)}00`)).toBe("too deep");
  });

  test("F14 arrays beside each other are not deeper", () => {
    const value = Array.from({ length: 100 }, () => [[{}], [{}]]);
    expect(decodePayload(encodePayload(value))).toEqual(value);
  });

  test("F14 a megabyte of array heads is refused as too deep", () => {
    expect(refusal(() => decodePayload(new Uint8Array(1_000_000).fill(0x91))).reason).toBe(
      "too deep",
    );
  });

  test("F14 an error is an Error with a name, a reason and a sentence", () => {
    const error = refusal(() => decodePayload(new Uint8Array(0)));
    expect(error).toBeInstanceOf(Error);
    expect([error.name, error.message]).toEqual([
      "PayloadError",
      "This cannot be a payload: truncated.",
    ]);
  });
});

describe("values back to back", () => {
  const each = (text: string): unknown[] => {
    const values: unknown[] = [];
    decodeEach(hex(text), (value) => values.push(value));
    return values;
  };

  test("F1 are read one after the other, and no bytes are no values", () => {
    expect(each("01 92a16102 c0 81a16190")).toEqual([1, ["a", 2], null, { a: [] }]);
    expect(each("")).toEqual([]);
  });

  test("F1 those before one that is none were given when it is refused", () => {
    const values: unknown[] = [];
    const read = (): void => decodeEach(hex("01 02 92 03"), (value) => values.push(value));
    expect(refusal(read).reason).toBe("truncated");
    expect(values).toEqual([1, 2]);
  });

  test("F1 a bin is a view of the batch, at its place", () => {
    const batch = hex("ff c40201fe").subarray(1);
    decodeEach(batch, (value) => {
      const bin = value as Uint8Array;
      expect(bin).toEqual(Uint8Array.of(1, 254));
      expect([bin.buffer, bin.byteOffset]).toEqual([batch.buffer, 3]);
    });
  });

  test("F1 a payload, and another batch, can be read in the middle of one", () => {
    const batch = hex("c4029107 c40192 c4019000".replaceAll(" ", ""));
    const values: unknown[] = [];
    decodeEach(batch, (value) => {
      try {
        values.push(value instanceof Uint8Array ? decodePayload(value) : value);
      } catch (error) {
        values.push((error as PayloadError).reason);
      }
      decodeEach(hex("0102"), (inner) => values.push(inner));
    });
    expect(values).toEqual([[7], 1, 2, "truncated", 1, 2, [], 1, 2, 0, 1, 2]);
  });

  test("F1 each may be as deep as one alone", () => {
    const deep = `${"91".repeat(32)}00`;
    expect(each(deep + deep)).toEqual([nested(32), nested(32)]);
  });

  test("F1 what the receiver of a value throws ends the reading", () => {
    const thrown = new Error("mine");
    const run = (): never => {
      throw thrown;
    };
    expect(() => decodeEach(hex("01 02"), run)).toThrow(thrown);
  });
});

describe("any value", () => {
  const options = {
    useRecords: false,
    mapsAsObjects: true,
    int64AsType: "auto", // known to msgpackr, not to its types
    moreTypes: false,
    structuredClone: false,
    encodeUndefinedAsNil: true,
    variableMapSize: true,
  } as object;
  const packr = new Packr(options);
  const unpackr = new Unpackr(options);

  const integers = fc.oneof(
    fc.integer({ min: -300, max: 300 }),
    fc.integer({ min: -70_000, max: 70_000 }),
    fc.integer(),
    fc.maxSafeInteger(),
  );
  const largeBigints = fc
    .bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n })
    .filter((n) => !Number.isSafeInteger(Number(n)));
  /** `maxLength`: of strings, bytes, arrays and maps. */
  const valuesUpTo = (maxLength: number): fc.Arbitrary<unknown> => {
    const leaf = fc.oneof(
      fc.constantFrom(null, true, false),
      integers,
      fc.double().filter((n) => !Object.is(n, -0)), // msgpackr writes 0 for it
      largeBigints,
      fc.string({ unit: "grapheme", maxLength }),
      fc.string({ unit: "binary-ascii", maxLength }),
      fc.uint8Array({ maxLength }),
      fc.date({ noInvalidDate: true }),
      fc.date({ noInvalidDate: true, min: new Date(-1e12), max: new Date(2e13) }),
    );
    return fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 6, depthSize: "small" },
        leaf,
        fc.array(tie("value"), { maxLength: Math.min(maxLength, 20) }),
        fc.dictionary(
          fc.string({ unit: "grapheme", maxLength: 12 }).filter((key) => key !== "__proto__"), // msgpackr renames it
          tie("value"),
          { maxKeys: Math.min(maxLength, 20), noNullPrototype: true },
        ),
      ),
    })).value;
  };
  const values = valuesUpTo(300);

  /** msgpackr gives and takes Node's Buffer for bin; compared here are bytes. */
  const plainBytes = (value: unknown): unknown => {
    if (value instanceof Uint8Array) return Uint8Array.from(value);
    if (Array.isArray(value)) return value.map(plainBytes);
    if (typeof value !== "object" || value === null || value instanceof Date) return value;
    return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, plainBytes(v)]));
  };

  test("F14 comes back as it was", () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(decodePayload(encodePayload(value))).toStrictEqual(value);
      }),
    );
  });

  test("F14 as JSON has it comes back as JSON gives it back", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
        const undone = (_key: string, v: unknown): unknown => (Object.is(v, -0) ? 0 : v);
        expect(JSON.stringify(decodePayload(encodePayload(value)))).toBe(
          JSON.stringify(value, undone),
        );
      }),
    );
  });

  test("F14 written here is read by msgpackr", () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(plainBytes(unpackr.unpack(encodePayload(value)))).toStrictEqual(value);
      }),
    );
  });

  test("F14 written by msgpackr is read here", () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(decodePayload(packr.pack(value))).toStrictEqual(value);
      }),
    );
  });

  test("F14 written by msgpackr with float32 is read here", () => {
    const short = new Packr({ ...options, useFloat32: 1 });
    fc.assert(
      fc.property(fc.float({ noNaN: true }), (n) => {
        expect(decodePayload(short.pack(n + 0))).toBe(n + 0); // no minus zero
      }),
    );
  });

  test("F14 is not longer than msgpackr writes it", () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(encodePayload(value).length).toBeLessThanOrEqual(packr.pack(value).length);
      }),
    );
  });

  test("F14 of a Map with integer keys is read by msgpackr as here", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(integers, values), { maxLength: 20 }), (entries) => {
        const bytes = encodePayload(new Map(entries));
        expect(decodePayload(bytes)).toStrictEqual(plainBytes(unpackr.unpack(bytes)));
      }),
    );
  });

  test("F14 is refused as truncated when it is cut, wherever that is", () => {
    fc.assert(
      fc.property(valuesUpTo(4), (value) => {
        const bytes = encodePayload(value);
        for (let end = 0; end < bytes.length; end++)
          if (refusal(() => decodePayload(bytes.subarray(0, end))).reason !== "truncated")
            return false;
        return true;
      }),
    );
  });

  /** Bytes that are a payload lead to a value that can be encoded, and comes back; all others to a PayloadError. */
  const meetsAnything = (bytes: Uint8Array): void => {
    let value: unknown;
    try {
      value = decodePayload(bytes);
    } catch (error) {
      expect(error).toBeInstanceOf(PayloadError);
      return;
    }
    expect(decodePayload(encodePayload(value))).toStrictEqual(value);
  };

  test("F14 with some of its bytes changed is refused or read, and nothing else", () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(values, changes, (value, list) => {
        const bytes = encodePayload(value);
        for (const [at, byte] of list) bytes[at % bytes.length] = byte;
        meetsAnything(bytes);
      }),
      { numRuns: 1000 },
    );
  });

  test("F14 of random bytes is refused or read, and nothing else", () => {
    const heads = fc.nat(0x3f).map((n) => n + 0xa0); // the less common half of all bytes
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 100 }),
      fc
        .array(fc.oneof(heads, fc.nat(255)), { maxLength: 40 })
        .map((list) => Uint8Array.from(list)),
    );
    fc.assert(fc.property(bytes, meetsAnything), { numRuns: 5000 });
  });
});
