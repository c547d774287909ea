// The fanwire client: publish and subscribe over one WebSocket, in browsers and services.

export type { TokenReason, TokenSource } from "./auth.ts";
export type { CallOptions } from "./call.ts";
export { type AnyClient, type Client, createClient } from "./client.ts";
export type { Codec } from "./codec.ts";
export type { Gap, GapReason } from "./core/gap.ts";
export { type Contract, contract } from "./contract.ts";
export { ClientError, type ErrorCode } from "./errors.ts";
export type { Validate } from "./guard.ts";
export type { HistoryOptions } from "./history.ts";
export { type Params, type PlaceOf, topic } from "./names.ts";
export type { ClientOptions } from "./options.ts";
export type { OutboxEntry, OutboxOptions, OutboxStore } from "./outbox.ts";
export type { From, Position } from "./position.ts";
export type { Publication } from "./publication.ts";
export type { Level, Published, PublishOptions } from "./publisher.ts";
export type { Diagnostic } from "./report.ts";
export type { InputOf, OutputOf, StandardIssue, StandardResult, StandardSchema } from "./schema.ts";
export type { Status } from "./status.ts";
export type { Store } from "./store.ts";
export type {
  Ready,
  Resync,
  ResyncReason,
  SubscribeOptions,
  Subscription,
  SubscriptionEvents,
} from "./subscription.ts";
export type { Topic } from "./topic.ts";
export type { KeepOptions, ReduceOptions, StoreOptions } from "./topic-store.ts";
