import { describe, expect, test } from "vitest";
import { live, liveWith, type Mistake } from "./twins.testkit.ts";

/** `npm run simulate` lives more of them than the tests do. */
const SEEDS = 1000;
const BLOCK = 100;

describe("model", () => {
  test.each(Array.from({ length: SEEDS / BLOCK }, (_, i) => i * BLOCK))(
    "the queue and its plain model agree about everything, in worlds from %i on",
    (first) => {
      let given = 0;
      const happened = new Set<string>();
      for (let seed = first; seed < first + BLOCK; seed++) {
        const { faults, figures } = live(seed);
        expect({ seed, faults }).toEqual({ seed, faults: [] });
        given += figures["given"]!;
        for (const what of Object.keys(figures)) happened.add(what);
      }
      expect(given).toBeGreaterThan(500);
      expect(happened.size).toBe(11); // jobs given, and everything that the listener can be told
    },
  );

  test.each<Exclude<Mistake, null>>([
    "newest-first",
    "late-touch",
    "group-forgets",
    "purges-leased",
  ])("a queue that is wrong (%s) is found out", (mistake) => {
    const all = Array.from({ length: 100 }, (_, seed) => liveWith(seed, mistake));
    expect(all.filter(({ faults }) => faults.length > 0).length).toBeGreaterThan(0);
  });
});
