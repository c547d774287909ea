// A fanwire hub in memory, for the tests of applications.

export type { Connection } from "./connection.ts";
export type { Request } from "./line.ts";
export type { TestHubOptions } from "./options.ts";
export { createTestHub, type TestHub } from "./test-hub.ts";
