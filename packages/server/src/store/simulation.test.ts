import { describe, expect, test } from "vitest";
import { live } from "./life.testkit.ts";

const LIVES = 300;

describe("a store to which anything happens", () => {
  test("Z3 has everything that was answered as stored, never what was refused, and takes no damage for what was written", () => {
    let restarts = 0;
    let damages = 0;
    for (let seed = 0; seed < LIVES; seed++) {
      const { faults, figures } = live(seed);
      expect({ seed, faults }).toEqual({ seed, faults: [] });
      restarts += figures["restarts"]!;
      damages += figures["damages"]!;
    }
    expect(restarts).toBeGreaterThan(2000);
    expect(damages).toBeGreaterThan(500);
  });
});
