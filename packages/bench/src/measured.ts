// From what the load generator and the server tell to the figures of a row, and to what must not be.

import type { Outcome } from "./generator/orders.ts";
import type { Values } from "./result.ts";

/** What the server used of its core while something was done, and what others used of the machine. */
export interface Used {
  readonly cpuSeconds: number;
  /** In percent; undefined where the system does not tell. */
  readonly othersCpu: number | undefined;
}

/** The figures of a load. */
export function valuesOf(outcome: Outcome, used: Used): Values {
  const { deliveries, publications, seconds, cpuSeconds, latency } = outcome;
  return {
    perCpuSecond: deliveries / used.cpuSeconds,
    perSecond: deliveries / seconds,
    p50Ms: latency.p50,
    p99Ms: latency.p99,
    p999Ms: latency.p999,
    maxMs: latency.max,
    serverCpu: (used.cpuSeconds / seconds) * 100,
    generatorCpu: (cpuSeconds / seconds) * 100,
    generatorNs: (cpuSeconds / deliveries) * 1e9,
    usPerPublication: (used.cpuSeconds / publications) * 1e6,
    lateMs: outcome.lateMs,
    gaps: outcome.faults.gaps,
    missed: outcome.faults.missed,
    ...others(used),
  };
}

/** The figure that tells of others, where there is one. */
export function others({ othersCpu }: Used): Values {
  return othersCpu === undefined ? {} : { othersCpu };
}

/** What must not be, in sentences. */
export function failuresOf({ deliveries, lost, closed, faults }: Outcome): string[] {
  const wrong: [number, string][] = [
    [lost, "deliveries were lost"],
    [closed, "subscribers were closed"],
    [faults.disorder, "deliveries were out of order or came twice"],
    [faults.holes, "deliveries were passed over"],
    [faults.offsets, "offsets did not follow each other"],
    [faults.foreign, "deliveries were not what was published"],
    [faults.gaps, "gaps were told to clients that read as fast as they can"],
  ];
  return wrong
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${count} of ${deliveries + lost}: ${what}.`);
}
