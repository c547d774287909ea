import { gapReason } from "@fanwire/protocol";
import { expect, test } from "vitest";
import { gapOf, missedSince } from "./gap.ts";

test("B5 on a topic a grant tells exactly what was missed", () => {
  expect(missedSince("a", [5, 10], [5, 13])).toEqual({
    topic: "a",
    missed: 3,
    next: "5:14",
    reason: "unknown",
  });
});

test("B5 nothing was missed when the head did not move", () => {
  expect(missedSince("a", [5, 10], [5, 10])).toBeUndefined();
});

test("B5 another epoch is a gap of unknown length", () => {
  expect(missedSince("a", [5, 10], [6, 2])).toEqual({
    topic: "a",
    missed: undefined,
    next: "6:3",
    reason: "epoch",
  });
});

test("B5 on a pattern anything may have been missed", () => {
  expect(missedSince(undefined, undefined, [0, 0])).toEqual({
    topic: undefined,
    missed: undefined,
    next: undefined,
    reason: "unknown",
  });
});

test("B6 the reasons have the names of the protocol, and an unknown one is unknown", () => {
  const reasonOf = (number: number): string => gapOf("a", 5, 1, 1, number).reason;
  for (const [name, number] of Object.entries(gapReason)) expect(reasonOf(number)).toBe(name);
  expect(reasonOf(0)).toBe("unknown");
  expect(reasonOf(99)).toBe("unknown");
});
