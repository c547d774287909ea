import { expect, test } from "vitest";
import { cutWords } from "./wire-line.ts";

const cut = { from: 1_000, to: 11_040 };

test("a cut is told with what became of it", () => {
  expect(cutWords({ ...cut, outcome: undefined })).toBe("cut 10 s");
  expect(cutWords({ ...cut, outcome: { replayed: 2_120, gap: undefined } })).toBe(
    "cut 10 s, 2,120 replayed, gap 0",
  );
  expect(cutWords({ ...cut, outcome: { replayed: 5, gap: "27 topics, some not kept" } })).toBe(
    "cut 10 s, 27 topics, some not kept",
  );
  expect(cutWords({ ...cut, outcome: { replayed: undefined, gap: "37 not kept" } })).toBe(
    "37 not kept",
  );
});

test("a hub that was killed here is told as that", () => {
  const outcome = { replayed: undefined, gap: "27 topics, some not kept" };
  expect(cutWords({ ...cut, killed: true, outcome: undefined })).toBe("hub killed 10 s");
  expect(cutWords({ ...cut, killed: true, outcome: { ...outcome, replayed: 0 } })).toBe(
    "hub killed 10 s, 27 topics, some not kept",
  );
});
