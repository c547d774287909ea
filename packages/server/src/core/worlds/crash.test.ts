import { describe, expect, test } from "vitest";
import { type Lie, live, liveWith } from "./crash.testkit.ts";

const SEEDS = 2000;
const BLOCK = 200;

describe("Q8", () => {
  test.each(Array.from({ length: SEEDS / BLOCK }, (_, i) => i * BLOCK))(
    "Q8 worlds from %i on: after all crashes everything that was confirmed is there once, and everybody has all of it in order",
    (first) => {
      let crashes = 0;
      let confirmed = 0;
      for (let seed = first; seed < first + BLOCK; seed++) {
        const { faults, figures } = live(seed);
        expect({ seed, faults: faults.slice(0, 3) }).toEqual({ seed, faults: [] });
        crashes += figures["crashes"]!;
        confirmed += figures["confirmed"]!;
      }
      expect(crashes).toBeGreaterThan(400);
      expect(confirmed).toBeGreaterThan(4000);
    },
  );

  test.each<Exclude<Lie, null>>([
    "confirms-early",
    "loses-the-last",
    "swaps-records",
    "snapshot-too-short",
    "keeps-era-after-loss",
  ])("Q8 a store that %s is found out", (lie) => {
    const found = Array.from({ length: 20 }, (_, seed) => liveWith(seed, lie)).filter(
      ({ faults }) => faults.length > 0,
    );
    expect(found.length).toBeGreaterThan(0);
  });
});
