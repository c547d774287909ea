import fc from "fast-check";
import { decodeLevel, isTopic } from "@fanwire/protocol";
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

for (const [name, fault] of [
  ["", "it has an empty level"],
  ["a..b", "it has an empty level"],
  ["a b", '" " may not stand in a level uncoded'],
  ["prices.{symbol}", '"{" may not stand in a level uncoded'],
  ["a.**.b", "** may only be the last level"],
] as const)
  test(`D14 ${JSON.stringify(name)} is told to be no topic or pattern, at once`, () => {
    const { client } = new Bench();
    expect(() => client.topic(name)).toThrow(TypeError);
    expect(() => client.topic(name)).toThrow(
      `${JSON.stringify(name)} is no topic or pattern: ${fault}`,
    );
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
    new TypeError("a.* must be a topic, as nothing is published to a pattern"),
  );
});
