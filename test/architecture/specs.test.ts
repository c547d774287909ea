import { describe, expect, test } from "vitest";
import { readText, testsOf } from "./sources.ts";

const specs = ["packages/protocol/SPEC.md", "packages/server/SPEC.md", "packages/client/SPEC.md"];
const tests = [...testsOf("packages/*/src/**/*.test.ts"), ...testsOf("test/**/*.test.ts")];

/** The ids of the rules of a specification, as `* **F1** …`. */
function rulesOf(path: string): string[] {
  return [...readText(path).matchAll(/^[*-] \*\*(?<id>[A-Z]{1,2}\d+)\*\* /gmu)].map(
    ({ groups }) => groups!["id"]!,
  );
}

/** The ids with which names of tests begin. */
const borne = new Set(
  tests.flatMap(({ text }) =>
    [
      ...text.matchAll(
        /\btest(?:\.each\b[\s\S]*?\)|\.skipIf\b[^)]*\))?\(\s*["'`](?<id>[A-Z]{1,2}\d+) /gu,
      ),
    ].map(({ groups }) => groups!["id"]!),
  ),
);

describe("specifications", () => {
  const rules = specs.flatMap(rulesOf);

  test("a rule's id is used once", () => {
    expect(rules.filter((id, i) => rules.indexOf(id) !== i)).toEqual([]);
    expect(rules.length).toBeGreaterThan(60);
  });

  test("every rule is borne by a test whose name begins with its id", () => {
    expect(rules.filter((id) => !borne.has(id))).toEqual([]);
  });

  test("every id with which a test begins is a rule", () => {
    expect([...borne].filter((id) => !rules.includes(id))).toEqual([]);
  });
});

describe("threats", () => {
  const told = new Set(
    [...readText("SECURITY.md").matchAll(/`sec\/(?<row>\d+)`/gu)].map(
      ({ groups }) => groups!["row"]!,
    ),
  );
  const shown = new Set(
    tests.flatMap(({ text }) =>
      [...text.matchAll(/["'`](?:[A-Z]{1,2}\d+ )?sec\/(?<row>\d+)\b/gu)].map(
        ({ groups }) => groups!["row"]!,
      ),
    ),
  );

  test("every row that names its tests has some, and every such test has its row", () => {
    expect([...told].filter((row) => !shown.has(row))).toEqual([]);
    expect([...shown].filter((row) => !told.has(row))).toEqual([]);
    expect(told.size).toBeGreaterThan(20);
  });

  test("every rule that SECURITY.md names is there", () => {
    const rules = new Set(specs.flatMap(rulesOf));
    const named = [...readText("SECURITY.md").matchAll(/`(?<id>[A-Z]{1,2}\d+)`/gu)];
    expect(named.map(({ groups }) => groups!["id"]!).filter((id) => !rules.has(id))).toEqual([]);
    expect(named.length).toBeGreaterThan(20);
  });
});
