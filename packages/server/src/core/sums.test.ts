// Whatever happens in whatever order: when everybody has gone, nothing is counted that is not there.

import { down } from "@fanwire/protocol";
import { client, SeededRandom } from "@fanwire/testkit";
import { describe, expect, test } from "vitest";
import { claimsOf, keyedHub } from "./claims.testkit.ts";
import type { Claims } from "./claims.ts";
import { type TestClient, TestHub } from "./hub.testkit.ts";
import { refusal } from "./refusal.ts";
import type { Rate } from "./rate-limit.ts";

const TOPICS = ["a", "a.b", "b", "c.ada", "h.x", "h.y"];
const PATTERNS = [...TOPICS, "*", "a.**", "**", "h.*", "c.*", "$presence.**", "$members.a.b"];
const RIGHTS = [
  { sub: ["**"], pub: ["**"], presence: ["**"] },
  { sub: ["a.**", "c.{sub}"], pub: ["a", "h.*"], presence: ["a.*"] },
  { sub: [], pub: [] },
  { sub: ["h.*"], pub: ["**"], limits: { connections: 2, patterns: 1, publishPerSecond: 2 } },
];

const low = (perSecond: number, burst: number): Rate => ({ perSecond, burst, limit: "low" });

class World {
  readonly #random: SeededRandom;
  readonly hub: TestHub = keyedHub({
    subjectConnectionsMax: 5,
    subjectPatternsMax: 2,
    subscriptionsMax: 4,
    patternsMax: 2,
    tokenGraceMs: 2000,
    tokenAgeMaxMs: 60_000,
    pingMs: 20_000,
    pingTimeoutMs: 2000,
    unsentBytesMax: 5000,
    nodeUnsentBytesMax: 20_000,
    keptBytesMax: 5000,
    newTopics: low(1, 3),
    rates: {
      publish: low(5, 10),
      publishBytes: low(1000, 5000),
      subscribe: low(20, 50),
      auth: low(1, 2),
      ping: low(1, 2),
      excess: low(1, 10),
    },
    topics: [
      { match: "h.**" as never, history: { count: 5, bytes: 2000, ageMs: 5000 }, from: true },
    ],
  });
  readonly #clients: TestClient[] = [];
  #id = 0;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
  }

  /** One thing happens. */
  act(): void {
    const { hub } = this;
    const random = this.#random;
    const c = random.of(this.#clients) as TestClient | undefined;
    const id = ++this.#id;
    switch (c === undefined ? 0 : random.below(27)) {
      case 0:
      case 1:
        return this.#connect();
      case 2:
        return this.#verify();
      case 3:
        return c!.disconnect();
      case 4:
        return c!.send(client.auth(id, "to.k.en"));
      case 5:
        hub.broker.revoke(
          random.of([
            { tokenId: "t1" },
            { tokenId: "t2" },
            { subject: "bob", issuedUpTo: hub.clock.time },
          ]),
        );
        return hub.flush();
      case 6:
        return hub.advance(random.of([10, 10, 100, 500, 3000, 25_000]));
      case 7:
        c!.unsentBytes = random.of([0, 100, 3000, 6000]);
        if (c!.unsentBytes === 0) hub.broker.drained(c!);
        return hub.flush();
      case 8:
        return c!.send(client.unsubscribe(id, random.of(PATTERNS)));
      case 9:
        return c!.send(random.of([client.ping(1), client.pong(1), client.seen(0)]));
      case 10:
      case 11:
      case 12:
      case 13:
        return c!.say(
          client.subscribeWith(
            id,
            random.of(PATTERNS),
            random.of([null, 0, 3]),
            random.of([null, null, { lag: 1 }, { lag: 1, intervalMs: 100 }]),
          ),
        );
      case 14:
        return c!.say(client.leave(id, random.of(TOPICS)));
      case 15:
      case 16:
        return c!.say(
          client.enter(id, random.of(TOPICS), new Uint8Array(random.of([1, 10, 1500, 2049]))),
        );
      default:
        return c!.say(
          client.publish(
            random.of([0, id]),
            random.of(TOPICS),
            new Uint8Array(random.of([1, 10, 1500])),
          ),
        );
    }
  }

  #claims(): Claims {
    const { time } = this.hub.clock;
    const random = this.#random;
    return claimsOf(random.of([RIGHTS[0]!, ...RIGHTS]), {
      subject: random.of(["ada", "bob"]),
      tokenId: random.of(["t1", "t2", "t3", null]),
      issuedAt: time - random.below(2000),
      expiresAt: time + random.of([500, 5000, 50_000]),
    });
  }

  #connect(): void {
    const random = this.#random;
    const isTicket = random.below(2) === 0;
    const credentials = { token: null, claims: isTicket ? this.#claims() : null };
    const c = this.hub.connect(undefined, credentials);
    this.#clients.push(c);
    if (random.below(5) > 0)
      c.send(client.hello(1, random.below(2) === 0, isTicket ? null : "to.k.en"));
  }

  #verify(): void {
    if (this.hub.asked.length === 0) return;
    const isGood = this.#random.below(4) > 0;
    this.hub.verified(isGood ? this.#claims() : refusal("unauthenticated", "No."));
  }

  /** Everybody goes, and time passes. */
  end(): void {
    while (this.hub.asked.length > 0) this.#verify();
    for (const c of this.#clients) c.disconnect();
    this.hub.flush();
    this.hub.advance(30 * 60_000);
  }
}

describe("L11", () => {
  const happened = new Set<string>();

  test.each(Array.from({ length: 150 }, (_, i) => i))("L11 world %i is empty again", (seed) => {
    const world = new World(seed);
    for (let i = 0; i < 1000; i++) world.act();
    const { broker } = world.hub;
    world.end();
    for (const what of Object.keys(broker.counts.closed)) happened.add(what);
    for (const what of Object.keys(broker.counts.limited)) happened.add(what);
    if (broker.counts.deliveries > 0) happened.add("deliveries");
    expect({
      connections: broker.connections,
      sessions: broker.counts.sessions,
      subscriptions: broker.counts.subscriptions,
      subjects: broker.subjects,
      topics: broker.topics,
      keptBytes: broker.keptBytes,
      unsentBytes: broker.unsentBytes,
      revocations: broker.revocations,
    }).toEqual({
      connections: 0,
      sessions: 0,
      subscriptions: 0,
      subjects: 0,
      topics: 0,
      keptBytes: 0,
      unsentBytes: 0,
      revocations: 0,
    });
  });

  test("L11 in these worlds everything happens that counts", () => {
    expect([...happened]).toEqual(
      expect.arrayContaining([
        "deliveries",
        "revoked",
        "flooding",
        "lagging",
        "stale",
        "token-expired",
        "too-many-connections",
        "subscriptionsMax",
        "patternsMax",
        "subjectPatternsMax",
      ]),
    );
  });

  test("L11 topics of which everything was refused are forgotten", () => {
    const hub = new TestHub({
      keptBytesMax: 10,
      topics: [{ match: "h.*" as never, history: { count: 5, bytes: 2000, ageMs: 5000 } }],
    });
    const c = hub.join();
    c.send(
      client.publish(1, "a", new Uint8Array(65_537)),
      client.publish(2, "h.x", new Uint8Array(50)),
    );
    c.send(client.enter(3, "room", new Uint8Array(50)));
    expect(c.take().map(([op]) => op)).toEqual([down.REFUSED, down.REFUSED, down.REFUSED]);
    expect(hub.broker.topics).toBe(3);
    hub.advance(30 * 60_000);
    expect(hub.broker.topics).toBe(0);
  });
});
