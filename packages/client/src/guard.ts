// What a contract does to topics, as the client knows it: `contract` brings the rest, so that who has none need not load it.

import type { CallOptions } from "./call.ts";
import type { HistoryOptions } from "./history.ts";
import type { Handler } from "./listening.ts";
import type { Publication } from "./publication.ts";
import type { Published, PublishOptions } from "./publisher.ts";
import type { Report } from "./report.ts";
import type { SubscribeOptions, Subscription } from "./subscription.ts";

/** What a topic is made of, and a contract watches over. */
export interface Basis {
  readonly name: string;
  readonly publish: (data: unknown, options?: PublishOptions) => Promise<Published>;
  readonly history: (options?: HistoryOptions) => AsyncGenerator<Publication>;
  readonly latest: (options?: CallOptions) => Promise<Publication | undefined>;
  /** Without a handler it is pulled. */
  readonly subscribe: (
    handler: Handler<unknown> | undefined,
    options: SubscribeOptions,
  ) => Subscription<unknown>;
}

/** When payloads are compared with their schema. */
export type Validate = "receive" | "send" | "both" | "off";

/** Makes a topic keep to its schema. */
export type Guarding = (basis: Basis) => Basis;

/** Undefined: the contract does not name that pattern. */
export type Guard = (
  pattern: string,
  validate: Validate | undefined,
  report: Report,
) => Guarding | undefined;

/** By contract. */
export const guards: WeakMap<object, Guard> = new WeakMap<object, Guard>();
