import { gapReason } from "@fanwire/protocol";
import { expect, test } from "vitest";
import { gapReasonOf, missedSince } from "./gap.ts";

const at = (offset: number, epoch: number | undefined = 5) => ({ epoch, offset });

test("B5 on a topic a grant tells exactly what was missed", () => {
  expect(missedSince(at(10), at(13), "a")).toEqual({
    topic: "a",
    missed: 3,
    next: "5:14",
    reason: "unknown",
  });
});

test("B5 nothing was missed when the head did not move", () => {
  expect(missedSince(at(10), at(10), "a")).toBeUndefined();
});

test("B5 another epoch is a gap of unknown length", () => {
  expect(missedSince(at(10), at(2, 6), "a")).toEqual({
    topic: "a",
    missed: undefined,
    next: "6:3",
    reason: "epoch",
  });
});

test("B5 on a pattern anything may have been missed", () => {
  const nowhere = { epoch: undefined, offset: 0 };
  expect(missedSince(nowhere, nowhere, undefined)).toEqual({
    topic: undefined,
    missed: undefined,
    next: undefined,
    reason: "unknown",
  });
});

test("B6 the reasons have the names of the protocol, and an unknown one is unknown", () => {
  for (const [name, number] of Object.entries(gapReason)) expect(gapReasonOf(number)).toBe(name);
  expect(gapReasonOf(0)).toBe("unknown");
  expect(gapReasonOf(99)).toBe("unknown");
});
