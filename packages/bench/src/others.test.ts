import { expect, test } from "vitest";
import { idleSecondsIn, OthersWatch } from "./others.ts";

const stat = `cpu  487523 178 171325 1163259 1443 0 71927 294 0 0
cpu0 233217 78 86075 579090 335 0 51279 134 0 0
intr 1
`;

test("idle is what is idle and what waits for a disk, of all processors", () => {
  expect(idleSecondsIn(stat)).toBe(11_647.02);
});

test("another system tells nothing", () => {
  expect(idleSecondsIn("")).toBeUndefined();
  expect(idleSecondsIn("cpu0 1 2 3 4 5")).toBeUndefined();
});

test("what is ours is no work of others", () => {
  const watch = new OthersWatch();
  const end = performance.now() + 50;
  while (performance.now() < end);
  const share = watch.share(1e6);
  expect(share === undefined || share === 0).toBe(true);
});
