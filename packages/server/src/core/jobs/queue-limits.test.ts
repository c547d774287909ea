import { down } from "@fanwire/protocol";
import { client } from "@fanwire/testkit";
import { expect, test } from "vitest";
import { claimsOf, keyedHub } from "../claims.testkit.ts";
import type { TestClient, TestHub } from "../hub.testkit.ts";
import type { Rate } from "../rate-limit.ts";
import { answersOf, ask, jobsOf, queueHub, sentenceOf } from "./hub.testkit.ts";

const low = (perSecond: number, burst: number, limit: string): Rate => ({
  perSecond,
  burst,
  limit,
});
const plenty = low(1_000_000, 1_000_000, "plenty");

const many = (length: number): object[] => Array.from({ length }, () => ({}));

/** A client of a hub that allows ten of each, and then one a second. */
function limited(rights: object = {}): { hub: TestHub; c: TestClient } {
  const hub = keyedHub({
    pingMs: 1_000_000_000,
    rates: {
      publish: low(1, 10, "publishPerSecond"),
      publishBytes: low(1000, 5000, "publishBytesPerSecond"),
      subscribe: low(1, 10, "subscribePerSecond"),
      auth: plenty,
      ping: plenty,
      excess: low(1, 20, "excessPerSecond"),
    },
  });
  hub.broker.restored(hub.broker.restore(), 5, 1, 1);
  const queue = { send: ["q"], consume: ["q"], manage: ["q"] };
  const c = hub.joinAs(claimsOf({ queue, pub: ["**"], ...rights }));
  c.send(client.manage(100, "declare", "q"));
  hub.store();
  c.take();
  return { hub, c };
}

test("QH21 sends count as publications do, those of a SEND_MANY each", () => {
  const { hub, c } = limited();
  c.send(client.publish(1, "a"), client.job(2, "q"), client.jobs(3, "q", many(8)));
  c.send(client.job(4, "q"), client.publish(5, "a"));
  hub.store();
  const answers = answersOf(c.take()).map(([op, id, code]) => [op, id, op === down.OK ? 0 : code]);
  expect(new Set(answers.map(String))).toEqual(
    new Set(
      [
        [down.OK, 1, 0],
        [down.OK, 2, 0],
        [down.OK, 3, 0],
        [down.REFUSED, 4, 300],
        [down.REFUSED, 5, 300],
      ].map(String),
    ),
  );
  expect(hub.broker.counts.limited["publishPerSecond"]).toBe(2);
  hub.advance(1100);
  c.send(client.job(6, "q"));
  hub.store();
  expect(answersOf(c.take())).toMatchObject([[down.OK, 6, 10, false]]);
});

test("QH21 their bytes count too", () => {
  const { hub, c } = limited();
  c.send(client.job(1, "q", new Uint8Array(4000)), client.job(2, "q", new Uint8Array(4000)));
  hub.store();
  expect(answersOf(c.take()).map(([op, id]) => [op, id])).toEqual([
    [down.REFUSED, 2],
    [down.OK, 1],
  ]);
  expect(hub.broker.counts.limited["publishBytesPerSecond"]).toBe(1);
});

test("QH21 CONSUME and MANAGE count as SUBSCRIBE does", () => {
  const { hub, c } = limited();
  for (let i = 1; i <= 3; i++)
    c.send(
      client.consume(i * 3, "q", { credit: 0 }),
      client.manage(i * 3 + 1, "stats", "q"),
      client.subscribe(i * 3 + 2, "a"),
    );
  c.take();
  c.send(client.consume(20, "q"), client.manage(21, "stats", "q"), client.subscribe(22, "a"));
  expect(answersOf(c.take())).toEqual([
    [down.REFUSED, 20, 300],
    [down.REFUSED, 21, 300],
    [down.REFUSED, 22, 300],
  ]);
  expect(hub.broker.counts.limited["subscribePerSecond"]).toBe(3);
});

test("QH21 who goes on sending against refusals is closed", () => {
  const { c } = limited();
  for (let i = 1; i < 60; i++) c.send(client.job(i, "q"));
  expect(c.closedWith).toMatchObject({ code: 4006 });
});

test("QH21 who sends frames that say nothing, again and again, is closed", () => {
  for (const frame of [client.cancel(1, 77), client.settle(1, "q"), client.jobs(1, "q", [])]) {
    const { c } = limited();
    for (let i = 1; i < 60; i++) c.send(frame);
    expect(c.closedWith).toMatchObject({ code: 4006 });
  }
});

test("QH1 there are 10,000 queues at most", () => {
  const hub = queueHub();
  const c = hub.join();
  for (let i = 2; i <= 10_001; i++) c.say(client.manage(i, "declare", `n${i}`, { durable: false }));
  hub.flush();
  const frames = c.take();
  expect(answersOf(frames).filter(([op]) => op === down.REFUSED)).toEqual([
    [down.REFUSED, 10_001, 304],
  ]);
  expect(sentenceOf(frames, 10_001)).toContain("10,000");
  hub.advance(2000);
  let listed = 0;
  for (let after: string | undefined = ""; after !== undefined;) {
    const page: string[] = Object.keys(ask(hub, "list", { after }));
    listed += page.length;
    after = page.at(-1);
  }
  expect(listed).toBe(10_000);
});

test("QH4 one SEND_MANY is answered whole, however long the sentences are", () => {
  const hub = queueHub();
  const c = hub.join();
  c.send(
    client.ping(1),
    client.jobs(
      1,
      "q",
      Array.from({ length: 1000 }, () => ({ options: { ["x".repeat(40)]: 1 } })),
    ),
  );
  const [ok] = answersOf(c.take());
  expect(ok![2]).toHaveLength(1000);
});

test("QH2 jobs wait for the store only as long as it has room for them", () => {
  const hub = queueHub({}, { pendingBytesMax: 1000 });
  const c = hub.join();
  for (let i = 1; i <= 3; i++) c.send(client.job(i, "q", new Uint8Array(400)));
  expect(answersOf(c.take())).toEqual([[down.REFUSED, 3, 305]]);
  hub.store();
  c.send(client.job(4, "q", new Uint8Array(400)));
  hub.store();
  expect(answersOf(c.take()).map(([op, id]) => [op, id])).toEqual([
    [down.OK, 1],
    [down.OK, 2],
    [down.OK, 4],
  ]);
  expect(hub.broker.queueSums.storingBytes).toBe(0);
});

test("QH8 many consumers and many jobs: each job is out once", () => {
  const hub = queueHub();
  const workers = Array.from({ length: 40 }, () => {
    const w = hub.join();
    w.send(client.consume(1, "q", { credit: 5 }), client.consume(2, "q", { credit: 5 }));
    return w;
  });
  hub.join().send(client.jobs(1, "q", many(1000)));
  hub.store();
  const seqs = workers.flatMap((w) => jobsOf(w.take()).map(({ seq }) => seq));
  expect(new Set(seqs).size).toBe(400);
  expect(seqs).toHaveLength(400);
});
