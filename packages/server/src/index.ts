// The hub, as a program embeds it.

export { HubError, type HubErrorCode } from "./errors.ts";
export {
  createHub,
  type Hub,
  type HubStats,
  type LocalPublished,
  type LocalPublishOptions,
} from "./hub.ts";
export type { LocalHandler, LocalPublication } from "./local.ts";
export type { HubFigures } from "./metrics/figures.ts";
export { type HubOptions, type Limits, type Option, optionFault, optionTable } from "./options.ts";
export type { Logger } from "./ports/logger.ts";
export type { HistoryOptions, TopicOptions } from "./topic-options.ts";
export { version } from "./version.ts";
