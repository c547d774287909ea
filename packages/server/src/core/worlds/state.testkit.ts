// A hub with states and members, which is killed again and again: keys that are set, deleted, replaced under a condition and that expire, and
// those who keep them as maps, wherever they were meanwhile.

import type { Pattern } from "@fanwire/protocol";
import { catchInto, type Fault, type Live, SeededRandom } from "@fanwire/testkit";
import { flowBounds, type FlowBounds } from "../flow.ts";
import { TestHub } from "../hub.testkit.ts";
import { Members } from "./members.testkit.ts";
import { Places } from "./places.testkit.ts";
import { snapshotOf } from "../records.testkit.ts";
import { type Value, type WatchedWorld, Watcher } from "./watcher.testkit.ts";
import { type Expected, type Write, Writer } from "./writer.testkit.ts";

const STORED = ["s.a", "s.b"];
const TOPICS = [...STORED, "m.a"];
const KEYS = ["x", "y", "z"];
const ROOM = "$presence.room";
const WATCHED = [...TOPICS, "s.*", "s.*", "m.*", ROOM];

/** A few publications make a session behind. */
const flow: FlowBounds = {
  ...flowBounds,
  windowBytesMin: 400,
  windowBytesMax: 1600,
  lateBytes: 150,
  unreportedBytes: 80,
  pageBytes: 160,
  smallPageBytes: 80,
};

/** Longer than deletions are known, in milliseconds. */
const LONG_MS = 700_000;

/** More than any `ttl` of this world, in milliseconds. */
const TTL_MS = [200, 3000, 60_000];

const ACTS = 90;

class StateWorld implements WatchedWorld {
  readonly random: SeededRandom;
  readonly faults: Fault[] = [];
  crashes = 0;
  mayForget = false;
  hub: TestHub;
  readonly #places: Places;
  readonly #writers: readonly Writer[];
  readonly #watchers: readonly Watcher[];
  readonly #members = new Members("room");
  #snapshot: Uint8Array[] = [];
  #from = 1;
  #run = 7;
  #payload = 0;

  constructor(seed: number) {
    this.random = new SeededRandom(seed);
    this.#places = new Places(this.tell);
    // the hub deletes too, and says nothing
    for (const topic of [...TOPICS, ROOM]) this.#places.publish(0, topic);
    this.#writers = [0, 1].map(() => new Writer(this.#places, () => ++this.#payload));
    this.#watchers = WATCHED.map((pattern) => new Watcher(pattern, this));
    this.hub = this.#start([], 1_700_000_000_000);
    this.#connectAll();
  }

  readonly tell = (kind: Fault["kind"], sentence: string): void => {
    this.faults.push({ kind, sentence });
  };

  get writes(): readonly Write[] {
    return this.#writers.flatMap(({ writes }) => [...writes.values()]);
  }

