// From the options to what the core must know of them.

import { flowBounds } from "./core/flow.ts";
import type { Rate } from "./core/rate-limit.ts";
import type { Settings } from "./core/settings.ts";
import type { Limits, ResolvedOptions } from "./options.ts";

/** What is limited by two options: `publishPerSecond` and `publishBurst`. */
type Limited = Extract<keyof Limits, `${string}PerSecond`>;

/** `memoryBytes`: of the machine. A bound of 0 is a quarter of it. */
export function settingsOf(options: ResolvedOptions, memoryBytes: number): Settings {
  const quarter = Math.floor(memoryBytes / 4);
  const rate = (limit: Limited): Rate => ({
    perSecond: options[limit],
    burst: options[limit.replace("PerSecond", "Burst") as Limited],
    limit,
  });
  return {
    ...options,
    isOpen: options.issuers.length === 0,
    isStored: options.data !== null,
    flow: flowBounds,
    nodeUnsentBytesMax: options.nodeUnsentBytesMax || quarter,
    keptBytesMax: options.keptBytesMax || quarter,
    rates: {
      publish: rate("publishPerSecond"),
      publishBytes: rate("publishBytesPerSecond"),
      subscribe: rate("subscribePerSecond"),
      auth: rate("authPerSecond"),
      ping: rate("pingPerSecond"),
      excess: rate("excessPerSecond"),
    },
    newTopics: rate("newTopicsPerSecond"),
  };
}
