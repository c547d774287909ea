import type { Pattern } from "@fanwire/protocol";
import type { FlowBounds } from "./flow.ts";
import type { LogBounds } from "./log.ts";
import type { QueueSettings } from "./queues/queue-settings.ts";
import type { Rate, RateTable } from "./rate-limit.ts";

/** What is kept of topics that a pattern matches. */
export interface TopicRule {
  readonly match: Pattern;
  /** Null: nothing. */
  readonly history: LogBounds | null;
  /** Its publications carry the subject of their publisher. */
  readonly from?: boolean;
  /** The latest publication of each key is kept. */
  readonly state?: boolean;
  /** Its publications are stored before they are shown. */
  readonly durable?: boolean;
  /** What is stored of its topics from when it was durable may go. */
  readonly discard?: boolean;
}

/** What the core must know of the hub's options; `options.ts` says what each means, its default and its bounds. */
export interface Settings {
  /** No tokens are asked for: everybody may do everything, as often as they like. */
  readonly isOpen: boolean;
  /** How long a session goes on after its token has expired, in milliseconds. */
  readonly tokenGraceMs: number;
  /** The longest life of a token, and how far clocks may differ, in milliseconds. */
  readonly tokenAgeMaxMs: number;
  readonly tokenToleranceMs: number;
  readonly payloadBytesMax: number;
  readonly batchBytesMax: number;
  readonly greetingMs: number;
  readonly greetingBytesMax: number;
  readonly subscriptionsMax: number;
  /** Of queues, of one session. */
  readonly consumersMax: number;
  readonly patternsMax: number;
  readonly topicsMax: number;
  /** Of all sessions of a subject at a time. */
  readonly subjectConnectionsMax: number;
  /** Distinct ones of all sessions of a subject. */
  readonly subjectPatternsMax: number;
  /** Of a session. */
  readonly rates: RateTable;
  /** Of a subject. */
  readonly newTopics: Rate;
  /** Of one session. */
  readonly unsentBytesMax: number;
  /** Of all sessions together. */
  readonly nodeUnsentBytesMax: number;
  /** There is a store: what must survive is given to it. */
  readonly isStored: boolean;
  /** Publications of a topic that wait for the store, and bytes of all. */
  readonly pendingPerTopicMax: number;
  readonly pendingBytesMax: number;
  /** Logs and kept publications. */
  readonly keptBytesMax: number;
  readonly flow: FlowBounds;
  readonly pingMs: number;
  readonly pingTimeoutMs: number;
  /** In the order in which they are asked; the first that matches a topic holds. */
  readonly topics: readonly TopicRule[];
  /** Queues that are there from the start, by name. */
  readonly queues: ReadonlyMap<string, QueueSettings>;
}
