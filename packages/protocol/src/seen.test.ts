import { describe, expect, test } from "vitest";
import { seenBytes, seenLateBytes } from "./limits.ts";
import { SeenPace } from "./seen.ts";

describe("F21", () => {
  test("F21 32 KiB are reported at once", () => {
    const pace = new SeenPace(0);
    expect(pace.add(0, seenBytes - 1)).toBe(false);
    expect(pace.add(1, 1)).toBe(true);
    expect(pace.report()).toBe(seenBytes);
    expect(pace.add(2, seenBytes - 1)).toBe(false);
  });

  test("F21 8 KiB are reported after 2 s, less is not reported", () => {
    const pace = new SeenPace(0);
    expect(pace.add(0, seenLateBytes - 1)).toBe(false);
    expect(pace.isDue(10_000)).toBe(false);
    expect(pace.add(20_000, 1)).toBe(false);
    expect(pace.isDue(21_999)).toBe(false);
    expect(pace.isDue(22_000)).toBe(true);
  });

  test("F21 a fast client reports four to five times a second, and never more than half of what half a second brought", () => {
    for (const bytesPerMs of [100, 1000, 4000]) {
      const pace = new SeenPace(0);
      let reports = 0;
      let sinceReport = 0;
      for (let ms = 0; ms < 10_000; ms += 5) {
        sinceReport += bytesPerMs * 5;
        if (!pace.add(ms, bytesPerMs * 5)) continue;
        if (ms > 2000)
          expect(sinceReport).toBeLessThanOrEqual(
            Math.max(seenBytes, bytesPerMs * 250) + bytesPerMs * 10,
          );
        pace.report();
        sinceReport = 0;
        if (ms > 2000) reports++;
      }
      expect(reports / 8).toBeLessThanOrEqual(6);
      expect(reports / 8).toBeGreaterThanOrEqual(3);
    }
  });

  test("F21 a client of 200 MB/s reports each MiB", () => {
    const pace = new SeenPace(0);
    let reports = 0;
    for (let ms = 0; ms < 2000; ms++) {
      if (!pace.add(ms, 200_000)) continue;
      pace.report();
      reports++;
    }
    expect(reports).toBeGreaterThan(300);
  });

  test("F21 after a pause it is careful again", () => {
    const pace = new SeenPace(0);
    for (let ms = 0; ms < 2000; ms += 5) if (pace.add(ms, 50_000)) pace.report();
    pace.report();
    expect(pace.add(5000, seenBytes)).toBe(true);
  });

  test("F21 clients of one stream do not report all at the same moment", () => {
    const paces = Array.from({ length: 100 }, (_, i) => new SeenPace(i / 100));
    let most = 0;
    for (let ms = 0; ms < 5000; ms += 5) {
      const due = paces.filter((pace) => pace.add(ms, 5000));
      for (const pace of due) pace.report();
      if (ms > 1500) most = Math.max(most, due.length);
    }
    expect(most).toBeLessThan(30);
  });
});
