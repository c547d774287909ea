import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { closeCodes, closeName, closeVerdict } from "./close-code.ts";
import { errorCodes, errorName } from "./error-code.ts";
import { closeSentences, errorSentences } from "./sentences.ts";

const spec = readFileSync(new URL("../SPEC.md", import.meta.url), "utf8");

describe("C1", () => {
  test("C1 a number is used once, and has a sentence that ends", () => {
    for (const [table, sentences] of [
      [errorCodes, errorSentences],
      [closeCodes, closeSentences],
    ] as const) {
      const numbers = Object.values(table).map((row) => row.code);
      expect(new Set(numbers).size).toBe(numbers.length);
      for (const name of Object.keys(table))
        expect((sentences as Record<string, string>)[name], name).toMatch(/^[A-Z].*\.$/u);
    }
  });

  test("C1 the tables of the specification are those of the code", () => {
    const rows = [
      ...Object.entries(errorCodes).map(
        ([name, c]) => `| ${c.code} | ${name} | ${c.fault} | ${c.retry} |`,
      ),
      ...Object.entries(closeCodes).map(([name, c]) => `| ${c.code} | ${name} | ${c.fault} |`),
    ];
    const written = spec
      .replaceAll(/ +/gu, " ")
      .split("\n")
      .filter((line) => /^\| \d{3,4} \| [a-z]/u.test(line));
    expect(written).toEqual(rows);
  });

  test("C1 a number of the tables has its name, another none", () => {
    expect(errorName(202)).toBe("forbidden");
    expect(errorName(999)).toBeUndefined();
    expect(closeName(4000)).toBe("moving");
    expect(closeName(1006)).toBeUndefined();
  });
});

describe("C2", () => {
  test("C2 the range of a close code says whether to come back, also of one never seen", () => {
    for (const row of Object.values(closeCodes))
      expect(closeVerdict(row.code)).toBe(row.code < 4500 ? "retry" : "stop");
    expect([4499, 4500, 4999, 5000, 1006, 1000].map(closeVerdict)).toEqual([
      "retry",
      "stop",
      "stop",
      "retry",
      "retry",
      "retry",
    ]);
  });
});
