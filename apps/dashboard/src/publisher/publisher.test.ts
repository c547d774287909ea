import { ClientError, type Client } from "@fanwire/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { HubClock } from "../clock/hub-clock.ts";
import { startPublisher } from "./publisher.ts";
import type { Sampler } from "./sampler.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** What is reported of half a second in which every publication fails. */
async function reported(error: Error): Promise<string[]> {
  const sentences: string[] = [];
  const publish = async () => {
    throw error;
  };
  const client = {
    status: { get: () => ({ state: "live" }) },
    topic: () => ({ publish }),
  } as unknown as Client;
  const stop = startPublisher({
    client,
    clock: { now: () => 1 } as unknown as HubClock,
    sampler: {
      quick: () => [{ topic: "host.a.load", data: {} }],
      slow: async () => [],
    } as unknown as Sampler,
    report: (sentence) => void sentences.push(sentence),
  });
  await vi.advanceTimersByTimeAsync(500);
  stop();
  return sentences;
}

test("a refusal is reported once, however often it is told", async () => {
  const refused = new ClientError("forbidden", { message: "This token may not publish there." });
  expect(await reported(refused)).toEqual(["This token may not publish there."]);
});

test.each(["unknown-outcome", "unreachable"] as const)(
  "what was under way when the hub went is no refusal: %s",
  async (code) => {
    expect(await reported(new ClientError(code))).toEqual([]);
  },
);
