// How many workers are needed, and why: the hub's formula with its terms in it.
import type { QueueStats } from "@fanwire/client/queue";
import { count, threeDigits } from "../numbers/digits.ts";
import { duration } from "./duration.ts";

/** The hub's: how long what waits may take, in seconds, and how busy workers should be. */
const DRAIN_S = 60;
const BUSY = 0.75;

export type Terms = Pick<
  QueueStats,
  "ready" | "offeredPerSecond" | "workersToKeepUp" | "workersToDrain" | "recommendedWorkers"
> & { readonly processing: Pick<QueueStats["processing"], "meanMs"> };

/** What the recommendation is for. */
export function neededFor(terms: Terms | undefined): string {
  if (!terms || terms.recommendedWorkers === 0) return "";
  const { workersToDrain, workersToKeepUp } = terms;
  if (workersToDrain === null || workersToKeepUp === null) return "to begin with";
  return workersToDrain >= workersToKeepUp && terms.ready > 0
    ? `to finish in ${DRAIN_S} s`
    : "to keep up";
}

/** "⌈S (λ + Q ⁄ 60 s)⌉ = ⌈420 ms × (3.10/s + 735 ⁄ 60 s)⌉ = 7". */
export function formula(terms: Terms | undefined): string {
  const meanMs = terms?.processing.meanMs ?? null;
  if (!terms || meanMs === null)
    return "⌈S (λ + Q ⁄ 60 s)⌉, when S is known: the time one job takes";
  const { offeredPerSecond, ready, workersToDrain, workersToKeepUp } = terms;
  const { text, unit } = duration(meanMs);
  const [s, rate] = [`${text} ${unit}`, `${threeDigits(offeredPerSecond)}/s`];
  if (neededFor(terms) === "to keep up")
    return `⌈λ S ⁄ ${BUSY}⌉ = ⌈${rate} × ${s} ⁄ ${BUSY}⌉ = ${count(workersToKeepUp ?? 0)}`;
  return `⌈S (λ + Q ⁄ ${DRAIN_S} s)⌉ = ⌈${s} × (${rate} + ${count(ready)} ⁄ ${DRAIN_S} s)⌉ = ${count(workersToDrain ?? 0)}`;
}

/** Beyond this many they are not drawn one by one. */
const SLOTS_MAX = 24;

export interface Slots {
  readonly filled: number;
  readonly missing: number;
  readonly words: string;
}

export function slotsOf(running: number, needed: number): Slots {
  const filled = Math.min(SLOTS_MAX, running);
  const missing = Math.max(0, Math.min(SLOTS_MAX, needed) - filled);
  const more = needed - running;
  const rest = more > 0 ? `start ${count(more)} more` : running > 0 ? "enough" : "none needed";
  return { filled, missing, words: `${count(running)} running, ${rest}` };
}
