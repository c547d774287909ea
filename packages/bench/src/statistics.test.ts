import { describe, expect, test } from "vitest";
import { judge } from "./verdict.ts";
import type { PeerName } from "./peers.ts";
import type { Row, Values } from "./result.ts";
import { isNoise, median, middle, ratio, rowsOf, shown, shownRatio } from "./statistics.ts";

const row = (
  peer: PeerName,
  round: number,
  values: Values,
  name = "1 → 1,000, window 64",
): Row => ({
  scenario: "A",
  case: name,
  peer,
  round,
  values,
  failures: [],
});

describe("statistics", () => {
  test("the median is the middle, or between the two middle ones", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([])).toBeNaN();
  });

  test("ratios are taken within a round, so that drift does not matter", () => {
    const rows = [1, 2, 3].flatMap((round) => [
      row("fanwire", round, { perCpuSecond: 300 * round }),
      row("naive", round, { perCpuSecond: 10 * round }),
    ]);
    const of = (peer: PeerName): Row[] => rowsOf(rows, "A", "1 → 1,000, window 64", peer);
    expect(ratio(of("fanwire"), of("naive"), "perCpuSecond")).toEqual({
      middle: 30,
      least: 30,
      most: 30,
      rounds: 3,
    });
    expect(middle(of("fanwire"), "perCpuSecond")).toBe(600);
  });

  test("a round that only one of them has says nothing", () => {
    const ours = [row("fanwire", 1, { p50Ms: 1 })];
    expect(ratio(ours, [row("naive", 2, { p50Ms: 1 })], "p50Ms")).toBeUndefined();
  });

  test("what is too near to 1 is called noise, both ways", () => {
    expect([0.84, 0.86, 1, 1.17, 1.18].map(isNoise)).toEqual([false, true, true, true, false]);
    expect(shownRatio(1.1)).toBe("≈ 1 (noise)");
    expect(shownRatio(31.26)).toBe("31.3 ×");
    expect(shownRatio(undefined)).toBe("–");
  });

  test("figures are shown in their units", () => {
    expect(shown("perCpuSecond", 1_234_567)).toBe("1.23 M/s");
    expect(shown("perSecond", 87_400)).toBe("87 k/s");
    expect(shown("perSecond", 840)).toBe("840 /s");
    expect(shown("p50Ms", 0.4567)).toBe("0.46 ms");
    expect(shown("bytesPerConnection", 8192)).toBe("8.0 KiB");
    expect(shown("gaps", 12_345)).toBe("12,345");
    expect(shown("p50Ms", undefined)).toBe("–");
  });
});

describe("bars", () => {
  const judged = (rows: readonly Row[], says: string): ReturnType<typeof judge>[number] =>
    judge(rows).find(({ bar }) => bar.says === says)!;

  test("a bar is reached, or missed by a share of it, or was not measured", () => {
    const rows = [row("fanwire", 1, { perCpuSecond: 24 }), row("naive", 1, { perCpuSecond: 1 })];
    const missed = judged(rows, "A, window 64: ≥ 30 × naive");
    expect(missed.verdict).toBe("missed");
    expect(missed.missedBy).toBeCloseTo(0.2);
    rows[0] = row("fanwire", 1, { perCpuSecond: 31 });
    expect(judged(rows, "A, window 64: ≥ 30 × naive")).toMatchObject({
      verdict: "reached",
      measured: "31.00 ×",
    });
    expect(judged([], "A, window 64: ≥ 30 × naive").verdict).toBe("not measured");
  });

  test('a bar of "as good as" leaves the noise aside', () => {
    const rows = (ours: number): Row[] => [
      row("fanwire", 1, { perCpuSecond: ours }, "1 → 1,000, window 16"),
      row("bun", 1, { perCpuSecond: 100 }, "1 → 1,000, window 16"),
    ];
    const says = "A, window 16: ≥ 1 × Bun, noise aside";
    expect(judged(rows(90), says).verdict).toBe("reached");
    expect(judged(rows(80), says).verdict).toBe("missed");
  });
});
