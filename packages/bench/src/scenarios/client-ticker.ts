// A page with a table of prices that change faster than anybody reads.

import type { Child } from "../child.ts";
import type { Shown } from "../browser/ticker-page.ts";
import { SERVER_CORE } from "../lab.ts";
import type { Measured } from "../result.ts";
import { count, type Start } from "../scenario.ts";
import type { Taken } from "../sdk/meter.ts";
import type { Ticked, TickerOrder } from "../sdk/ticker.ts";
import { reached, withParts } from "./client-parts.ts";

/** How much of it there is. */
export interface TickerSize {
  readonly symbols: number;
  readonly perSecond: number;
  readonly ms: number;
}

/** What is called so in the rows. */
export const tickerCase = ({ symbols, perSecond }: Omit<TickerSize, "ms">): string =>
  `a page with ${count(symbols)} symbols, ${count(perSecond)}/s`;

/** Until code is compiled and every symbol has a price, in milliseconds. */
const LEAD_MS = 2000;

/** Has prices shown. */
export function measureTicker(start: Start, size: TickerSize): Promise<Measured> {
  return withParts(async (parts) => {
    const browser = parts.browser();
    const { origin } = await browser.ready;
    const lab = start({ origins: [origin] });
    const ticker = parts.client(SERVER_CORE);
    const { port } = await lab.server.ready;
    const call = <T = void>(name: string, ...given: unknown[]): Promise<T> =>
      browser.ask("call", { name, with: given });
    await browser.ask("show", "ticker");
    await call("open", port, size.symbols);
    await ticker.ask("tick", { ...size, port } satisfies TickerOrder);
    await browser.ask("measure", Math.min(size.ms, LEAD_MS));
    await call("begin");
    const taken = await browser.ask<Taken>("measure", size.ms);
    const shown = await call<Shown>("shown");
    const ticked = await ticker.ask<Ticked>("endTicks");
    return {
      case: tickerCase(size),
      values: { ...valuesOf(taken, shown), lateMs: ticked.lateMs },
      failures: await failuresOf(browser, ticked, shown),
    };
  });
}

function valuesOf(
  { publications, seconds, cpuSeconds, mainSeconds = Number.NaN }: Taken,
  { longestFrameMs, longestTaskMs, gaps }: Shown,
): Measured["values"] {
  return {
    perSecond: publications / seconds,
    mainThread: (mainSeconds / seconds) * 100,
    longestTaskMs,
    longestFrameMs,
    clientCpu: (cpuSeconds / seconds) * 100,
    gaps,
  };
}

async function failuresOf(
  browser: Child,
  { published, refused }: Ticked,
  { count: frames, painted, gaps }: Shown,
): Promise<string[]> {
  const taken = (): Promise<number> => browser.ask("call", { name: "taken", with: [] });
  const came = await reached(taken, published);
  const wrong: [boolean, string][] = [
    [refused > 0, `${refused} of ${published} publications were refused.`],
    [gaps > 0, `${gaps} gaps were told: the page was too slow.`],
    [gaps === 0 && came !== published, `${came} of ${published} publications came to the page.`],
    [frames === 0 || painted === 0, "Nothing was painted."],
  ];
  return wrong.filter(([isWrong]) => isWrong).map(([, sentence]) => sentence);
}
