import { expect, test } from "vitest";
import { Pace } from "./pace.ts";

test("the first drawing is always due", () => {
  expect(new Pace().due(0, 100, "")).toBe(true);
});

test("a quarter of a pixel is worth a drawing, less is not", () => {
  const pace = new Pace();
  pace.due(1_000, 100, "a");
  expect(pace.due(1_024, 100, "a")).toBe(false);
  expect(pace.due(1_025, 100, "a")).toBe(true);
  expect(pace.due(1_049, 100, "a")).toBe(false);
});

test("what is new is drawn at once, however little time went by", () => {
  const pace = new Pace();
  pace.due(1_000, 100, "a");
  expect(pace.due(1_000, 100, "b")).toBe(true);
  expect(pace.due(1_000, 100, "b")).toBe(false);
});
