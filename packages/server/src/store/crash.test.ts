import { SeededRandom } from "@fanwire/testkit";
import { describe, expect, test } from "vitest";
import { type Crash, FakeDisk } from "./disk.testkit.ts";
import { errorOf, Hand } from "./hand.testkit.ts";

/** What a run has left with the one who listened. */
interface Witness {
  /** All that was ever appended, in order, unless it was refused. */
  readonly appended: string[];
  /** How many of them were confirmed. */
  confirmed: number;
}

/** A life of a store with everything in it: frames, seals, segments that fill up, snapshots, a clean stop, and another start. */
function live(disk: FakeDisk, witness: Witness): void {
  let hand: Hand | undefined;
  const note = (): void => {
    if (hand === undefined) return;
    witness.confirmed = hand.confirmed;
    witness.appended.splice(0, Infinity, ...hand.list, ...hand.waiting);
  };
  const step = (task: (hand: Hand) => void): void => {
    try {
      if (hand?.isSound !== false) task(hand!);
    } finally {
      note();
    }
  };
  for (let run = 1; run <= 2; run++) {
    try {
      hand = new Hand(disk);
    } catch {
      return;
    }
    for (let i = 1; i <= 6; i++)
      step((on) => on.append(`run ${run} ${i} ${"x".repeat(i * 40)}`, `b${i}`));
    step((on) => on.prepare());
    step((on) => on.snapshot(`between ${run}`, "y".repeat(300)));
    step((on) => on.seal());
    for (let i = 1; i <= 3; i++) step((on) => on.append("z".repeat(i * 150)));
    step((on) => on.prepare());
    step((on) => on.snapshot(`again ${run}`));
    step((on) => on.append(`last ${run}`));
    step((on) => on.close());
    if (!hand.isSound) return;
  }
}

/** What must hold when the store is opened after a crash: everything confirmed is there, in order, and nothing else but what was appended. */
function check(disk: FakeDisk, witness: Witness, what: string): Hand {
  let hand: Hand;
  try {
    hand = new Hand(disk);
  } catch (error) {
    throw new Error(`${what}: ${(error as Error).message} [${disk.paths().join(" ")}]`, {
      cause: error,
    });
  }
  const found = hand.list;
  expect(found.length, what).toBeGreaterThanOrEqual(witness.confirmed);
  expect(found, what).toEqual(witness.appended.slice(0, found.length));
  expect(hand.opened.nextLsn, what).toBe(found.length + 1);
  return hand;
}

const whole = new FakeDisk();
live(whole, { appended: [], confirmed: 0 });
const effects = whole.effects;

describe("a store whose process or machine stops", () => {
  test("its life has all there is to be interrupted", () => {
    expect(effects).toBeGreaterThan(100);
    expect(errorOf(whole)).toBeUndefined();
    expect(whole.openFiles).toBe(0);
  });

  test.each<Crash>(["kill", "power", "disorder"])(
    "Z3 between any two file calls (%s) has everything that was answered as stored, and goes on",
    (how) => {
      for (let seed = 1; seed <= (how === "kill" ? 1 : 2); seed++)
        for (let n = 0; n <= effects; n++) {
          const what = `${how}, seed ${seed}, after call ${n}`;
          const random = new SeededRandom(seed * 10_000 + n);
          const disk = new FakeDisk();
          disk.powerUpTo = n;
          const witness: Witness = { appended: [], confirmed: 0 };
          live(disk, witness);
          // the start after that is interrupted too
          let after = disk.crash(how, random);
          after.powerUpTo = random.below(12);
          errorOf(after);
          after = after.crash(how, random);
          const hand = check(after, witness, what);
          hand.append("afterwards");
          hand.close();
          expect(hand.isSound, what).toBe(true);
          const again = new Hand(after);
          expect(again.list, what).toEqual(hand.list);
          expect(again.opened.tornBytes, what).toBe(0);
          again.close();
          expect(after.openFiles, what).toBe(0);
        }
    },
  );
});
