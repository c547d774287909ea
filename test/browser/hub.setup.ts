// A hub for the tests that run in a browser.

import { createHub } from "@fanwire/server";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    hubUrl: string;
  }
}

/** Starts the hub, and returns what stops it. */
export default async function start(project: TestProject): Promise<() => Promise<void>> {
  const topics = [
    { match: "kept.**", history: true },
    { match: "state.**", state: true },
  ];
  const hub = createHub({ port: 0, topics });
  await hub.listen();
  project.provide("hubUrl", hub.url!);
  return () => hub.close(0);
}
