// What the pages of browser.test.ts do: they follow a topic, and note what they are told.

import { type Client, createClient } from "@fanwire/client";
import { resume } from "@fanwire/client/positions";

/** A page, as a test sees it. */
export interface BrowserPage {
  follow(url: string): Promise<void>;
  publish(n: number): Promise<void>;
  session(): string | undefined;
  /** Nothing of the page runs meanwhile, as when the machine sleeps. */
  block(ms: number): void;
  readonly got: number[];
  /** States of the link, and of the page. */
  readonly told: string[];
}

let client: Client;
const got: number[] = [];
const told: string[] = [];

function session(): string | undefined {
  const status = client.status.get();
  return status.state === "live" ? status.session : undefined;
}

const page: BrowserPage = {
  async follow(url) {
    // what waits for another attempt waits for longer than any test
    client = createClient(url, { backoff: { minMs: 3_600_000, maxMs: 3_600_000 } });
    client.status.subscribe(({ state }) => told.push(state));
    const followed = resume<number>(client.topic("kept.a"), ({ data }) => got.push(data));
    followed.on("gap", () => told.push("gap"));
    await followed.ready;
  },
  async publish(n) {
    await client.topic("kept.a").publish(n);
  },
  session,
  block(ms) {
    const until = performance.now() + ms;
    while (performance.now() < until);
  },
  got,
  told,
};

addEventListener("pageshow", ({ persisted }) => told.push(persisted ? "restored" : "shown"));
Object.assign(globalThis, { page });
