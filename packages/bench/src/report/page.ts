// The report: one page with everything in it, that can be sent to somebody.

import { metrics, type MetricName } from "../metrics.ts";
import { duration } from "../progress.ts";
import type { Row } from "../result.ts";
import type { Scenario } from "../scenario.ts";
import { scenarios } from "../scenarios.ts";
import { isNoise, marks, middle, ratio, rowsOf, shown, shownRatio } from "../statistics.ts";
import { casesOf, metricsOf, peersOf } from "../table.ts";
import type { Verdict } from "../verdict.ts";
import { barChart, type ChartBar } from "./chart.ts";
import { escaped, tableOf } from "./markup.ts";
import { method } from "./method.ts";
import { style } from "./style.ts";
import type { Told } from "./told.ts";

/** The page as HTML. */
export function reportPage(told: Told): string {
  const { rows } = told;
  const shownScenarios = scenarios.filter(({ id }) => rows.some((row) => row.scenario === id));
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>fanwire beside others</title><style>${style}</style></head><body>
<h1>fanwire beside others</h1>
<p class="soft">${escaped(headline(told))}</p>
${failures(told)}
${verdictTable(told.verdicts)}
${shownScenarios.map((scenario) => section(rows, scenario)).join("\n")}
${method(told)}
</body></html>
`;
}

function headline({ at, machine, request, rows, seconds }: Told): string {
  const { cpu, cores, node } = machine;
  return `${at.slice(0, 16).replace("T", " ")} UTC · ${cpu}, ${cores} cores · Node ${node} · ${request.rounds} rounds · ${rows.length} measurements in ${duration(seconds)}`;
}

function failures(told: Told): string {
  if (told.failures.length === 0) return "";
  const items = told.failures.map((sentence) => `<li>${escaped(sentence)}</li>`);
  return `<h2 class="bad">Failed</h2><ul>${items.join("")}</ul>`;
}

function verdictTable(verdicts: readonly Verdict[]): string {
  const judged = verdicts.filter(({ verdict }) => verdict !== "not measured");
  if (judged.length === 0) return "";
  const body = judged.map(({ bar, measured, verdict, missedBy }) => [
    escaped(bar.says),
    escaped(measured),
    verdict === "reached"
      ? `<span class="good">reached</span>`
      : `<span class="bad">missed by ${(missedBy * 100).toFixed(0)} %</span>`,
  ]);
  return `<h2>Bars</h2><p class="soft">Medians of the ratios of each round, with the least and the most. A and C and E compare deliveries per server-CPU-second.</p><div class="card bars">${tableOf([["bar", "measured", "verdict"], ...body])}</div>`;
}

function section(rows: readonly Row[], scenario: Scenario): string {
  const { id, title, says } = scenario;
  const cases = casesOf(rows, id).map((name) => {
    const main = metricsOf(rows, scenario, name)[0]!;
    const bars = peersOf(rows, id, name).map((peer) =>
      chartBar(rows, rowsOf(rows, id, name, peer), main),
    );
    return `<div class="card"><h3>${escaped(name)}</h3><p class="soft">${metrics[main].label} (${metrics[main].better} is better)</p>${barChart(name, bars)}<details><summary>All figures</summary>${figures(rows, scenario, name)}</details></div>`;
  });
  return `<h2>${id} · ${escaped(title)}</h2><p>${escaped(says)}</p>${cases.join("\n")}`;
}

function chartBar(all: readonly Row[], own: readonly Row[], metric: MetricName): ChartBar {
  const { peer, scenario, case: name } = own[0]!;
  const values = own.flatMap((row) => row.values[metric] ?? []);
  const naive = ratio(own, rowsOf(all, scenario, name, "naive"), metric)?.middle;
  const value = middle(own, metric) ?? 0;
  return {
    label: peer,
    value,
    least: Math.min(...values),
    most: Math.max(...values),
    text: [
      shown(metric, value),
      ...(naive === undefined || peer === "naive" ? [] : [besideNaive(naive)]),
      ...marks(own),
    ].join(" · "),
    isOurs: peer === "fanwire",
  };
}

function besideNaive(value: number): string {
  return isNoise(value) ? "as naive (noise)" : `${shownRatio(value)} naive`;
}

function figures(rows: readonly Row[], { id }: Scenario, name: string): string {
  const used = (Object.keys(metrics) as MetricName[]).filter((metric) =>
    rows.some(
      (row) => row.scenario === id && row.case === name && row.values[metric] !== undefined,
    ),
  );
  const body = peersOf(rows, id, name).map((peer) => {
    const own = rowsOf(rows, id, name, peer);
    return [escaped(peer)].concat(used.map((metric) => shown(metric, middle(own, metric))));
  });
  return tableOf([["", ...used.map((metric) => metrics[metric].label)], ...body]);
}
