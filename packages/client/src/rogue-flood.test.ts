// Servers that never stop: what they say is not kept.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { batch } from "@fanwire/testkit";
import { afterEach, describe, expect, test } from "vitest";
import { hub } from "./fake-hub.testkit.ts";
import { closeAll, frame, type Peer, Rogue, Victim } from "./rogue.testkit.ts";

afterEach(closeAll);

describe("who is flooded", () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const heldBytes = (): number => {
    collect();
    const { heapUsed, external, arrayBuffers } = process.memoryUsage();
    return heapUsed + external + arrayBuffers;
  };

  /** Messages, again and again, each when the one before it is written. */
  async function flood(peer: Peer, messages: readonly Uint8Array[], rounds: number): Promise<void> {
    for (let n = 0; n < rounds; n++)
      for (const message of messages)
        await new Promise((resolve) => {
          peer.socket.send(message, resolve);
        });
  }

  test.each([
    [
      "publications of nobody's stream",
      Array.from({ length: 8 }, (_, n) => hub.publication(50 + n, n, "x".repeat(8000))),
    ],
    ["the same publication", [hub.publication(1, 1, "x".repeat(8000))]],
    [
      "answers",
      Array.from({ length: 64 }, (_, n) =>
        batch(...Array.from({ length: 100 }, () => hub.published(1000 + n))),
      ),
    ],
    ["gaps", [batch(...Array.from({ length: 200 }, () => hub.gap(1, {})))]],
    [
      "refusals of nothing",
      [batch(...Array.from({ length: 5 }, () => hub.refused(0, "rate-limited")))],
    ],
    ["frames that nobody knows", [frame(127, "x".repeat(16_000))]],
  ])("%s, by the ten thousand, are forgotten when they are heard", async (_name, messages) => {
    let peerOf!: Peer;
    const rogue = new Rogue((peer) => {
      peerOf = peer.behave();
    });
    // what it tells of them must not be what is measured
    const victim = new Victim(await rogue.url(), { onDiagnostic: () => {} });
    const { client } = victim;
    let delivered = 0;
    const subscription = client.topic("a").subscribe(() => delivered++);
    await subscription.ready;
    const rounds = Math.ceil(2000 / messages.length);
    await flood(peerOf, messages, rounds);
    const patient = { timeoutMs: Infinity };
    await client.topic("a").publish(1, patient);
    const before = heldBytes();
    await flood(peerOf, messages, rounds * 3);
    await client.topic("a").publish(2, patient);
    const sent = messages.reduce((sum, { length }) => sum + length, 0) * rounds * 3;
    // some of it is let go a little later
    await expect.poll(() => heldBytes() - before).toBeLessThan(Math.max(sent / 4, 4_000_000));
    expect(delivered).toBeLessThanOrEqual(1);
    expect(victim.causes).toEqual([]);
  });

  test("what a loop does not take is bounded, whatever the hub sends", async () => {
    let peerOf!: Peer;
    const rogue = new Rogue((peer) => {
      peerOf = peer.behave();
    });
    const { client } = new Victim(await rogue.url());
    const loop = client.topic<number>("a").subscribe({ buffer: 100 });
    await loop.ready;
    for (let n = 1; n <= 5000; n++) peerOf.say(hub.publication(1, n, n));
    await client.topic("a").publish(1);
    expect(loop.dropped).toBe(4900);
    for await (const { data } of loop) {
      expect(data).toBe(4901);
      break;
    }
  });
});
