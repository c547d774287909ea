// What a world can be told when it is made.

import { resolveOptions, type Settings, settingsOf } from "@fanwire/server/inside";
import type { HubOptions } from "@fanwire/server";

/** The options of a world; all may be left out. */
export interface TestHubOptions extends Pick<
  HubOptions,
  "topics" | "queues" | "limits" | "pingMs" | "pingTimeoutMs"
> {
  /** The hub asks for tokens, which `token` makes. Without, everybody may do everything. */
  readonly tokens?: boolean | undefined;
  /** All chance comes from it, as how long clients wait before they come back. Default 1. */
  readonly seed?: number | undefined;
  /** When the world begins: a date, or milliseconds since 1970. Default 2023-11-14T22:13:20Z. */
  readonly time?: Date | number | undefined;
}

/** For bounds that are a share of the memory; a test's machine must make no difference. */
const memoryBytes = 4_294_967_296;

/** Throws a TypeError for an option that cannot be. */
export function settingsFor({ tokens = false, ...options }: TestHubOptions): Settings {
  // what is durable is kept in memory, and outlives the hub's process there
  const resolved = resolveOptions({ ...options, data: "memory" });
  return { ...settingsOf(resolved, memoryBytes), isOpen: !tokens };
}
