import type { Pattern } from "@fanwire/protocol";
import type { FlowBounds } from "./flow.ts";
import type { LogBounds } from "./log.ts";

/** What is kept of topics that a pattern matches. */
export interface TopicRule {
  readonly match: Pattern;
  /** Null: nothing. */
  readonly history: LogBounds | null;
}

/** What the core must know of the hub's options; `options.ts` says what each means, its default and its bounds. */
export interface Settings {
  readonly payloadBytesMax: number;
  readonly batchBytesMax: number;
  readonly greetingMs: number;
  readonly greetingBytesMax: number;
  readonly subscriptionsMax: number;
  readonly patternsMax: number;
  readonly topicsMax: number;
  /** Of one session. */
  readonly unsentBytesMax: number;
  /** Of all sessions together. */
  readonly nodeUnsentBytesMax: number;
  /** Logs and kept publications. */
  readonly keptBytesMax: number;
  readonly flow: FlowBounds;
  readonly pingMs: number;
  readonly pingTimeoutMs: number;
  /** In the order in which they are asked; the first that matches a topic holds. */
  readonly topics: readonly TopicRule[];
}
