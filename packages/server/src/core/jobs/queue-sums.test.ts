// Whatever happens to queues in whatever order: when everybody has gone and time has passed, nothing is held that is not there.

import { decodePayload, down } from "@fanwire/protocol";
import { client, SeededRandom } from "@fanwire/testkit";
import { expect, test } from "vitest";
import { claimsOf, keyedHub } from "../claims.testkit.ts";
import type { TestClient, TestHub } from "../hub.testkit.ts";
import { type Given, jobsOf, resuming } from "./hub.testkit.ts";

const QUEUES = ["q", "r", "m", "q~dead"];
const RIGHTS = [
  { queue: { send: ["**"], consume: ["**"], manage: ["**"] }, sub: ["**", "$sys.**"], pub: ["**"] },
  { queue: { send: ["q"], consume: ["q"] }, pub: ["**"] },
  { queue: {} },
];
const TOPICS = ["$job.1.state", "$job.2.*", "$queue.q.stats", "$queue.q.*", "$sys.**", "t"];
const VERBS = ["ack", "ack", "ack", "release", "fail", "reject", "touch", "progress"] as const;

class World {
  readonly hub: TestHub;
  readonly happened: Set<number> = new Set();
  readonly #random: SeededRandom;
  readonly #clients: TestClient[] = [];
  readonly #ids: string[] = [];
  readonly #jobs: { readonly c: TestClient; readonly queue: string; readonly job: Given }[] = [];
  #id = 0;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
    this.hub = keyedHub({ consumersMax: 4, unsentBytesMax: 20_000, tokenToleranceMs: 0 });
    this.hub.broker.restored(this.hub.broker.restore(), 5, 1, 1);
    const c = this.hub.joinAs(claimsOf(RIGHTS[0]!));
    const settings = { resumeMs: 2000, leaseMs: 3000, backoffMs: 500, maxFailures: 2 };
    c.send(client.manage(1, "declare", "q", { ...settings, maxProcessingMs: 5000 }));
    c.send(client.manage(2, "declare", "r", { ...settings, singleActive: true, deadLetter: null }));
    c.send(client.manage(3, "declare", "m", { ...settings, durable: false, ratePerSecond: 50 }));
    c.disconnect();
    this.hub.store();
  }

  act(): void {
    const { hub } = this;
    const random = this.#random;
    const c = random.of(this.#clients) as TestClient | undefined;
    if (c === undefined || random.below(12) === 0) return this.#connect();
    this.#listen(c);
    const queue = random.of(QUEUES);
    const id = ++this.#id;
    switch (random.below(16)) {
      case 0:
      case 1:
      case 2:
        return c.say(
          client.job(id, queue, new Uint8Array(random.of([1, 2000])), {
            options: random.of([
              {},
              { id: random.of(["1", "2"]) },
              { delayMs: 700 },
              { group: "g" },
            ]),
          }),
        );
      case 3:
        return this.#consume(c, id, queue);
      case 4:
        return c.say(
          random.of([
            client.cancel(id, 1 + random.below(4), random.below(2) === 0),
            client.credit(id, 1 + random.below(4), random.below(4)),
          ]),
        );
      case 5:
      case 6:
      case 7:
        return this.#settle(id);
      case 8:
        return hub.store(random.below(hub.appended.length + 1));
      case 9:
        if (random.below(4) > 0) return hub.store();
        hub.refuse(random.below(hub.appended.length + 1));
        return hub.broker.storeIsFull(false);
      case 10:
        return hub.advance(random.of([5, 100, 1000, 4000]));
      case 11:
        c.disconnect();
        return hub.flush();
      case 12:
        return this.#manage(c, id, queue);
      case 13:
        if (random.below(3) > 0) return c.say(client.subscribe(id, random.of(TOPICS)));
        return c.say(client.unsubscribe(id, random.of(TOPICS)));
      case 14:
        c.say(client.auth(id, "to.k.en"));
        if (hub.asked.length > 0) hub.verified(claimsOf(random.of(RIGHTS)));
        return hub.flush();
      default:
        c.unsentBytes = random.of([0, 3000, 30_000]);
        if (c.unsentBytes === 0) hub.broker.drained(c);
        return c.say(client.publish(0, "t", 1));
    }
  }

  end(): void {
    const { hub } = this;
    for (const c of this.#clients) c.disconnect();
    for (let i = 0; i < 10; i++) {
      hub.store();
      hub.advance(60_000);
    }
  }

  /** The figures of each queue that is there. */
  stats(): Record<string, Record<string, number>> {
    const c = this.hub.joinAs(claimsOf(RIGHTS[0]!));
    const all: Record<string, Record<string, number>> = {};
    for (const queue of QUEUES) {
      c.send(client.manage(1, "stats", queue));
      const [[op, , result] = []] = c.take();
      if (op === down.OK)
        all[queue] = decodePayload((result as Map<string, Uint8Array>).get("stats")!) as Record<
          string,
          number
        >;
    }
    c.disconnect();
    return all;
  }

  #connect(): void {
    const random = this.#random;
    const claims = claimsOf(random.of([RIGHTS[0]!, ...RIGHTS]), {
      subject: random.of(["ada", "bob"]),
    });
    const c = this.hub.connect(undefined, { token: null, claims });
    const before = random.of([...this.#ids, "none"]);
    c.send(random.below(2) === 0 ? client.hello() : resuming(before, random.of(["secret", "no"])));
    this.#clients.push(c);
    this.#ids.push(`session-${Number(this.#ids.at(-1)?.split("-")[1] ?? 0) + 1}`);
    if (this.#clients.length > 6) this.#clients.shift()!.disconnect();
  }

  #consume(c: TestClient, id: number, queue: string): void {
    const random = this.#random;
    c.say(
      client.consume(
        id,
        queue,
        random.of([{ concurrency: 2 }, { credit: 3 }, { pull: 2 }, { pull: 3, waitMs: 900 }]),
      ),
    );
    this.hub.flush();
  }

  #settle(id: number): void {
    const random = this.#random;
    if (this.#jobs.length === 0) return;
    const { c, queue, job } = random.of(this.#jobs);
    const by = random.below(8) === 0 ? random.of(this.#clients) : c;
    by.say(client.settle(id, queue, [random.of(VERBS), job.seq, job.lease]));
  }

  #manage(c: TestClient, id: number, queue: string): void {
    const random = this.#random;
    const pattern = random.of(["t", "*"]);
    const [verb, args] = random.of([
      ["pause", null],
      ["resume", null],
      ["resume", null],
      ["redrive", null],
      ["bind", { pattern, from: random.of([null, [0, 0]]) }],
      ["unbind", { pattern }],
      ["purge", { depth: random.below(3) }],
      ["delete", { depth: random.below(2) }],
      ["declare", { leaseMs: 3000, resumeMs: 2000 }],
      ["declare", { singleActive: random.below(2) === 0, alter: true }],
      ["look", { state: "leased" }],
    ] as const);
    c.say(client.manage(id, verb, queue, args));
  }

  #listen(c: TestClient): void {
    for (const frame of c.take()) {
      this.happened.add(frame[0] as number);
      if (frame[0] !== down.DELIVERY) continue;
      const [job] = jobsOf([frame]);
      this.#jobs.push({ c, queue: this.#random.of(QUEUES), job: job! });
      for (const queue of QUEUES) this.#jobs.push({ c, queue, job: job! });
      if (this.#jobs.length > 60) this.#jobs.splice(0, 30);
    }
  }
}

const happened = new Set<number>();

test.each(Array.from({ length: 120 }, (_, i) => i))(
  "L11 world %i of queues is empty again",
  (seed) => {
    const world = new World(seed);
    for (let i = 0; i < 600; i++) world.act();
    world.end();
    for (const what of world.happened) happened.add(what);
    const { broker } = world.hub;
    const { ids, ...sums } = broker.queueSums;
    expect(sums).toEqual({ takers: 0, storingBytes: 0, isTold: false });
    expect(ids).toBeLessThanOrEqual(2);
    expect([broker.connections, broker.counts.sessions, broker.counts.subscriptions]).toEqual([
      0, 0, 0,
    ]);
    for (const [queue, stats] of Object.entries(world.stats())) {
      const { storing, leased, settling, consumers, concurrency } = stats;
      expect({ queue, storing, leased, settling, consumers, concurrency }).toEqual({
        queue,
        storing: 0,
        leased: 0,
        settling: 0,
        consumers: 0,
        concurrency: 0,
      });
    }
  },
);

test("L11 in these worlds everything happens that a queue may say", () => {
  const { DELIVERY, LOST, ACTIVE, STOPPED, OK, REFUSED, PUBLICATION } = down;
  expect([...happened]).toEqual(
    expect.arrayContaining([DELIVERY, LOST, ACTIVE, STOPPED, OK, REFUSED, PUBLICATION]),
  );
});
