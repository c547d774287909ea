// What senders of the world of jobs ask for: of everything some, as far as the queue may have it.

import type { SeededRandom } from "@fanwire/testkit";
import type { SentJob, WorldTime } from "./job-ledger.testkit.ts";
import type { QueueKind } from "./job-queues.testkit.ts";
import type { Wished } from "./job-sender.testkit.ts";

/** `wallTime`: of the hub, in milliseconds since 1970. */
export function wishFor(
  random: SeededRandom,
  kind: QueueKind,
  payload: number,
  { now, stamp }: WorldTime,
  wallTime: number,
): Wished {
  const isBound = kind.name === "bound";
  const id = isBound || random.below(4) > 0 ? `j${payload}` : null;
  const options: Record<string, string | number> = id === null ? {} : { id };
  let delayMs = 0;
  let ttlMs: number | null = null;
  let group: string | null = null;
  if (!isBound) {
    if (random.below(4) === 0) options["priority"] = random.below(10);
    if (kind.isOrdered || random.below(5) === 0) group = random.of(["a", "b", "c"]);
    if (group !== null) options["group"] = group;
    if (!kind.isOrdered && random.below(5) === 0) delayMs = 1 + random.below(15_000);
    // what is sent again when the clock was set is due at another time
    if (delayMs > 0 && id === null) options["at"] = wallTime + delayMs;
    else if (delayMs > 0) options["delayMs"] = delayMs;
    if (!kind.isOrdered && random.below(8) === 0) ttlMs = 1 + random.below(30_000);
  }
  const job: SentJob = {
    payload,
    kind,
    // a bound job has none: its publication has
    id: isBound ? null : id,
    group,
    dueAt: now + delayMs,
    endsAt: now + (ttlMs ?? kind.ttlMs),
    lastEndsAt: Infinity,
    stamp,
    seq: null,
    isRefused: false,
  };
  return { job, isKnown: id !== null, options, ttlMs };
}
