import { describe, expect, test } from "vitest";
import {
  deadLetterOf,
  defaultsFor,
  differences,
  graveyardSettings,
  queueFeatures,
  type QueueSettings,
  readSettings,
  told,
} from "./queue-settings.ts";

const is = defaultsFor("mail");

/** Numbers with their bounds. */
const bounds: readonly [keyof QueueSettings, number, number][] = [
  ["leaseMs", 1000, 43_200_000],
  ["resumeMs", 0, 300_000],
  ["maxProcessingMs", 1000, 604_800_000],
  ["maxFailures", 0, 1000],
  ["backoffMs", 0, 86_400_000],
  ["backoffFactor", 1, 10],
  ["backoffMaxMs", 0, 604_800_000],
  ["backoffJitterPercent", 0, 100],
  ["agingMs", -1, 604_800_000],
  ["groupConcurrency", 1, 1000],
  ["concurrency", 1, 1_000_000],
  ["ratePerSecond", 1, 1_000_000],
  ["jobsMax", 1, 10_000_000],
  ["bytesMax", 1, 1_099_511_627_776],
  ["ttlMs", 1, 31_536_000_000],
  ["dedupeMs", 0, 604_800_000],
];

describe("settings", () => {
  test.each(bounds)("%s is from %i to %i", (key, min, max) => {
    for (const value of [min, max])
      expect(readSettings({ [key]: value }, is)).toMatchObject({ [key]: value });
    for (const value of [min - 1, max + 1, min + 0.5, "1", true])
      expect(readSettings({ [key]: value }, is)).toMatch(
        new RegExp(`^${key} must be a whole number from ${min} to ${max}(, or null)?\\.$`, "u"),
      );
  });

  test("what may be without a bound may be null, the rest may not", () => {
    for (const key of ["maxProcessingMs", "groupConcurrency", "concurrency", "ttlMs", "deadLetter"])
      expect(readSettings({ [key]: null }, is)).toMatchObject({ [key]: null });
    expect(readSettings({ leaseMs: null }, is)).toBe("leaseMs cannot be null.");
    expect(readSettings({ durable: null }, is)).toBe("durable cannot be null.");
  });

  test("what is not said stays as it was", () => {
    expect(readSettings({ agingMs: 0 }, is)).toEqual({ ...is, agingMs: 0 });
  });

  test("what is wrong is told in a sentence", () => {
    expect(readSettings({ aging: 0 }, is)).toMatch(
      /^A queue has no "aging": it may have durable, /u,
    );
    expect(readSettings({ durable: 1 }, is)).toBe("durable must be true or false.");
    expect(readSettings({ deadLetter: 1 }, is)).toBe(
      "deadLetter must be the name of a queue, or null.",
    );
    expect(readSettings({ overflow: "block" }, is)).toBe(
      'overflow must be one of "refuse", "drop-oldest", "drop-lowest".',
    );
  });

  test("dead jobs of a queue go to one that is named after it, and those of that one stay", () => {
    expect([is.deadLetter, deadLetterOf("mail")]).toEqual(["mail~dead", "mail~dead"]);
    expect(graveyardSettings(true)).toMatchObject({ deadLetter: null, maxFailures: 0 });
  });

  test("what a queue can do has names, each of them once", () => {
    expect(queueFeatures).toEqual([...new Set(queueFeatures)].toSorted());
    expect(queueFeatures).toContain("groups");
  });

  test("in what two differ is told key by key", () => {
    const wanted = { ...is, agingMs: 0, deadLetter: null };
    expect(told(differences(is, wanted))).toBe(
      'agingMs is 30000, not 0; deadLetter is "mail~dead", not null',
    );
    expect(differences(is, { ...is })).toEqual([]);
  });
});
