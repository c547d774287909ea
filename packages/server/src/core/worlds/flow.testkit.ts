// A hub with clients that are slow, stalled, cut and deprived of rights, in rounds that are paid in slices: whatever they get, and when, each has
// all of it or is told what is missing.

import { down } from "@fanwire/protocol";
import {
  catchInto,
  client,
  type Fault,
  FaultError,
  type Live,
  SeededRandom,
} from "@fanwire/testkit";
import type { Claims } from "../claims.ts";
import { claimsOf, keyedHub } from "../claims.testkit.ts";
import { flowBounds, type FlowBounds } from "../flow.ts";
import type { TestClient, TestHub } from "../hub.testkit.ts";
import { type FollowedWorld, Follower, type Published } from "./follower.testkit.ts";

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
const WIDE = ["*", "a.**", "h.*", "**", "*.x", "t.*"];
const PATTERNS = [...TOPICS, ...WIDE];

/** What subscribers ask for; the first more often than the others. */
const MODES = [
  null,
  null,
  null,
  { lag: 1 },
  { lag: 1, intervalMs: 16 },
  { lag: 1, intervalMs: 500 },
];

/** What tokens grant. */
const RIGHTS = [["**"], ["**"], ["a.**", "h.*"], ["h.*", "t.1", "b"], ["a", "h.1", "*.x"], []];

/** More than a session of this world may ever be sent and not have seen, in bytes. */
const IN_FLIGHT_MAX = 20_000;

const STEPS = 80;

class FlowWorld implements FollowedWorld {
  readonly random: SeededRandom;
  readonly hub: TestHub;
  readonly followers: Follower[] = [];
  readonly stalled: Set<Follower> = new Set();
  readonly published: Published[] = [];
  readonly publisher: TestClient;
  publications = 0;
  gaps = 0;
  readonly #tokens: readonly Claims[] = RIGHTS.map((sub) => claimsOf({ sub, pub: ["**"] }));

  constructor(seed: number) {
    this.random = new SeededRandom(seed);
    const history = { count: 1000, bytes: 1_000_000, ageMs: 1_000_000_000 };
    this.hub = keyedHub({
      flow,
      pingMs: 1_000_000_000,
      subjectConnectionsMax: 1000,
      topics: [
        { match: "h.**" as never, history },
        { match: "t.**" as never, history: { ...history, count: 4 } },
      ],
    });
    this.publisher = this.hub.joinAs(this.#tokens[0]!);
    for (let i = 0; i < 3; i++) {
      const follower = new Follower(this.#join(), this);
      this.followers.push(follower);
      for (const pattern of [this.random.of(TOPICS), this.random.of(WIDE)])
        follower.subscribe(pattern, null);
    }
  }

  get shown(): number {
    return this.published.length;
  }

  mayGap(topic: string | null): boolean {
    return topic === null || !topic.startsWith("h.");
  }

  act(): void {
    const { random, hub } = this;
    const roll = random.below(22);
    const follower = this.followers.length > 0 ? random.of(this.followers) : undefined;
    if (roll === 0 || follower === undefined) this.followers.push(new Follower(this.#join(), this));
    else if (roll < 3) this.#subscribe(follower);
    else if (roll === 3) this.#unsubscribe(follower);
    else if (roll === 4) this.stalled.add(follower);
    else if (roll === 5) this.stalled.delete(follower);
    else if (roll === 6 && random.below(6) === 0) this.#leave(follower);
    else if (roll < 14) this.publish(random.of(TOPICS));
    else if (roll < 16) hub.advance(random.below(3000));
    else if (roll === 16 && random.below(2) === 0) this.#authenticate(follower);
    else if (roll === 17 && random.below(2) === 0) this.#cut(follower);
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

  /** All are at the head in the end, get what is published then, and have all that there was. */
  end(): void {
    this.drain();
    for (const topic of TOPICS) this.publish(topic);
    this.drain();
    for (const follower of this.followers) {
      const { session } = follower.client;
      if (session?.phase !== "live") throw new FaultError("stuck", "a session was closed");
      if (session.lagging !== null || session.flow.isBehind || session.out !== null)
        throw new FaultError("stuck", "a cursor is not at the head though all was taken");
      follower.checkWhole(this.published);
      this.#count(follower);
    }
  }

  publish(topic: string): void {
    const payload = new Uint8Array(this.random.below(200));
    const show = this.published.length + 1;
    this.published.push({ topic, epoch: 0, offset: 0, show });
    this.publisher.say(client.publish(show, topic, payload));
  }

  #join(): TestClient {
    return this.hub.joinAs(this.#tokens[0]!, true);
  }

  /** Those who are not stalled read, and say so. */
  #receive(saysSeen = false): void {
    this.#confirm();
    for (const follower of this.followers) {
      const { session } = follower.client;
      if (session?.phase === "live" && session.flow.inFlight >= IN_FLIGHT_MAX)
        throw new FaultError("unbounded", `${session.flow.inFlight} bytes are in flight`);
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

  #subscribe(follower: Follower): void {
    const pattern = this.random.of(PATTERNS);
    if (!follower.follows(pattern)) follower.subscribe(pattern, this.random.of(MODES));
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

  /** A fresh token, with more rights or less. What was written before it is the follower's. */
  #authenticate(follower: Follower): void {
    follower.read();
    const which = this.random.below(RIGHTS.length);
    follower.client.say(client.auth(3, "token"));
    this.hub.sayVerified(this.#tokens[which]!);
    follower.isNarrowedTo(RIGHTS[which]!);
  }

  /** The connection is lost with some of what was written to it, and the next one goes on where that ended. */
  #cut(follower: Follower): void {
    const before = follower.client;
    const messages = before.writes.flat();
    before.writes = [messages.slice(0, this.random.below(messages.length + 1))];
    follower.read();
    before.disconnect();
    const opened = this.#join();
    follower.rights = RIGHTS[0]!;
    follower.resume(opened);
  }

  #leave(follower: Follower): void {
    this.#count(follower);
    follower.client.disconnect();
    this.followers.splice(this.followers.indexOf(follower), 1);
    this.stalled.delete(follower);
  }

  #count(follower: Follower): void {
    this.publications += follower.publications;
    this.gaps += follower.gaps;
  }
}

export const live: Live = (seed) => {
  const faults: Fault[] = [];
  const world = new FlowWorld(seed);
  catchInto(faults, () => {
    for (let i = 0; i < STEPS; i++) world.act();
    world.end();
  });
  return { faults, figures: { publications: world.publications, gaps: world.gaps } };
};
