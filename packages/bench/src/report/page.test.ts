import { expect, test } from "vitest";
import { judge } from "../verdict.ts";
import { parse, type Request } from "../cli.ts";
import type { PeerName } from "../peers.ts";
import type { Row } from "../result.ts";
import { scenarios } from "../scenarios.ts";
import { barTable, scenarioTable } from "../table.ts";
import { barChart } from "./chart.ts";
import { reportPage } from "./page.ts";

const row = (peer: PeerName, round: number, perCpuSecond: number): Row => ({
  scenario: "A",
  case: "1 → 1,000, window 64",
  peer,
  round,
  values: { perCpuSecond, p50Ms: 1.234, generatorCpu: 95 },
  failures: [],
});

const rows = [1, 2].flatMap((round) => [
  row("fanwire", round, 4_000_000 * round),
  row("naive", round, 100_000 * round),
]);

function page(failures: readonly string[] = []): string {
  return reportPage({
    at: "2026-01-02T03:04:05.678Z",
    machine: {
      cpu: 'A "fast" <one>',
      cores: 2,
      memoryGiB: 8,
      system: "linux 6",
      node: "v24.0.0",
      pinned: true,
      loadBefore: 0.1,
    },
    request: parse([]) as Request,
    verdicts: judge(rows),
    rows,
    peers: [],
    notes: [],
    failures,
    seconds: 100,
  });
}

test("the report is one file with the charts, the bars and the method in it", () => {
  const html = page();
  expect(html).toContain("40.0 × naive");
  expect(html).toContain("A, window 64: ≥ 30 × naive");
  expect(html).toContain("reached");
  expect(html).toContain("2026-01-02 03:04 UTC");
  expect(html).toContain("prefers-color-scheme: dark");
  expect(html).not.toMatch(/<(?:script|link|img)\b|https?:\/\//u);
});

test("what comes from outside is text in it", () => {
  expect(page()).toContain("A &quot;fast&quot; &lt;one&gt;");
  expect(page(["<b>lost</b>"])).toContain("&lt;b&gt;lost&lt;/b&gt;");
});

test("bars are as long as their figures, and are read out", () => {
  const bar = (label: string, value: number): Parameters<typeof barChart>[1][number] => ({
    label,
    value,
    least: value,
    most: value,
    text: `${value}`,
    isOurs: label === "fanwire",
  });
  const svg = barChart("Title", [bar("fanwire", 100), bar("naive", 25), bar("none", 0)]);
  const widths = [...svg.matchAll(/<rect[^>]* width="([\d.]+)"/gu)].map(([, w]) => Number(w));
  expect(widths[1]).toBeCloseTo(widths[0]! / 4, 1);
  expect(widths[2]).toBe(0);
  expect(svg).toContain('aria-label="Title. fanwire: 100; naive: 25; none: 0"');
});

test("the terminal shows the same figures, and marks what the generator may limit", () => {
  const table = scenarioTable(rows, scenarios[0]!).join("\n");
  expect(table).toContain("fanwire");
  expect(table).toContain("6.00 M/s");
  expect(table).toMatch(/95 % .*generator-bound$/mu);
  expect(table).toContain("40.0 ×");
  expect(barTable(judge(rows))).toEqual([
    "A, window 64: ≥ 30 × naive  40.00 × (40.00 – 40.00)  reached",
  ]);
});
