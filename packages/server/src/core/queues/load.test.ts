import { describe, expect, test } from "vitest";
import { parts } from "./load.testkit.ts";

describe("the load of the benchmark", () => {
  test.each(Object.entries(parts))("%s measures something", (_, part) => {
    const figures = Object.entries(part(1000, 20));
    expect(figures.length).toBeGreaterThan(0);
    for (const [, value] of figures) expect(Number.isFinite(value)).toBe(true);
  });
});
