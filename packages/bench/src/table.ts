// The result as a terminal shows it.

import { metrics, type MetricName } from "./metrics.ts";
import { BUSY } from "./others.ts";
import type { PeerName } from "./peers.ts";
import { isBusy, type Row } from "./result.ts";
import type { Scenario } from "./scenario.ts";
import { marks, middle, ratio, rowsOf, shown, shownRatio } from "./statistics.ts";
import type { Verdict } from "./verdict.ts";

/** Cells of a table, padded to columns. The first column is text, the others are figures. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows)
    for (const [i, text] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, text.length);
  return rows.map((row) =>
    row
      .map((text, i) => (i === 0 ? text.padEnd(widths[i]!) : text.padStart(widths[i]!)))
      .join("  ")
      .trimEnd(),
  );
}

/** The peers that have rows of a case, in the order in which they ran. */
export function peersOf(rows: readonly Row[], scenario: string, name: string): PeerName[] {
  const found = rows.filter((row) => row.scenario === scenario && row.case === name);
  return [...new Set(found.map(({ peer }) => peer))];
}

/** The cases of a scenario that were measured. */
export function casesOf(rows: readonly Row[], scenario: string): string[] {
  return [...new Set(rows.filter((row) => row.scenario === scenario).map((row) => row.case))];
}

/** All cases of a scenario, a table each. */
export function scenarioTable(rows: readonly Row[], scenario: Scenario): string[] {
  const lines = [`${scenario.id}  ${scenario.title}`];
  for (const name of casesOf(rows, scenario.id))
    lines.push("", ...caseTable(rows, scenario, name).map((line) => `   ${line}`));
  return lines;
}

/** The figures that a case has, of those that its scenario shows. */
export function metricsOf(
  rows: readonly Row[],
  { id, shows }: Scenario,
  name: string,
): readonly MetricName[] {
  const own = rows.filter((row) => row.scenario === id && row.case === name);
  const known = shows.filter((metric) => own.some(({ values }) => values[metric] !== undefined));
  return known.length > 0 ? known : shows;
}

function caseTable(rows: readonly Row[], scenario: Scenario, name: string): string[] {
  const { id } = scenario;
  const peers = peersOf(rows, id, name);
  const shows = metricsOf(rows, scenario, name);
  const beside = comparisons(shows).flatMap(({ metric, prefix }) =>
    (["naive", "bun", "rabbitmq-classic", "centrifuge"] as const)
      .filter((peer) => peers.includes(peer) && peers.length > 1)
      .map((peer) => ({ metric, peer, label: `${prefix}× ${peer}` })),
  );
  const head = [name].concat(
    shows.map((metric) => metrics[metric].short),
    beside.map(({ label }) => label),
  );
  const body = peers.map((peer) => {
    const own = rowsOf(rows, id, name, peer);
    return [peer as string].concat(
      shows.map((metric) => shown(metric, middle(own, metric))),
      beside.map(({ metric, peer: other }) =>
        other === peer
          ? "1"
          : shownRatio(ratio(own, rowsOf(rows, id, name, other), metric)?.middle),
      ),
      marks(own),
    );
  });
  return columns([head, ...body]);
}

/** What is compared with others: the first figure, and deliveries per second where these are shown. */
function comparisons(shows: readonly MetricName[]): { metric: MetricName; prefix: string }[] {
  const main = { metric: shows[0]!, prefix: "" };
  return shows.includes("perSecond") && main.metric === "perCpuSecond"
    ? [main, { metric: "perSecond", prefix: "raw " }]
    : [main];
}

/** The bars that were measured. */
export function barTable(verdicts: readonly Verdict[]): string[] {
  const judged = verdicts.filter(({ verdict }) => verdict !== "not measured");
  return columns(
    judged.map(({ bar, measured, verdict, missedBy }) => [
      bar.says,
      measured,
      verdict === "missed" ? `missed by ${(missedBy * 100).toFixed(0)} %` : verdict,
    ]),
  );
}

/** How quiet the machine was. */
export function busyLine(rows: readonly Row[]): string {
  const share = middle(rows, "othersCpu");
  if (share === undefined) return "How busy the machine was with something else is not known here.";
  const busy = rows.filter(isBusy).length;
  return `Other processes took ${share.toFixed(1)} % of the machine in the middle measurement; in ${busy} of ${rows.length} it was more than ${BUSY} % (machine busy).`;
}
