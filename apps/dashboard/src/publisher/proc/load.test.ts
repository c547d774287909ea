import { expect, test } from "vitest";
import { parseLoad } from "./load.ts";

test("the three means are read, the rest of the line is not", () => {
  expect(parseLoad("0.52 1.58 12.59 1/389 12345\n")).toEqual({
    one: 0.52,
    five: 1.58,
    fifteen: 12.59,
  });
});

test("a line that is no load is not readable", () => {
  expect(parseLoad("")).toBeUndefined();
});
