import { down } from "@fanwire/protocol";
import { client, SeededRandom } from "@fanwire/testkit";
import { describe, expect, test } from "vitest";
import { flowBounds, type FlowBounds } from "./flow.ts";
import { Follower, type Published } from "./follower.testkit.ts";
import { type TestClient, TestHub } from "./hub.testkit.ts";
import type { Settings } from "./settings.ts";

/** A world so small that a few publications make a session behind. */
const flow: FlowBounds = {
  ...flowBounds,
  windowBytesMin: 1000,
  windowBytesMax: 4000,
  lateBytes: 200,
  unreportedBytes: 100,
  pageBytes: 250,
  smallPageBytes: 100,
};

const TOPICS = ["a", "b", "a.x", "h.1", "h.2", "h.1.x", "t.1"];
const PATTERNS = [...TOPICS, "*", "a.**", "h.*", "**", "*.x", "t.*"];

/** What subscribers ask for; the first more often than the others. */
const MODES = [
  null,
  null,
  null,
  { lag: 1 },
  { lag: 1, intervalMs: 16 },
  { lag: 1, intervalMs: 500 },
];

class World {
  readonly random: SeededRandom;
  readonly hub: TestHub;
  readonly followers: Follower[] = [];
  readonly stalled: Set<Follower> = new Set();
  readonly published: Published[] = [];
  readonly publisher: TestClient;
  largestInFlight = 0;
  publications = 0;
  gaps = 0;

  constructor(seed: number, settings: Partial<Settings> = {}) {
    this.random = new SeededRandom(seed);
    const history = { count: 1000, bytes: 1_000_000, ageMs: 1_000_000_000 };
    this.hub = new TestHub({
      flow,
      pingMs: 1_000_000_000,
      topics: [
        { match: "h.**" as never, history },
        { match: "t.**" as never, history: { ...history, count: 4 } },
      ],
      ...settings,
    });
    this.publisher = this.hub.join("publisher");
  }

  act(): void {
    const { random, hub } = this;
    const roll = random.below(20);
    const follower = this.followers.length > 0 ? random.of(this.followers) : undefined;
    if (roll === 0 || follower === undefined) this.#connect();
    else if (roll < 3) this.#subscribe(follower);
    else if (roll === 3) this.#unsubscribe(follower);
    else if (roll === 4) this.stalled.add(follower);
    else if (roll === 5) this.stalled.delete(follower);
    else if (roll === 6 && random.below(6) === 0) this.#leave(follower);
    else if (roll < 14) this.publish(random.of(TOPICS));
    else if (roll < 16) hub.advance(random.below(3000));
    else if (hub.isFlushScheduled) hub.slice(1 + random.below(4));
    this.#receive();
  }

  /** Everybody takes what there is, until nothing is left. */
  drain(): void {
    this.stalled.clear();
    for (let quiet = 0; quiet < 2;) {
      this.hub.flush(3);
      const before = this.hub.broker.counts.sentBytes;
      this.#receive(true);
      this.hub.advance(500);
      this.hub.flush(3);
      quiet = this.hub.broker.counts.sentBytes === before ? quiet + 1 : 0;
    }
  }

  publish(topic: string): void {
    const payload = new Uint8Array(this.random.below(120));
    const show = this.published.length + 1;
    this.published.push({ topic, epoch: 0, offset: 0, show });
    this.publisher.say(client.publish(show, topic, payload));
  }

  /** Those who are not stalled read, and say so. */
  #receive(saysSeen = false): void {
    this.#confirm();
    for (const follower of this.followers) {
      const { session } = follower.client;
      if (session?.phase === "live")
        this.largestInFlight = Math.max(this.largestInFlight, session.flow.inFlight);
      if (this.stalled.has(follower)) continue;
      follower.read();
      if (saysSeen || this.random.below(3) > 0)
        follower.client.say(client.seen(follower.client.receivedBytes));
    }
  }

  /** What the hub has confirmed is what the world knows. */
  #confirm(): void {
    for (const [, id, , epoch, offset] of this.publisher.takeOnly(down.OK)) {
      const i = (id as number) - 1;
      this.published[i] = {
        ...this.published[i]!,
        epoch: epoch as number,
        offset: offset as number,
      };
    }
  }

  #connect(): void {
    const joined = this.hub.join(undefined, true);
    this.followers.push(
      new Follower(
        joined,
        () => this.published.length,
        (topic) => topic === null || !topic.startsWith("h."),
      ),
    );
  }

  #subscribe(follower: Follower): void {
    const pattern = this.random.of(PATTERNS);
    if ([...follower.streams.values(), ...follower.asked].some((s) => s.pattern === pattern))
      return;
    const mode = this.random.of(MODES);
    follower.asked.push({ pattern, isAll: mode === null, shown: this.published.length });
    follower.client.say(client.subscribeWith(1, pattern, null, mode));
  }

  #unsubscribe(follower: Follower): void {
    const entry = [...follower.streams].find(() => this.random.below(2) === 0);
    if (entry === undefined) return;
    this.hub.flush();
    follower.read();
    follower.client.send(client.unsubscribe(2, entry[1].pattern));
    follower.read();
    follower.streams.delete(entry[0]);
  }

  #leave(follower: Follower): void {
    this.publications += follower.publications;
    this.gaps += follower.gaps;
    follower.client.disconnect();
    this.followers.splice(this.followers.indexOf(follower), 1);
    this.stalled.delete(follower);
  }
}

function run(seed: number, steps: number): World {
  const world = new World(seed);
  for (let i = 0; i < steps; i++) world.act();
  world.drain();
  for (const topic of TOPICS) world.publish(topic);
  world.drain();
  for (const follower of world.followers) {
    const { session } = follower.client;
    if (session?.phase !== "live") throw new Error("a session was closed");
    if (session.lagging !== null || session.flow.isBehind || session.out !== null)
      throw new Error("a cursor is not at the head though all was taken");
    follower.checkWhole(world.published);
    world.publications += follower.publications;
    world.gaps += follower.gaps;
  }
  return world;
}

describe("G9", () => {
  test(
    "G9 through 10,000 random schedules nothing is doubled, out of order, or missing without a gap",
    { timeout: 120_000 },
    () => {
      let publications = 0;
      let gaps = 0;
      let largestInFlight = 0;
      for (let seed = 1; seed <= 10_000; seed++) {
        try {
          const world = run(seed, 60);
          publications += world.publications;
          gaps += world.gaps;
          largestInFlight = Math.max(largestInFlight, world.largestInFlight);
        } catch (error) {
          throw new Error(`seed ${seed}`, { cause: error });
        }
      }
      expect(publications).toBeGreaterThan(100_000);
      expect(gaps).toBeGreaterThan(1000);
      expect(largestInFlight).toBeLessThan(20_000);
    },
  );
});
