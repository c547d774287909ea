// A hub that is killed again and again, with publishers that do not give up and subscribers that go on where they stood. What everybody saw is
// held against what is there in the end.

import { covers, down, type Pattern } from "@fanwire/protocol";
import { catchInto, client, type Fault, type Live, SeededRandom } from "@fanwire/testkit";
import { TestHub } from "../hub.testkit.ts";
import { numberIn } from "./payload.testkit.ts";
import { Places } from "./places.testkit.ts";
import { type Confirmed, Publisher } from "./publisher.testkit.ts";
import { snapshotOf } from "../records.testkit.ts";
import { type Ground, Subscriber, type Truth } from "./subscriber.testkit.ts";

const DURABLE = ["d.a", "d.b", "d.c", "t.a"];
const PASSING = "e.x";
const FOLLOWED = [...DURABLE, "d.*", "t.*", "**"];

/** How much is kept of topics below `t`; of the others all. */
const KEPT = 5;

const history = { count: 100_000, bytes: 1e9, ageMs: 1e9 };

/** Stands for a record that was lost: its LSN is not given again. */
const LOST = new Uint8Array(0);

/** How the store of a world lies; null: not at all. */
export type Lie =
  | null
  /** It answers before it has stored. */
  | "confirms-early"
  /** What was confirmed last is not there after a crash. */
  | "loses-the-last"
  /** Two stored records change their places. */
  | "swaps-records"
  /** A snapshot stands for more than it holds. */
  | "snapshot-too-short"
  /** It has lost something, and is of the same era. */
  | "keeps-era-after-loss";

class CrashWorld implements Ground {
  readonly random: SeededRandom;
  readonly faults: Fault[] = [];
  readonly places: Places;
  crashes = 0;
  losses = 0;
  hub: TestHub;
  readonly #lie: Lie;
  readonly #publishers: readonly Publisher[];
  readonly #subscribers: Subscriber[];
  #snapshot: Uint8Array[] = [];
  /** The first record that the snapshot does not stand for, from 1. */
  #from = 1;
  #payload = 0;
  #run = 7;
  #era = 5;

