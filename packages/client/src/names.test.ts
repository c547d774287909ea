import fc from "fast-check";
import { codeLevel, decodeLevel, isPattern, isTopic } from "@fanwire/protocol";
import { expect, test } from "vitest";
import { Bench } from "./fake-hub.testkit.ts";
import { nameOf, topic } from "./names.ts";

test("D14 an inserted value is one level, whatever it holds", () => {
  expect(topic`prices.${"a.b"}.${7}`).toBe("prices.a%2Eb.7");
  expect(topic`prices.${""}`).toBe("prices.%");
  expect(topic`x`).toBe("x");
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 10 }), (value) => {
      const name = topic`a.${value}.b`;
      expect(isTopic(name)).toBe(true);
      expect(name.split(".")).toHaveLength(3);
      expect(decodeLevel(name.split(".")[1]!)).toBe(value);
    }),
  );
});

test("D14 the places of a name are filled with one coded level each", () => {
  expect(nameOf("prices.{symbol}.{n}", { symbol: "a.*", n: 3 })).toBe("prices.a%2E%2A.3");
  expect(nameOf("prices.*")).toBe("prices.*");
});

for (const name of ["", "a..b", "a b", "prices.{symbol}", "a.**.b"])
  test(`D14 ${JSON.stringify(name)} is told to be no topic or pattern, at once`, () => {
    const { client } = new Bench();
    expect(() => client.topic(name)).toThrow(
      new TypeError(`no topic or pattern: ${JSON.stringify(name)}`),
    );
  });

/** Names in which every rule of the grammar is broken now and then. */
const names = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "*",
        "**",
        "%",
        "$",
        "$sys",
        "a*",
        "%25",
        "%2a",
        "%41",
        "%2E",
        "%C3",
        "%0",
        "",
      ),
      fc
        .array(
          fc.oneof(
            fc.constantFrom("%", "*", "$", " ", "é", "\n"),
            fc.string({ unit: "binary-ascii", maxLength: 1 }),
          ),
        )
        .map((list) => list.join("")),
      fc.nat(255).map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`),
      fc.constantFrom(127, 128, 129).map((length) => "x".repeat(length)),
      fc.constant("x"),
    ),
    { maxLength: 18 },
  )
  .map((levels) => levels.join("."));

test("D14 what is a topic or pattern is judged as the protocol does", () => {
  const isTaken = (name: string): boolean => {
    try {
      return nameOf(name, {}) === name;
    } catch {
      return false;
    }
  };
  fc.assert(
    fc.property(names, (name) => {
      expect([name, isTaken(name)]).toEqual([name, isPattern(name)]);
    }),
    { numRuns: 5000 },
  );
  for (const levels of [15, 16, 17])
    for (const length of [14, 15, 16, 17])
      for (const own of ["", "$sys.", "$."]) {
        const name = own + Array(levels).fill("x".repeat(length)).join(".");
        expect([name, isTaken(name)]).toEqual([name, isPattern(name)]);
      }
});

test("D14 a value is coded as the protocol does", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "binary-ascii" })),
      (value) => {
        expect(topic`${value}`).toBe(codeLevel(value));
      },
    ),
    { numRuns: 2000 },
  );
  for (let code = 0; code < 0x180; code++)
    expect(topic`${String.fromCharCode(code)}`).toBe(codeLevel(String.fromCharCode(code)));
  expect(topic`${"a\uD800b"}`).toBe(codeLevel("a\uD800b"));
});

test("D14 a place without a value is not filled from anywhere else", () => {
  expect(() => nameOf("a.{toString}", {})).toThrow(TypeError);
});

test("D14 asking for a topic again gives the same object", () => {
  const { client } = new Bench();
  expect(client.topic("prices.{symbol}", { symbol: "eur" })).toBe(client.topic("prices.eur"));
  for (let i = 0; i < 2000; i++) client.topic(`t.${i}`);
  expect(client.topic("prices.eur").name).toBe("prices.eur");
});

test("D14 nothing is published to a pattern", () => {
  const { client } = new Bench();
  expect(() => client.topic("a.*").publish(1)).toThrow(
    new TypeError("nothing is published to a pattern: a.*"),
  );
});
