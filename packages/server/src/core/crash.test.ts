import { describe, expect, test } from "vitest";
import { CrashWorld, type Lie } from "./crash.testkit.ts";

/** `npm run simulate` asks for more than the tests do. */
const SEEDS = Number(process.env["FANWIRE_SEEDS"] ?? 2000);
const FIRST = Number(process.env["FANWIRE_FIRST_SEED"] ?? 0);
const BLOCK = 100;

function lived(seed: number, lie: Lie = null, acts = 120): CrashWorld {
  const world = new CrashWorld(seed, lie);
  for (let i = 0; i < acts; i++) world.act();
  world.end();
  return world;
}

describe("Q8", () => {
  test.each(Array.from({ length: Math.ceil(SEEDS / BLOCK) }, (_, i) => FIRST + i * BLOCK))(
    "Q8 worlds from %i on: after all crashes everything that was confirmed is there once, and everybody has all of it in order",
    (first) => {
      let crashes = 0;
      let confirmed = 0;
      for (let seed = first; seed < first + BLOCK; seed++) {
        const world = lived(seed);
        expect({ seed, faults: world.faults.slice(0, 3) }).toEqual({ seed, faults: [] });
        crashes += world.crashes;
        confirmed += world.confirmed.length;
      }
      expect(crashes).toBeGreaterThan(200);
      expect(confirmed).toBeGreaterThan(2000);
    },
  );

  test.each<Exclude<Lie, null>>([
    "confirms-early",
    "loses-the-last",
    "swaps-records",
    "snapshot-too-short",
    "keeps-epoch-after-loss",
  ])("Q8 a hub that %s is found out", (lie) => {
    const found = Array.from({ length: 20 }, (_, seed) => lived(seed, lie)).filter(
      ({ faults }) => faults.length > 0,
    );
    expect(found.length).toBeGreaterThan(0);
  });
});