  constructor(seed: number, lie: Lie = null) {
    this.random = new SeededRandom(seed);
    this.#lie = lie;
    this.places = new Places(this.tell);
    const storedOf = (topic: string): readonly Uint8Array[] | null => this.storedOf(topic);
    this.#publishers = [11, 12, 13, null].map(
      (producer) => new Publisher(`p${producer}`, producer, this.places, storedOf),
    );
    this.#subscribers = [
      ...FOLLOWED.map((pattern) => new Subscriber(pattern, this)),
      ...["d.a", "t.a"].map((topic) => new Subscriber(topic, this, true)),
    ];
    this.hub = this.#start([]);
    this.#connectAll();
  }

  readonly tell = (kind: Fault["kind"], sentence: string): void => {
    this.faults.push({ kind, sentence });
  };

  get confirmed(): readonly Confirmed[] {
    return this.#publishers.flatMap(({ confirmed }) => confirmed);
  }

  storedOf(topic: string): readonly Uint8Array[] | null {
    return topic.startsWith("d.") || topic.startsWith("t.") ? this.hub.stored : null;
  }

  keptOf(topic: string): number {
    return topic.startsWith("t.") ? KEPT : Infinity;
  }

  headsOf(pattern: string): { topic: string; epoch: number; head: number }[] {
    return DURABLE.filter((topic) => covers(pattern as Pattern, topic as Pattern)).map((topic) => {
      const { epoch, head } = this.#grantOf(topic);
      return { topic, epoch, head };
    });
  }

  act(): void {
    const { random, hub } = this;
    switch (random.below(14)) {
      case 0:
        return this.#crash();
      case 1:
        return this.#takeSnapshot();
      case 2:
      case 3:
      case 4:
        return hub.store(random.below(hub.appended.length + 1));
      case 5:
        return this.#refuse();
      case 6:
        return this.#cut();
      case 7:
        for (const publisher of this.#publishers) publisher.retry();
        return;
      case 8:
        return this.#readAll();
      case 9:
        return hub.advance(random.of([1, 100, 2000]));
      default:
        return this.#publish(random.of([...DURABLE, PASSING]));
    }
  }

  /** Nothing bad happens any more: everything comes to rest, something new is taken and delivered, and all is compared. */
  end(): void {
    this.#rest();
    for (const topic of DURABLE) this.#publish(topic);
    this.#rest();
    for (const { name, waiting } of this.#publishers)
      if (waiting.length > 0)
        this.tell("stuck", `${waiting.length} publications of ${name} were never confirmed`);
    for (const subscriber of this.#subscribers) subscriber.compareGaps();
    for (const topic of DURABLE) this.#compare(this.#truthOf(topic));
  }

  #rest(): void {
    for (let i = 0; i < 10; i++) {
      this.hub.store();
      this.#readAll();
      for (const publisher of this.#publishers) publisher.retry();
      this.hub.store();
      this.hub.advance(50);
    }
    this.#readAll();
  }

  #start(stored: readonly Uint8Array[], snapshot: readonly Uint8Array[] = [], from = 1): TestHub {
    const topics = [
      { match: "d.**" as Pattern, history, durable: true },
      { match: "t.**" as Pattern, history: { ...history, count: KEPT }, durable: true },
    ];
    const hub = new TestHub({ topics, pingMs: 1e12 }, this.#run++);
    const restore = hub.broker.restore();
    for (const record of snapshot) restore.record(record, 0);
    for (let i = from - 1; i < stored.length; i++)
      if (stored[i] !== LOST) restore.record(stored[i]!, i + 1);
    hub.stored.push(...stored);
    // as long as the other era is not on disk, each start is the first of it
    if (restore.era !== this.#era)
      for (const subscriber of this.#subscribers) subscriber.mayHaveLost = true;
    hub.broker.restored(restore, this.#era, stored.length + 1, this.#run);
    this.places.restart(snapshot);
    return hub;
  }

  #connectAll(): void {
    for (const publisher of this.#publishers) this.#connect(publisher);
    for (const subscriber of this.#subscribers) this.#follow(subscriber);
  }

  #connect(publisher: Publisher): void {
    publisher.connect(this.hub.join());
    this.#hurry();
  }

  #follow(subscriber: Subscriber): void {
    subscriber.follow(this.hub.join(undefined, true));
  }

  #publish(topic: string): void {
    this.random.of(this.#publishers).publish(topic, ++this.#payload);
    this.#hurry();
  }

  /** A store that lies answers at once. */
  #hurry(): void {
    if (this.#lie !== "confirms-early") return;
    this.hub.broker.stored(this.hub.appended.splice(0).length, this.hub.stored.length + 1);
    this.hub.flush();
  }

  #readAll(): void {
    for (const publisher of this.#publishers) publisher.hear();
    for (const subscriber of this.#subscribers) subscriber.read();
  }

  #cut(): void {
    const { random } = this;
    if (random.below(2) === 0) {
      const publisher = random.of(this.#publishers);
      publisher.c.disconnect();
      return this.#connect(publisher);
    }
    const subscriber = random.of(this.#subscribers);
    if (random.below(2) === 0) subscriber.read(true);
    subscriber.disconnect();
    this.#follow(subscriber);
  }

  /** The disk is full for all that is under way. */
  #refuse(): void {
    if (this.#lie !== "confirms-early") this.hub.refuse();
    for (const publisher of this.#publishers) publisher.hear();
  }

  #takeSnapshot(): void {
    const { hub, random } = this;
    hub.store();
    const from = hub.stored.length + 1;
    const records = snapshotOf(
      hub,
      () => 100 + random.below(500),
      () => {
        for (let left = random.below(3); left > 0; left--) this.#publish(random.of(DURABLE));
        if (random.below(3) > 0) hub.store(random.below(hub.appended.length + 1));
        if (random.below(12) === 0) this.#refuse();
      },
    );
    // it counts when all that it holds is on disk
    hub.store();
    this.#snapshot = records;
    this.#from = from + (this.#lie === "snapshot-too-short" ? 3 : 0);
  }

  /** The process is gone. Of what the store had not answered some is on disk. */
  #crash(): void {
    const { hub, random } = this;
    this.crashes++;
    this.#readSome();
    const stored = [...hub.stored, ...hub.appended.slice(0, random.below(hub.appended.length + 1))];
    this.#lieAbout(stored);
    if (random.below(8) === 0) this.#lose(stored);
    this.hub = this.#start(stored, this.#snapshot, this.#snapshot.length > 0 ? this.#from : 1);
    this.#connectAll();
  }

  #lieAbout(stored: Uint8Array[]): void {
    const behind = stored.length - this.#from;
    if (this.#lie === "loses-the-last") stored.length -= Math.min(2, behind + 1);
    if (this.#lie === "swaps-records" && behind > 2) stored.push(stored.splice(-2, 1)[0]!);
    if (this.#lie === "keeps-era-after-loss" && behind > 4) stored.length -= 3;
  }

  /** The end of the log is damaged, and what can be proved is salvaged: a store of another era, without what was confirmed last. */
  #lose(stored: Uint8Array[]): void {
    const lost = Math.min(1 + this.random.below(20), stored.length - this.#from + 1);
    if (lost <= 0) return;
    this.losses++;
    for (let i = 1; i <= lost; i++) stored[stored.length - i] = LOST;
    this.#era++;
    for (const publisher of this.#publishers) publisher.confirmed = [];
  }

  #readSome(): void {
    for (const subscriber of this.#subscribers)
      if (this.random.below(2) === 0) subscriber.read(true);
    for (const publisher of this.#publishers) if (this.random.below(2) === 0) publisher.hear();
  }

  #compare(truth: Truth): void {
    const { topic, payloads } = truth;
    const kept = [...payloads.values()];
    if (new Set(kept).size !== kept.length)
      this.tell("doubled", `${topic} has a publication twice`);
    const first = payloads.keys().next().value ?? Infinity;
    for (const one of this.confirmed) {
      // its epoch may be another one: that of a salvaged store holds when it is on disk
      if (one.topic !== topic || one.offset < first) continue;
      if (payloads.get(one.offset) !== one.payload)
        this.tell("lost", `${topic} has lost ${one.payload}, confirmed at ${one.offset}`);
    }
    for (const subscriber of this.#subscribers) subscriber.compare(truth);
  }

  #grantOf(topic: string): { readonly epoch: number; readonly head: number } {
    const c = this.hub.join();
    c.send(client.subscribeWith(1, topic, 0));
    const grant = (c.take().find(([op]) => op === down.OK)![2] as number[][])[0]!;
    c.disconnect();
    return { epoch: grant[2]!, head: grant[3]! };
  }

  /** What is there in the end. */
  #truthOf(topic: string): Truth {
    const c = this.hub.join();
    c.send(client.subscribeWith(1, topic, { epoch: 0, offset: 0 }));
    const frames = c.take();
    const grant = (frames.find(([op]) => op === down.OK)![2] as number[][])[0]!;
    const payloads = frames
      .filter(([op]) => op === down.PUBLICATION)
      .map((frame): [number, number] => [
        frame[2] as number,
        numberIn((frame.at(-1) as Uint8Array).slice())!,
      ]);
    return { topic, epoch: grant[2]!, payloads: new Map(payloads) };
  }
}

/** Acts in a life. */
const ACTS = 100;

/** A whole life, with a store that lies or does not. */
export function liveWith(seed: number, lie: Lie): ReturnType<Live> {
  const faults: Fault[] = [];
  const figures = { crashes: 0, losses: 0, confirmed: 0 };
  catchInto(faults, () => {
    const world = new CrashWorld(seed, lie);
    catchInto(world.faults, () => {
      for (let i = 0; i < ACTS; i++) world.act();
      world.end();
    });
    faults.push(...world.faults);
    figures.crashes = world.crashes;
    figures.losses = world.losses;
    figures.confirmed = world.confirmed.length;
  });
  return { faults, figures };
}

export const live: Live = (seed) => liveWith(seed, null);