  saw(topic: string, { epoch, offset, payload }: Value): void {
    if (payload === 0 || topic === ROOM) return;
    const stored = STORED.includes(topic) ? this.hub.stored : null;
    this.#places.seen(topic, epoch, offset, payload, stored);
    for (const writer of this.#writers) writer.saw(payload, epoch, offset);
  }

  act(): void {
    const { random, hub } = this;
    switch (random.below(20)) {
      case 0:
        return this.#crash();
      case 1:
        return this.#takeSnapshot();
      case 2:
      case 3:
      case 4:
      case 5:
        return hub.store(random.below(hub.appended.length + 1));
      case 6:
        hub.refuse(random.below(2) === 0 ? hub.appended.length : 0);
        return this.#hear();
      case 7:
      case 8:
        return this.#comeAndGo(random.of(this.#watchers));
      case 9:
      case 10:
        return this.#readSome();
      case 11:
        return this.#pass();
      case 12:
      case 13:
        return this.#moveMembers();
      default:
        return this.#write();
    }
  }

  /** Nothing bad happens any more: what expires has expired, all are there and have read everything, and it is compared. */
  end(): void {
    for (const watcher of this.#watchers) if (watcher.c === null) this.#follow(watcher);
    this.#rest();
    this.hub.advance(TTL_MS.at(-1)! + 1000);
    this.#rest();
    this.#compareAll();
    this.#replaceAll();
    this.#compareAll();
    for (const write of this.writes) this.#checkCondition(write);
  }

  #rest(): void {
    for (let i = 0; i < 12; i++) {
      this.hub.store();
      this.#hear();
      for (const watcher of this.#watchers) watcher.read(true);
      this.hub.advance(500);
    }
  }

  #start(stored: readonly Uint8Array[], time: number): TestHub {
    const topics = [
      { match: "s.**" as Pattern, history: null, state: true, durable: true },
      { match: "m.**" as Pattern, history: null, state: true },
    ];
    const hub = new TestHub({ topics, flow, pingMs: 1e12 }, this.#run++);
    hub.clock.time = time;
    const restore = hub.broker.restore();
    for (const record of this.#snapshot) restore.record(record, 0);
    for (let i = this.#from - 1; i < stored.length; i++) restore.record(stored[i]!, i + 1);
    hub.stored.push(...stored);
    hub.broker.restored(restore, 5, stored.length + 1, this.#run);
    this.#places.restart(this.#snapshot);
    return hub;
  }

  #connectAll(): void {
    for (const writer of this.#writers) writer.connect(this.hub.join());
    for (const watcher of this.#watchers) if (watcher.c !== null) this.#follow(watcher);
    for (let i = 0; i < 3; i++) this.#members.add(this.hub.join());
    if (this.crashes > 0) return;
    for (const watcher of this.#watchers) this.#follow(watcher);
  }

  #follow(watcher: Watcher): void {
    watcher.follow(this.hub.join(undefined, true));
  }

  #hear(): void {
    for (const writer of this.#writers) writer.hear(this.hub.stored);
  }

  #write(): void {
    const { random } = this;
    const writer = random.of(this.#writers);
    const topic = random.of(TOPICS);
    const key = random.of(KEYS);
    switch (random.below(6)) {
      case 0:
        writer.send(topic, key, { isDeletion: true });
        break;
      case 1:
        writer.send(topic, key, { ttlMs: random.of(TTL_MS) });
        break;
      case 2:
      case 3: {
        // two who know the same
        const expected = this.#knownOf(topic, key);
        for (const each of random.below(2) === 0 ? this.#writers : [writer])
          each.send(topic, key, { expected, isDeletion: random.below(4) === 0 });
        break;
      }
      default:
        writer.send(topic, key);
    }
    this.#hear();
  }

  /** What somebody knows of a key. */
  #knownOf(topic: string, key: string): Expected {
    const watcher = this.#watchers.find(({ pattern }) => pattern === topic)!;
    return watcher.valueOf(topic, key) ?? { epoch: 0, offset: 0 };
  }

  #readSome(): void {
    for (const watcher of this.#watchers)
      if (this.random.below(3) > 0) watcher.read(this.random.below(3) > 0);
    this.#hear();
  }

  #comeAndGo(watcher: Watcher): void {
    if (watcher.c === null) return this.#follow(watcher);
    if (this.random.below(2) === 0) watcher.read(true);
    watcher.leave();
    if (this.random.below(3) === 0) this.#follow(watcher);
  }

  #pass(): void {
    const isLong = this.random.below(4) === 0;
    this.mayForget ||= isLong;
    this.hub.advance(isLong ? LONG_MS : this.random.of([1, 100, 2000, 10_000]));
  }

  #moveMembers(): void {
    const { random } = this;
    const c = random.of(this.#members.connections);
    switch (random.below(4)) {
      case 0:
        return this.#members.leave(c);
      case 1:
        this.#members.cut(c);
        return this.#members.add(this.hub.join());
      default:
        return this.#enter(c);
    }
  }

  #enter(c: Members["connections"][number]): void {
    this.#members.enter(c, ++this.#payload);
  }

  #takeSnapshot(): void {
    const { hub, random } = this;
    hub.store();
    const from = hub.stored.length + 1;
    const records = snapshotOf(
      hub,
      () => 50 + random.below(300),
      () => {
        if (random.below(2) === 0) this.#write();
        if (random.below(2) === 0) hub.store(random.below(hub.appended.length + 1));
      },
    );
    hub.store();
    this.#snapshot = records;
    this.#from = from;
  }

  /** The process is gone. Of what the store had not answered some is on disk. */
  #crash(): void {
    const { hub, random } = this;
    this.crashes++;
    this.#readSome();
    const stored = [...hub.stored, ...hub.appended.slice(0, random.below(hub.appended.length + 1))];
    this.hub = this.#start(stored, hub.clock.time);
    this.#members.clear();
    this.#connectAll();
    for (const c of this.#members.connections) if (random.below(2) === 0) this.#enter(c);
  }

  /** Whoever knows what there is may replace it. */
  #replaceAll(): void {
    const replacing: Write[] = [];
    for (const topic of TOPICS)
      for (const key of KEYS)
        replacing.push(this.#writers[0]!.send(topic, key, { expected: this.#knownOf(topic, key) }));
    this.#rest();
    for (const { topic, key, answer } of replacing)
      if (answer !== "confirmed")
        this.tell("stuck", `${topic} ${key} was replaced by who knew it, and is ${answer}`);
  }

  #truthOf(topic: string): Watcher {
    const watcher = new Watcher(topic, this);
    this.#follow(watcher);
    for (let i = 0; i < 10; i++) {
      watcher.read(true);
      this.hub.advance(100);
    }
    if (!watcher.isCaughtUp) this.tell("stuck", `${topic} is not told to its end`);
    return watcher;
  }

  #compareAll(): void {
    const truths = [...TOPICS, ROOM].map((topic) => this.#truthOf(topic));
    for (const truth of truths) this.#compare(truth);
    this.#checkMembers(truths.at(-1)!);
    for (const truth of truths) truth.leave();
  }

  #compare(truth: Watcher): void {
    const topic = truth.pattern;
    for (const watcher of this.#watchers) {
      if (watcher.pattern !== topic && watcher.pattern !== topic.replace(/\.\w+$/u, ".*")) continue;
      for (const key of new Set([...keysOf(watcher, topic), ...keysOf(truth, topic)])) {
        const [found, wanted] = [watcher, truth].map((each) => each.valueOf(topic, key));
        if (found?.offset !== wanted?.offset || found?.payload !== wanted?.payload)
          this.tell(
            "wrong-state",
            `${watcher.pattern} has ${tellOf(found)} as ${topic} ${key}, which is ${tellOf(wanted)}`,
          );
      }
    }
    if (topic !== ROOM) for (const key of KEYS) this.#checkKey(truth, topic, key);
  }

