// The hub, as a program embeds it.

export type { AuthOptions, IssuerOptions } from "./auth-options.ts";
export type { Algorithm, KeyInput } from "./auth/key.ts";
export { newKey, publicKeyOf, signToken, type TokenClaims } from "./auth/sign.ts";
export { HubError, type HubErrorCode } from "./errors.ts";
export { createHub, type Hub, type HubStats } from "./hub.ts";
export type { LocalPublished, LocalPublishOptions } from "./local-client.ts";
export type { LocalHandler, LocalPublication } from "./local.ts";
export type { HubFigures } from "./metrics/figures.ts";
export { type HubOptions, type Limits, type Option, optionFault, optionTable } from "./options.ts";
export type { Revocation } from "./ports/authenticator.ts";
export type { Logger } from "./ports/logger.ts";
export type { BackupList } from "./store/backup.ts";
export type { StoreReport } from "./store/fsck.ts";
export type { SalvageReport } from "./store/salvage.ts";
export {
  backupStore,
  type CheckedStore,
  checkStore,
  restoreStore,
  salvageStore,
} from "./store-tools.ts";
export type { TicketClaims } from "./ticket-claims.ts";
export type { QueueSettings } from "./core/queues/queue-settings.ts";
export { type QueueOptions, resolveQueues } from "./queue-options.ts";
export {
  type HistoryOptions,
  resolveTopics,
  type TopicOptions,
  type TopicRule,
} from "./topic-options.ts";
export { type CheckedRight, type CheckedToken, checkToken, type Decision } from "./token-check.ts";
export { version } from "./version.ts";
