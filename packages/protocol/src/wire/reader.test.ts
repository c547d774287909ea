import fc from "fast-check";
import { Packr } from "msgpackr";
import { describe, expect, test } from "vitest";
import { writeValue } from "./field.ts";
import { type EnvelopeValue, Reader } from "./reader.ts";
import { Writer } from "./writer.ts";

const hex = (text: string): Uint8Array =>
  Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));
const read = (text: string): Reader => new Reader().reset(hex(text));

/** The value, or the fault. */
function value(text: string): EnvelopeValue {
  const r = read(text);
  const v = r.value();
  return r.fault === "" ? v : r.fault;
}

const envelopeValue: fc.Arbitrary<EnvelopeValue> = fc.letrec<{ value: EnvelopeValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.integer({ min: -300, max: 300 }),
    fc.string({ unit: "grapheme", maxLength: 80 }),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie("value"), { maxLength: 20 }),
    fc
      .uniqueArray(fc.tuple(fc.string({ maxLength: 5 }), tie("value")), {
        selector: ([key]) => key,
        maxLength: 17,
      })
      .map((entries) => new Map(entries)),
  ),
})).value;

describe("F6", () => {
  test("F6 every value of the envelope comes back as it was written", () => {
    fc.assert(
      fc.property(envelopeValue, (v) => {
        const w = new Writer(8);
        writeValue(w, v);
        const r = new Reader().reset(w.take());
        expect(r.value()).toEqual(v);
        expect([r.fault, r.left]).toEqual(["", 0]);
      }),
    );
  });

  test("F6 a general MessagePack library writes the same values so that they can be read", () => {
    const packr = new Packr({ useRecords: false, variableMapSize: true, mapsAsObjects: false });
    fc.assert(
      fc.property(envelopeValue, (v) => {
        expect(new Reader().reset(Uint8Array.from(packr.pack(v))).value()).toEqual(v);
      }),
    );
  });

  test.each([
    ["float32", "ca 3f800000"],
    ["fixext 1", "d4 01 00"],
    ["fixext 16", `d8 01 ${"00".repeat(16)}`],
    ["ext 8", "c7 01 01 00"],
    ["ext 32", "c9 00000001 01 00"],
    ["the byte 0xc1", "c1"],
  ])("F6 %s is not a value of the envelope", (_name, bytes) => {
    expect(value(bytes)).toBe("not a value of the envelope");
  });

  test("F6 a value of another type than the one asked for is a fault", () => {
    for (const ask of ["uint", "integer", "bool", "text", "bin", "array", "map"] as const)
      for (const [type, bytes] of Object.entries({
        nil: "c0",
        bool: "c2",
        str: "a161",
        bin: "c40161",
        array: "9101",
        map: "81a16101",
        ext: "d40100",
        reserved: "c1",
      })) {
        if (type === ask || (ask === "text" && type === "str")) continue;
        const r = read(bytes);
        r[ask]();
        expect(r.fault, `${ask} of ${type}`).toMatch(/wrong type|not a value/u);
      }
  });
});

describe("F7", () => {
  test.each([
    [
      1,
      [
        "01",
        "cc01",
        "cd0001",
        "ce00000001",
        "cf0000000000000001",
        "d001",
        "d10001",
        "d200000001",
        "d30000000000000001",
        "cb3ff0000000000000",
      ],
    ],
    [-1, ["ff", "d0ff", "d1ffff", "d2ffffffff", "d3ffffffffffffffff", "cbbff0000000000000"]],
    [0, ["00", "cb0000000000000000", "cb8000000000000000"]],
    [Number.MAX_SAFE_INTEGER, ["cf001fffffffffffff", "d3001fffffffffffff", "cb433fffffffffffff"]],
    [Number.MIN_SAFE_INTEGER, ["d3ffe0000000000001", "cbc33fffffffffffff"]],
    [2 ** 32, ["cf0000000100000000"]],
    [-(2 ** 33) - 5, ["d3fffffffdfffffffb"]],
  ])("F7 %d is read in every width", (n, forms) => {
    for (const form of forms) expect(value(form), form).toBe(n);
  });

  test.each([
    "cf0020000000000000",
    "cfffffffffffffffff",
    "d3ffe0000000000000",
    "d38000000000000000",
    "cb4340000000000000",
  ])("F7 %s is beyond the safe integers", (bytes) => {
    expect(value(bytes)).toBe("integer out of range");
  });

  test.each(["cb3ff8000000000000", "cb7ff8000000000000", "cb7ff0000000000000"])(
    "F7 the float64 %s holds no integer",
    (bytes) => {
      expect(value(bytes)).toBe("not a value of the envelope");
    },
  );

  test("F7 the shortest integer is written", () => {
    const shortest: [number, string][] = [
      [0, "00"],
      [127, "7f"],
      [128, "cc80"],
      [255, "ccff"],
      [256, "cd0100"],
      [65_535, "cdffff"],
      [65_536, "ce00010000"],
      [2 ** 32 - 1, "ceffffffff"],
      [2 ** 32, "cf0000000100000000"],
      [Number.MAX_SAFE_INTEGER, "cf001fffffffffffff"],
      [-1, "ff"],
      [-32, "e0"],
      [-33, "d0df"],
      [-128, "d080"],
      [-129, "d1ff7f"],
      [-32_768, "d18000"],
      [-32_769, "d2ffff7fff"],
      [-(2 ** 31), "d280000000"],
      [-(2 ** 31) - 1, "d3ffffffff7fffffff"],
      [Number.MIN_SAFE_INTEGER, "d3ffe0000000000001"],
    ];
    for (const [n, bytes] of shortest) {
      const w = new Writer();
      w.integer(n);
      expect(Buffer.from(w.take()).toString("hex"), String(n)).toBe(bytes);
    }
  });

  test("F7 a negative integer where none may stand is a fault", () => {
    const r = read("ff");
    r.uint();
    expect(r.fault).toBe("integer out of range");
  });
});

