// For `@fanwire/testing` alone: a client with another time and chance than the platform's.

export { openClient } from "./client.ts";
export type { Runtime } from "./runtime.ts";
