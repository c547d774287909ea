import type { Gap } from "@fanwire/client";
import { expect, test } from "vitest";
import type { Followed } from "./gaps.ts";
import { Return } from "./return.ts";

const gap = (of: Partial<Gap>): Gap => ({
  topic: undefined,
  missed: undefined,
  next: undefined,
  reason: "unknown",
  ...of,
});
const host: Followed = { name: "host.atlas.**", topics: () => 27, isCharted: true };
const hub: Followed = { name: "$sys.hub", topics: () => 1, isCharted: false };
const names = ["host.atlas.**", "$sys.hub", "board.*", "board.*"];

function after(ms: number, replayed: number): Return {
  const back = new Return(ms);
  for (let i = 0; i < replayed; i++) back.replayed();
  return back;
}

test("a return with everything says how much that was", () => {
  const back = after(10_040, 2_120);
  expect(back.sentence(names)).toBe(
    "Back after 10.0 s. 2,120 publications replayed, gap 0, same epoch.",
  );
  expect(back.outcome).toEqual({ replayed: 2_120, gap: undefined });
  expect(back.isWhole).toBe(true);
  expect(after(400, 1).sentence(names)).toContain("1 publication replayed");
});

test("before anything is followed a return is all there is to tell", () => {
  expect(after(400, 0).sentence([])).toBe("Back after 0.4 s.");
});

test("after a crash each name is told for itself: what was not kept, and what was", () => {
  const back = after(900, 0);
  back.gap(hub, gap({ topic: "$sys.hub", reason: "epoch" }));
  expect(back.gap(host, gap({}))).toBe(true);
  expect(back.gap(host, gap({}))).toBe(false);
  expect(back.sentence(names)).toBe(
    "Back after 0.9 s. host.atlas.**: 27 topics, some not kept. $sys.hub: some not kept, new epoch. board.*: gap 0, same epoch.",
  );
  expect(back.outcome).toEqual({ replayed: 0, gap: "27 topics, some not kept" });
  expect(back.isWhole).toBe(false);
});

test("what was lost of nothing that is charted is no hole in the charts", () => {
  const back = after(900, 3);
  back.gap(hub, gap({ topic: "$sys.hub", missed: 37, reason: "epoch" }));
  expect(back.sentence(["$sys.hub"])).toBe("Back after 0.9 s. $sys.hub: 37 not kept, new epoch.");
  expect(back.outcome.gap).toBeUndefined();
});
