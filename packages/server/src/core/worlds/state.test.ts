import { describe, expect, test } from "vitest";
import { live } from "./state.testkit.ts";

const SEEDS = 1000;
const BLOCK = 250;

describe("I5", () => {
  test.each(Array.from({ length: SEEDS / BLOCK }, (_, i) => i * BLOCK))(
    "I5 worlds from %i on: through crashes, long absences and slow reading all have the same state and see the same members in the end",
    (first) => {
      let crashes = 0;
      let confirmed = 0;
      for (let seed = first; seed < first + BLOCK; seed++) {
        const { faults, figures } = live(seed);
        expect({ seed, faults: faults.slice(0, 3) }).toEqual({ seed, faults: [] });
        crashes += figures["crashes"]!;
        confirmed += figures["confirmed"]!;
      }
      expect(crashes).toBeGreaterThan(500);
      expect(confirmed).toBeGreaterThan(4000);
    },
  );
});
