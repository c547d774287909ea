import { describe, expect, test } from "vitest";
import { live } from "./jobs.testkit.ts";

const SEEDS = 2000;
const BLOCK = 200;

describe("QH22", () => {
  test.each(Array.from({ length: SEEDS / BLOCK }, (_, i) => i * BLOCK))(
    "QH22 worlds from %i on: through crashes, full disks and dying workers each job is done once it was confirmed, and none that was acked comes back",
    (first) => {
      const sums = { crashes: 0, snapshots: 0, given: 0, sent: 0 };
      for (let seed = first; seed < first + BLOCK; seed++) {
        const { faults, figures } = live(seed);
        expect({ seed, faults: faults.slice(0, 3) }).toEqual({ seed, faults: [] });
        for (const name of Object.keys(sums) as (keyof typeof sums)[]) sums[name] += figures[name]!;
      }
      expect(sums.crashes).toBeGreaterThan(400);
      expect(sums.snapshots).toBeGreaterThan(20);
      expect(sums.given).toBeGreaterThan(4000);
      expect(sums.sent).toBeGreaterThan(4000);
    },
  );
});
