import { expect, test } from "vitest";
import { endingsNow, waitMs } from "./restart-wait.ts";

test("each ending in a row doubles the wait, up to five seconds", () => {
  expect([1, 2, 3, 4].map(waitMs)).toEqual([100, 200, 400, 800]);
  expect(waitMs(50)).toBe(5_000);
});

test("a child that ran well begins with the shortest wait again", () => {
  expect(endingsNow(6, 200)).toBe(7);
  expect(endingsNow(6, 10_000)).toBe(1);
});
