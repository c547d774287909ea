// Servers whose frames are frames, with what cannot be in them.

import { inspect } from "node:util";
import { encodePayload } from "@fanwire/protocol";
import { afterEach, describe, expect, test } from "vitest";
import type { ClientError } from "./errors.ts";
import { hub } from "./fake-hub.testkit.ts";
import { closeAll, frame, type Peer, Rogue, Victim } from "./rogue.testkit.ts";

afterEach(closeAll);

/** What may stand where something else should. */
const odd: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  1.5,
  Number.NaN,
  Infinity,
  -Infinity,
  2 ** 53,
  -(2 ** 60),
  "",
  "x",
  new Uint8Array(0),
  [],
  [null],
  {},
  { batchBytesMax: 0, pingMs: 0, pingTimeoutMs: 0 },
  { batchBytesMax: "x", payloadBytesMax: null, pingMs: Number.NaN, pingTimeoutMs: Number.NaN },
  { batchBytesMax: -5, pingMs: -1e9, pingTimeoutMs: 1e300 },
];

const frames: Readonly<Record<string, readonly unknown[]>> = {
  welcome: [33, 1, "s1", "secret", 1_700_000_000_000, {}, [], 1_700_000_600_000],
  ok: [34, 1, 7, 5, 1, 0, false],
  grant: [34, 1, [[1, 5, 0, null, 0]]],
  refused: [35, 1, 300, "Because.", 100, null, null],
  publication: [36, 1, 1, 1, null, 3, null, encodePayload("x")],
  "pattern's publication": [37, 2, "b.c", 5, 1, 1, null, 3, null, encodePayload("x")],
  gap: [38, 1, null, 5, 3, 2, 1],
  ended: [39, 1, 203, "Because."],
  "caught up": [40, 1, 5, 1, null],
  ping: [41, 1],
  pong: [42, 1],
  moving: [43, 5],
  mark: [44, 2, Uint8Array.of(1)],
  history: [46, 2, 1, 1, null, 3, null, encodePayload("x")],
};

describe("who is told what cannot be", () => {
  /** The lies about one kind of frame: each element is everything that it is not, and the frame ends before it. */
  const liesOf = (elements: readonly unknown[]): readonly (readonly unknown[])[] =>
    elements.flatMap((_, i) =>
      i === 0 ? [] : [...odd.map((lie) => elements.with(i, lie)), elements.slice(0, i)],
    );

  /** As a hub, but for one lie: in the place of what it is about, else behind the grant. */
  function lieTo(peer: Peer, lie: readonly unknown[]): void {
    const [op, , ...more] = lie;
    const isAnswer = op === 34 || op === 35;
    let isTold = false;
    peer.behave(op === 33 ? frame(...lie) : hub.welcome());
    peer.onPublish((id) => {
      if (isAnswer && !isTold) peer.say(frame(op, id, ...more));
      isTold = true;
      if (!isAnswer || op === 34) peer.say(hub.published(id));
      else peer.onPublish((later) => peer.say(hub.published(later)));
    });
    peer.onSubscribe((id, count) => {
      if (Array.isArray(more[0])) peer.say(frame(34, id, ...more));
      peer.say(hub.granted(id, ...Array.from({ length: count }, (_, n) => ({ sub: n + 1 }))));
      if (!isAnswer && op !== 33) peer.say(frame(...lie));
    });
  }

  test.each(Object.entries(frames))(
    "%s: whatever its elements are, all waits end, and a hub is served",
    async (_name, elements) => {
      for (const lie of liesOf(elements)) {
        const rogue = new Rogue(
          (peer) => void (peer.count === 1 ? lieTo(peer, lie) : peer.behave()),
        );
        const victim = new Victim(await rogue.url(), {
          token: () => "token",
          backoff: { minMs: 1, maxMs: 20 },
        });
        const { client, time } = victim;
        client.topic("a").subscribe(() => {});
        client.topic("b.*").subscribe(() => {});
        const what = `after ${inspect(lie)}`;
        const outcomeOf = (topic: string, timeoutMs: number): Promise<unknown> =>
          client
            .topic(topic)
            .publish(1, { timeoutMs })
            .then(
              () => "published",
              ({ code }: ClientError) => code,
            );
        // what is refused may be said to wait for ever, and ends at its time
        const first = await outcomeOf("c", lie[0] === 35 ? 100 : Infinity);
        const second = await outcomeOf("d", Infinity);
        if (lie[0] !== 35 && lie[0] !== 34) expect(first, what).toBe("published");
        expect(second, what).toBe("published");
        expect(time.faults, what).toEqual([]);
        await client.close();
      }
    },
  );
});
