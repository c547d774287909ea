import { expect, test } from "vitest";
import { timeSteps, timeWords } from "./time-labels.ts";

test.each([
  [60, 900, "60 s, 50 s, 40 s, 30 s, 20 s, 10 s, now"],
  [60, 300, "60 s, 40 s, 20 s, now"],
  [600, 900, "10 m, 8 m, 6 m, 4 m, 2 m, now"],
  [600, 300, "10 m, 5 m, now"],
] as const)("a window of %d s, %d pixels wide, reads %s", (span, width, words) => {
  expect(
    timeSteps(span, width)
      .map((ago) => timeWords(ago, span))
      .join(", "),
  ).toBe(words);
});
