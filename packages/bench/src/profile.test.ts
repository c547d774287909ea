import { expect, test } from "vitest";
import { hottest } from "./profile.ts";

test("functions are told by the time of their own, without what is idle", () => {
  const frame = (id: number, functionName: string, lineNumber: number): never =>
    ({
      id,
      callFrame: { functionName, lineNumber, url: "file:///a/b/core/round.ts" },
    }) as never;
  const profile = {
    nodes: [
      frame(1, "write", 9),
      frame(2, "join", 19),
      frame(3, "(idle)", 0),
      frame(4, "write", 9),
    ],
    samples: [1, 2, 3, 4],
    timeDeltas: [100, 200, 1000, 100],
    startTime: 0,
    endTime: 1400,
  };
  expect(hottest(profile)).toEqual([
    { name: "write", where: "b/core/round.ts:10", share: 0.5 },
    { name: "join", where: "b/core/round.ts:20", share: 0.5 },
  ]);
});