describe("F8", () => {
  test.each(["a1ff", "a2c328", "a3eda080", "a4f4908080", "a1c0", "d901ff"])(
    "F8 %s is not UTF-8",
    (bytes) => {
      expect(value(bytes)).toBe("invalid UTF-8");
    },
  );

  test("F8 a byte order mark is kept", () => {
    expect(value("a4efbbbf61")).toBe("\uFEFFa");
    expect(value(`d937${Buffer.from(`\uFEFF${"a".repeat(52)}`).toString("hex")}`)).toBe(
      `\uFEFF${"a".repeat(52)}`,
    );
  });

  test("F8 long text that is not ASCII comes back, across a growing buffer", () => {
    const w = new Writer(1);
    const text = "naïve café ".repeat(9000);
    w.text(text);
    expect(new Reader().reset(w.take()).text()).toBe(text);
  });
});

describe("F9", () => {
  test("F9 a key that is no str is a fault, and so is a key that stands twice", () => {
    expect(value("81 01 01")).toBe("wrong type");
    expect(value("82 a161 01 a161 02")).toBe("key twice");
  });

  test("F9 a key may be any str, also one that objects treat in a special way", () => {
    expect(value("81 a9 5f5f70726f746f5f5f 01")).toEqual(new Map([["__proto__", 1]]));
  });
});

describe("F10", () => {
  test("F10 four arrays or maps inside each other stand, five do not", () => {
    expect(value("91919190")).toEqual([[[[]]]]);
    expect(value("9191919190")).toBe("too deep");
    expect(value("91 81a161 91 80")).toEqual([new Map([["a", [new Map()]]])]);
    expect(value("91 81a161 91 91 80")).toBe("too deep");
  });

  test("F10 10,000 levels are a fault like any other", () => {
    expect(value("91".repeat(10_000))).toBe("too deep");
    expect(value("81a161".repeat(10_000))).toBe("too deep");
  });
});

describe("F11", () => {
  test.each([
    ["str 32", "dbffffffff"],
    ["str 8", "d90561626364"],
    ["fixstr", "a2 61"],
    ["bin 32", "c6ffffffff"],
    ["bin 8", "c402 61"],
    ["array 32", "ddffffffff"],
    ["array 16", "dc000201"],
    ["fixarray", "9201"],
    ["map 32", "dfffffffff"],
    ["map 32 whose doubled count leaves 32 bits", "df80000000"],
    ["fixmap", "81a161"],
    ["uint 64", "cf00"],
    ["float64", "cb00"],
    ["nothing", ""],
  ])("F11 a %s beyond the end is a fault before anything is allocated", (_name, bytes) => {
    expect(value(bytes)).toBe("truncated");
  });
});

describe("F12", () => {
  test("F12 random bytes never throw and are never read beyond their end", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(20), (bytes, before) => {
        const padded = new Uint8Array(before + bytes.length + 20).fill(0xc3);
        padded.set(bytes, before);
        const r = new Reader().reset(padded.subarray(before, before + bytes.length));
        while (r.left > 0) r.value();
        expect(r.at).toBe(bytes.length);
      }),
      { numRuns: 2000 },
    );
  });

  test("F12 after a fault nothing more is read", () => {
    const r = read("c1 a161");
    r.value();
    expect([r.left, r.text(), r.array(), r.bin().length, r.integer(), r.nil()]).toEqual([
      0,
      "",
      0,
      0,
      0,
      false,
    ]);
    expect(r.fault).toBe("not a value of the envelope");
  });
});
