// A browser with one page of the benchmark, a process of its own that does what the benchmark tells it.

import { chromium } from "playwright";
import { answerQuestions } from "../control.ts";
import { cpuSeconds } from "../cpu-seconds.ts";
import { findChromium, NO_CHROMIUM } from "./chromium.ts";
import { passed } from "../in-turn.ts";
import type { Taken } from "../sdk/meter.ts";
import { type PageName, Site } from "./site.ts";
import { Tab } from "./tab.ts";

/** A function of the page, and what it is called with. */
export interface CallOrder {
  readonly name: string;
  readonly with: readonly unknown[];
}

/** What the browser has done since it was started, in seconds. */
interface Sample {
  readonly at: number;
  readonly taken: number;
  /** Of all its processes, and of this one. */
  readonly cpuSeconds: number;
  readonly mainSeconds: number;
}

/** Microseconds between two samples of a profile. */
const INTERVAL_US = 200;

/** Resolves when the page has done what its script says. */
const LOADED =
  'new Promise((loaded) => document.readyState === "complete" ? loaded() : addEventListener("load", () => loaded()))';

interface Figures {
  readonly metrics: readonly { readonly name: string; readonly value: number }[];
}

const executablePath = findChromium();
if (executablePath === undefined) throw new Error(NO_CHROMIUM);
const site = await Site.open();
const browser = await chromium.launch({
  executablePath,
  args: ["--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"],
});
const whole = await browser.newBrowserCDPSession();
let tab: Tab | undefined;

answerQuestions(
  { origin: site.origin },
  {
    async show(name: PageName) {
      tab = await Tab.open(whole, `${site.origin}/${name}`);
      await tab.evaluate(LOADED);
    },
    call,
    async profile() {
      await the(tab).send("Profiler.enable");
      await the(tab).send("Profiler.setSamplingInterval", { interval: INTERVAL_US });
      await the(tab).send("Profiler.start");
    },
    profiled: async () => (await the(tab).send<{ profile: unknown }>("Profiler.stop")).profile,
    /** Looks on for so long while publications come. */
    async measure(ms: number): Promise<Taken> {
      const before = await sample();
      await passed(ms);
      const after = await sample();
      return {
        publications: after.taken - before.taken,
        seconds: after.at - before.at,
        cpuSeconds: after.cpuSeconds - before.cpuSeconds,
        mainSeconds: after.mainSeconds - before.mainSeconds,
      };
    },
  },
  async () => {
    await browser.close();
    site.close();
  },
);

/** Calls a function of the page. */
function call({ name, with: given }: CallOrder): Promise<unknown> {
  return the(tab).evaluate(`bench.${name}(...${JSON.stringify(given)})`);
}

function the<T>(present: T | undefined): T {
  if (present === undefined) throw new TypeError("No page is shown.");
  return present;
}

async function sample(): Promise<Sample> {
  const taken = (await call({ name: "taken", with: [] })) as number;
  const at = performance.now() / 1000;
  const { processInfo } = await whole.send("SystemInfo.getProcessInfo");
  const { metrics } = await the(tab).send<Figures>("Performance.getMetrics");
  const mainSeconds = metrics.find(({ name }) => name === "TaskDuration")?.value ?? Number.NaN;
  const used = processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0);
  return { at, taken, cpuSeconds: used + cpuSeconds(), mainSeconds };
}
