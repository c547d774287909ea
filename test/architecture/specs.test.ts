import { describe, expect, test } from "vitest";
import { readText, testsOf } from "./sources.ts";

const specs = ["packages/protocol/SPEC.md", "packages/server/SPEC.md", "packages/client/SPEC.md"];
const tests = [...testsOf("packages/*/src/**/*.test.ts"), ...testsOf("test/**/*.test.ts")];

/** The ids of the rules of a specification, as `* **F1** …`. */
function rulesOf(path: string): string[] {
  return [...readText(path).matchAll(/^[*-] \*\*(?<id>[A-Z]\d+)\*\* /gmu)].map(
    ({ groups }) => groups!["id"]!,
  );
}

/** The ids with which names of tests begin. */
const borne = new Set(
  tests.flatMap(({ text }) =>
    [
      ...text.matchAll(
        /\btest(?:\.each\b[\s\S]*?\)|\.skipIf\b[^)]*\))?\(\s*["'`](?<id>[A-Z]\d+) /gu,
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
