import { describe, expect, test } from "vitest";
import { live } from "./flow.testkit.ts";

const SEEDS = 2000;

describe("G9", () => {
  test(
    "G9 through 2,000 random schedules nothing is doubled, out of order, without a right, or missing without a gap",
    { timeout: 120_000 },
    () => {
      let publications = 0;
      let gaps = 0;
      for (let seed = 0; seed < SEEDS; seed++) {
        const { faults, figures } = live(seed);
        expect({ seed, faults }).toEqual({ seed, faults: [] });
        publications += figures["publications"]!;
        gaps += figures["gaps"]!;
      }
      expect(publications).toBeGreaterThan(50_000);
      expect(gaps).toBeGreaterThan(1000);
    },
  );
});
