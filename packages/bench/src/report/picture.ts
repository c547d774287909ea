// The most telling charts as one picture for a page that is not ours: it brings its own background, by day and by night.

import { fanOutCase } from "../scenarios/fan-out.ts";
import { idleCase } from "../scenarios/memory.ts";
import { moderateCase } from "../scenarios/latency.ts";
import type { MetricName } from "../metrics.ts";
import { type PeerName, peerNames } from "../peers.ts";
import type { Row } from "../result.ts";
import { middle, rowsOf, shown } from "../statistics.ts";
import { escaped } from "./markup.ts";
import { colours } from "./style.ts";
import type { Told } from "./told.ts";

const WIDTH = 900;
const EDGE = 28;
const BETWEEN = 32;
const ROW = 22;
const BAR = 14;
const LABEL = 86;
/** Room behind the longest bar for its figure. */
const TEXT = 118;
/** Above the first bar of a chart, and above that of a case. */
const TITLE = 52;
const CASE = 24;

/** Horizontal bars under a heading. */
interface Chart {
  readonly title: string;
  readonly says: string;
  readonly cases: readonly { readonly name: string; readonly bars: readonly PictureBar[] }[];
  readonly isLog?: boolean;
}

interface PictureBar {
  readonly peer: PeerName;
  readonly value: number;
  readonly text: string;
}

/** The picture as SVG, 900 pixels wide. What was not measured is left out. */
export function picture({ rows, at, machine }: Told): string {
  const [wide, left, right] = chartsOf(rows);
  const wideAt = EDGE + 34;
  const halfAt = wideAt + heightOf(wide!) + BETWEEN;
  const height = halfAt + Math.max(heightOf(left!), heightOf(right!)) + EDGE + 22;
  const half = (WIDTH - EDGE * 2 - BETWEEN) / 2;
  const about = `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, ${at.slice(0, 10)}. Medians of one interleaved run. npm run bench repeats it.`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(readOut([wide!, left!, right!]))}">
<style>${style}</style>
<rect class="card" width="${WIDTH}" height="${height}" rx="10"/>
<text class="title" x="${EDGE}" y="${EDGE + 12}">fanwire beside others</text>
${drawn(wide!, EDGE, wideAt, WIDTH - EDGE * 2)}
${drawn(left!, EDGE, halfAt, half)}
${drawn(right!, EDGE + half + BETWEEN, halfAt, half)}
<text class="soft" x="${EDGE}" y="${height - EDGE + 6}">${escaped(about)}</text>
</svg>
`;
}

const style = `:root { ${colours.day} } @media (prefers-color-scheme: dark) { :root { ${colours.night} } }
text { font: 13px system-ui, sans-serif; fill: var(--ink); font-variant-numeric: tabular-nums; } .title { font-size: 19px; font-weight: 700; } .chart { font-size: 15px; font-weight: 600; } .soft { fill: var(--soft); font-size: 12px; }
.label { text-anchor: end; } .bold { font-weight: 700; } .card { fill: var(--card); stroke: var(--line); } .ours { fill: var(--ours); } .other { fill: var(--other); } .grid { stroke: var(--line); }`;

function chartsOf(rows: readonly Row[]): Chart[] {
  const bars = (
    scenario: string,
    name: string,
    metric: MetricName,
    more?: MetricName,
  ): Chart["cases"][number] => ({
    name,
    bars: peerNames.flatMap((peer): PictureBar | [] => {
      const own = rowsOf(rows, scenario, name, peer);
      const value = middle(own, metric);
      const beside = more === undefined ? "" : ` · p99 ${shown(more, middle(own, more))}`;
      return value === undefined ? [] : { peer, value, text: shown(metric, value) + beside };
    }),
  });
  return [
    {
      title: "Fan-out: one publisher, 1,000 subscribers",
      says: "Deliveries per second of server CPU, with 16, 64 or 256 publications under way. More is better; logarithmic.",
      cases: [16, 64, 256].map((n) => bars("A", fanOutCase(1000, n), "perCpuSecond")),
      isLog: true,
    },
    {
      title: "Latency at 100/s → 500 subscribers",
      says: "Median from publisher to subscriber. Less is better.",
      cases: [bars("B", moderateCase, "p50Ms", "p99Ms")],
    },
    {
      title: "Memory of an idle connection",
      says: "Resident in the server, at 10,000. Less is better.",
      cases: [bars("D", idleCase, "bytesPerConnection")],
    },
  ];
}

function heightOf({ cases }: Chart): number {
  const named = cases.length > 1 ? CASE : 0;
  return TITLE + cases.reduce((sum, { bars }) => sum + named + bars.length * ROW, 0);
}

function drawn(chart: Chart, x: number, y: number, width: number): string {
  const { title, says, cases } = chart;
  const scale = scaleOf(chart, width - LABEL - TEXT);
  const parts = [
    `<text class="chart" x="${x}" y="${y + 14}">${escaped(title)}</text>`,
    `<text class="soft" x="${x}" y="${y + 33}">${escaped(says)}</text>`,
  ];
  let top = y + TITLE;
  for (const { name, bars } of cases) {
    if (cases.length > 1) {
      parts.push(`<text class="soft" x="${x}" y="${top + 16}">${escaped(name)}</text>`);
      top += CASE;
    }
    for (const bar of bars) {
      parts.push(barOf(bar, x, top, scale(bar.value)));
      top += ROW;
    }
  }
  return parts.join("\n");
}

/** How long a bar is. On a logarithmic scale it begins at the power of ten below the least value. */
function scaleOf({ cases, isLog = false }: Chart, length: number): (value: number) => number {
  const values = cases.flatMap(({ bars }) => bars.map(({ value }) => value));
  const most = Math.max(...values, Number.MIN_VALUE);
  if (!isLog) return (value) => (value / most) * length;
  const from = Math.floor(Math.log10(Math.min(...values))) - 0.05;
  return (value) => ((Math.log10(value) - from) / (Math.log10(most) - from)) * length;
}

function barOf({ peer, text }: PictureBar, x: number, y: number, length: number): string {
  const isOurs = peer === "fanwire";
  const at = x + LABEL;
  return [
    `<text class="label${isOurs ? " bold" : ""}" x="${at - 8}" y="${y + 15}">${escaped(peer)}</text>`,
    `<rect class="${isOurs ? "ours" : "other"}" x="${at}" y="${y + (ROW - BAR) / 2}" width="${Math.max(1, length).toFixed(1)}" height="${BAR}" rx="2"/>`,
    `<text class="${isOurs ? "bold" : ""}" x="${(at + Math.max(1, length) + 7).toFixed(1)}" y="${y + 15}">${escaped(text)}</text>`,
  ].join("");
}

function readOut(charts: readonly Chart[]): string {
  return charts
    .map(({ title, cases }) => {
      const said = cases.flatMap(({ name, bars }) => {
        const about = cases.length > 1 ? `${name}: ` : "";
        return bars.length === 0
          ? []
          : [about + bars.map(({ peer, text }) => `${peer} ${text}`).join(", ")];
      });
      return `${title}: ${said.join("; ")}.`;
    })
    .join(" ");
}