  /** The last that was confirmed of a key is there, unless something came behind it. */
  #checkKey(truth: Watcher, topic: string, key: string): void {
    const value = truth.valueOf(topic, key);
    const confirmed = this.writes
      .filter((write) => write.topic === topic && write.key === key)
      .filter(({ answer, epoch }) => answer === "confirmed" && epoch === truth.epoch)
      .toSorted((a, b) => b.offset - a.offset)[0];
    if (confirmed === undefined) return;
    const isGone = value === undefined && this.#mayBeDeleted(confirmed, Infinity);
    if (!isGone && (value?.offset ?? 0) < confirmed.offset)
      this.tell(
        "lost",
        `${topic} ${key} is ${tellOf(value)}, and ${confirmed.payload} was confirmed`,
      );
    if (value?.offset === confirmed.offset && (confirmed.isDeletion || confirmed.ttlMs < Infinity))
      this.tell("stuck", `${topic} ${key} is ${tellOf(value)}, which is deleted or has expired`);
  }

  #checkMembers(truth: Watcher): void {
    const found = truth.states.get(ROOM) ?? new Map<string, Value>();
    const { present } = this.#members;
    const seen = [...found].map(([session, { payload }]) => `${session} ${payload}`).toSorted();
    const there = [...present].map(([session, payload]) => `${session} ${payload}`).toSorted();
    if (seen.join() !== there.join())
      this.tell("wrong-members", `${seen.join()} are seen, and ${there.join()} are there`);
  }

  /** What was taken under a condition stands right behind what it was to replace. */
  #checkCondition(write: Write): void {
    const { expected, topic, key, epoch, offset } = write;
    if (expected === null || offset === 0 || write.answer === "refused") return;
    for (const other of this.writes) {
      if (other.topic !== topic || other.key !== key || other.epoch !== epoch) continue;
      const isBetween = other.offset > expected.offset && other.offset < offset;
      const wasDeleted = expected.offset === 0 && this.#mayBeDeleted(other, offset);
      if (isBetween && !wasDeleted)
        this.tell(
          "both-won",
          `${topic} ${key} at ${offset} was to replace ${expected.offset}, and ${other.offset} stands between`,
        );
    }
  }

  /** Whether a write may have been gone when the place behind it was taken. */
  #mayBeDeleted({ topic, key, epoch, offset, isDeletion, ttlMs }: Write, before: number): boolean {
    if (isDeletion || ttlMs < Infinity) return true;
    return this.writes.some(
      (other) =>
        other.topic === topic &&
        other.key === key &&
        (other.isDeletion || other.ttlMs < Infinity) &&
        (other.offset === 0 ||
          (other.epoch === epoch && other.offset > offset && other.offset < before)),
    );
  }
}

function keysOf({ states }: Watcher, topic: string): Iterable<string> {
  return states.get(topic)?.keys() ?? [];
}

function tellOf(value: Value | undefined): string {
  return value === undefined ? "nothing" : `${value.payload} at ${value.offset}`;
}

export const live: Live = (seed) => {
  const faults: Fault[] = [];
  const world = new StateWorld(seed);
  catchInto(faults, () => {
    for (let i = 0; i < ACTS; i++) world.act();
    world.end();
  });
  faults.unshift(...world.faults);
  const confirmed = world.writes.filter(({ answer }) => answer === "confirmed").length;
  return { faults, figures: { crashes: world.crashes, confirmed } };
};
