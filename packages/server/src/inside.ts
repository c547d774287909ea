// For `@fanwire/testing` alone: the parts of a hub that need no Node, no socket and no clock. They change without notice.

export { ClaimsReader, unauthenticated } from "./auth/claims.ts";
export { Broker } from "./core/broker.ts";
export type { Claims } from "./core/claims.ts";
export type { Clock } from "./core/clock.ts";
export { noCredentials } from "./core/credentials.ts";
export type { Link } from "./core/link.ts";
export type { Refusal } from "./core/refusal.ts";
export type { Session } from "./core/session.ts";
export type { Settings } from "./core/settings.ts";
export type { Sink } from "./core/sink.ts";
export { LocalClient } from "./local-client.ts";
export { type HubOptions, resolveOptions } from "./options.ts";
export { settingsOf } from "./settings.ts";
