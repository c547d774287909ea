// Publishes what the sampler reads, at its two paces, for as long as there is a hub to take it.
import { ClientError, type Client, type ErrorCode } from "@fanwire/client";
import type { HubClock } from "../clock/hub-clock.ts";
import type { Sample, Sampler } from "./sampler.ts";

const QUICK_MS = 100;
const SLOW_MS = 1_000;
/** The connection comes back by itself, and what was under way when it was lost is nothing to report. */
const LOST: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["unknown-outcome", "unreachable"]);

export interface PublisherParts {
  readonly client: Client;
  readonly clock: HubClock;
  readonly sampler: Sampler;
  /** Told once for each kind of failure: a hub that refuses does so ten times a second. */
  readonly report: (sentence: string) => void;
}

/** Answers with what ends it. */
export function startPublisher(parts: PublisherParts): () => void {
  const { client, clock, sampler } = parts;
  const failed = onceEach(parts.report);
  let count = 0;
  let reading = false;

  function publish(samples: readonly Sample[]): void {
    // a figure that waited for the hub would be told as if it were new, so what cannot go now does not go
    if (client.status.get().state !== "live") return;
    const t = clock.now();
    for (const { topic, data } of samples)
      client
        .topic(topic)
        .publish({ ...data, t, n: ++count })
        .catch(failed);
  }

  async function slow(): Promise<void> {
    if (reading) return;
    reading = true;
    await sampler.slow().then(publish, failed);
    reading = false;
  }

  const timers = [
    setInterval(() => publish(sampler.quick(performance.now())), QUICK_MS),
    setInterval(() => void slow(), SLOW_MS),
  ];
  void slow();
  return () => timers.forEach(clearInterval);
}

function onceEach(report: (sentence: string) => void): (error: unknown) => void {
  const told = new Set<string>();
  return (error) => {
    if (error instanceof ClientError && LOST.has(error.code)) return;
    const sentence = error instanceof Error ? error.message : String(error);
    if (told.has(sentence)) return;
    told.add(sentence);
    report(sentence);
  };
}
