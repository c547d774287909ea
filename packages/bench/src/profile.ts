// Where the hub's time goes: the processor profile of a measurement, written for the browser's tools and summed up for the terminal.

import { mkdirSync, writeFileSync } from "node:fs";
import type { Profiler } from "node:inspector";
import { join } from "node:path";
import type { Lab } from "./lab.ts";

/** Functions of a summary. */
const TOP = 20;

/** Entries of a profile that are no work of the hub. */
const NOT_WORK: ReadonlySet<string> = new Set(["(idle)", "(root)"]);

/** A function and its share of the time that was not idle. */
export interface Hot {
  readonly name: string;
  readonly where: string;
  readonly share: number;
}

/** The functions with the most time of their own, without what they call. */
export function hottest({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): Hot[] {
  const selfTime = new Map<number, number>();
  for (const [i, id] of samples.entries())
    selfTime.set(id, (selfTime.get(id) ?? 0) + (timeDeltas[i] ?? 0));
  const times = new Map<string, Omit<Hot, "share"> & { us: number }>();
  let total = 0;
  for (const { id, callFrame } of nodes) {
    const us = selfTime.get(id) ?? 0;
    const name = callFrame.functionName || "(anonymous)";
    if (NOT_WORK.has(name) || callFrame.url === "node:inspector") continue;
    const where = shortened(callFrame.url, callFrame.lineNumber);
    const key = `${name}\n${where}`;
    times.set(key, { name, where, us: us + (times.get(key)?.us ?? 0) });
    total += us;
  }
  return [...times.values()]
    .map(({ name, where, us }) => ({ name, where, share: us / total }))
    .toSorted((a, b) => b.share - a.share)
    .slice(0, TOP);
}

function shortened(url: string, line: number): string {
  return url === "" ? "" : `${url.split("/").slice(-3).join("/")}:${line + 1}`;
}

/** Takes a profile of each measurement of our hub in the first round. */
export class ProfileWriter {
  readonly summaries: string[] = [];
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  of(lab: Lab, scenario: string, round: number): Lab["onMeasure"] {
    if (round > 1) return undefined;
    return {
      begin: () => lab.subject.ask("profile"),
      end: async (name) => this.#write(scenario, name, await lab.subject.ask("profiled")),
    };
  }

  #write(scenario: string, name: string, profile: Profiler.Profile): void {
    const file = `${scenario} ${name}`.replaceAll(/[^\w.]+/gu, "-").toLowerCase();
    writeFileSync(join(this.#folder, `${file}.cpuprofile`), JSON.stringify(profile));
    const lines = hottest(profile).map(
      (hot) => `${(hot.share * 100).toFixed(1).padStart(6)} %  ${hot.name}  ${hot.where}`,
    );
    this.summaries.push([`Profile of ${scenario}, ${name}:`, ...lines].join("\n"));
  }
}
