// A hub that is killed again and again, with publishers that do not give up and subscribers that go on where they stood. What everybody saw is
// held against what is there in the end.

import { down, type EnvelopeValue, type From, type Pattern } from "@fanwire/protocol";
import { client, SeededRandom, type WireFrame } from "@fanwire/testkit";
import { RecordBuffer } from "../record-buffer.ts";
import { type TestClient, TestHub } from "./hub.testkit.ts";

const history = { count: 100_000, bytes: 1e9, ageMs: 1e9 };
const DURABLE = ["d.a", "d.b", "d.c"];
const PASSING = "e.x";
const FOLLOWED = [...DURABLE, "d.*", "**"];

/** How the hub of a world lies; null: not at all. Each is a mistake that somebody could make. */
export type Lie =
  | null
  /** It answers before the store has. */
  | "confirms-early"
  /** What was confirmed last is not there after a crash. */
  | "loses-the-last"
  /** Two stored records change their places. */
  | "swaps-records"
  /** A snapshot stands for more than it holds. */
  | "snapshot-too-short"
  /** The era record of a lossy restore is not looked at: epochs stay although offsets were lost. */
  | "keeps-epoch-after-loss";

interface Waiting {
  readonly topic: string;
  readonly n: number;
  readonly payload: number;
}

interface Confirmed {
  readonly topic: string;
  readonly epoch: number;
  readonly offset: number;
  readonly payload: number;
}

class Publisher {
  readonly producer: number;
  c: TestClient | undefined;
  /** Sent, and not confirmed, in the order of their numbers. */
  waiting: Waiting[] = [];
  readonly asked = new Map<number, Waiting>();
  readonly last = new Map<string, number>();

  constructor(producer: number) {
    this.producer = producer;
  }
}

class Subscriber {
  readonly pattern: string;
  c: TestClient | undefined;
  sub = -1;
  /** By topic: the epoch and the last offset. */
  readonly seen = new Map<string, { epoch: number; offset: number }>();
  /** By topic and epoch: payloads by offset. */
  readonly got = new Map<string, Map<number, number>>();
  mark: Uint8Array | undefined;
  /** What came behind the mark. */
  readonly beyond = new Map<string, { epoch: number; offset: number }>();
  epoch: number | null = null;

  constructor(pattern: string) {
    this.pattern = pattern;
  }

  get isPattern(): boolean {
    return this.pattern.includes("*");
  }

  get from(): From {
    if (this.isPattern)
      return this.mark === undefined
        ? null
        : {
            mark: this.mark,
            topics: [...this.beyond].map(([topic, { epoch, offset }]) => ({
              topic,
              epoch,
              offset,
            })),
          };
    return this.seen.get(this.pattern) ?? { epoch: 0, offset: 0 };
  }
}

export class CrashWorld {
  readonly random: SeededRandom;
  readonly faults: string[] = [];
  readonly confirmed: Confirmed[] = [];
  crashes = 0;
  hub: TestHub;
  readonly #lie: Lie;
  readonly #publishers = [new Publisher(11), new Publisher(12), new Publisher(13)];
  readonly #subscribers: Subscriber[] = [];
  readonly #payloads = new Map<number, string>();
  #snapshot: Uint8Array[] = [];
  /** The first record that the snapshot does not stand for, from 1. */
  #from = 1;
  #payload = 0;
  #id = 0;
  #run = 7;
  #era = 5;

  constructor(seed: number, lie: Lie = null) {
    this.random = new SeededRandom(seed);
    this.#lie = lie;
    this.hub = this.#start([]);
    for (const pattern of FOLLOWED) this.#subscribers.push(new Subscriber(pattern));
    this.#connectAll();
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
        for (const publisher of this.#publishers) this.#retry(publisher);
        return;
      case 8:
        return this.#readAll();
      case 9:
        return hub.advance(random.of([1, 100, 2000]));
      default:
        return this.#publish(random.of(this.#publishers), random.of([...DURABLE, PASSING]));
    }
  }

  /** Nothing bad happens any more: everything comes to rest, and is compared. */
  end(): void {
    for (let i = 0; i < 40; i++) {
      this.hub.store();
      this.#readAll();
      for (const publisher of this.#publishers) this.#retry(publisher);
      this.hub.store();
      this.hub.advance(50);
    }
    this.#readAll();
    this.#compare();
  }

  #start(stored: readonly Uint8Array[], snapshot: readonly Uint8Array[] = [], from = 1): TestHub {
    const hub = new TestHub(
      {
        topics: [{ match: "d.**" as Pattern, history, durable: true }],
        pingMs: 1e12,
      },
      this.#run++,
    );
    const restore = hub.broker.restore();
    for (const record of snapshot) restore.record(record, 0);
    for (let i = from - 1; i < stored.length; i++) restore.record(stored[i]!, i + 1);
    hub.stored.push(...stored);
    hub.broker.restored(restore, this.#era, stored.length + 1);
    return hub;
  }

  #connectAll(): void {
    for (const publisher of this.#publishers) {
      publisher.c = this.hub.join();
      publisher.asked.clear();
      this.#retry(publisher);
    }
    for (const subscriber of this.#subscribers) this.#follow(subscriber);
  }

  #follow(subscriber: Subscriber): void {
    subscriber.c = this.hub.join(undefined, true);
    subscriber.sub = -1;
    subscriber.c.send(client.subscribeWith(1, subscriber.pattern, subscriber.from));
    this.#read(subscriber);
  }

  #publish(publisher: Publisher, topic: string): void {
    const n = (publisher.last.get(topic) ?? 0) + 1;
    publisher.last.set(topic, n);
    const payload = ++this.#payload;
    this.#payloads.set(payload, topic);
    const one = { topic, n, payload };
    // what is not kept is sent once
    if (topic !== PASSING) publisher.waiting.push(one);
    this.#send(publisher, one);
  }

  #send(publisher: Publisher, one: Waiting): void {
    const id = ++this.#id;
    publisher.asked.set(id, one);
    const sameTopic = publisher.waiting.filter(({ topic }) => topic === one.topic);
    const base = Math.min(one.n, ...sameTopic.map(({ n }) => n));
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, one.payload);
    const options: Record<string, EnvelopeValue> = { id: [publisher.producer, one.n, base] };
    publisher.c!.send(
      client.publish(id, one.topic, bytes, one.topic === PASSING ? {} : { options }),
    );
    if (this.#lie === "confirms-early")
      this.hub.broker.stored(this.hub.appended.splice(0).length, this.hub.stored.length + 1);
    this.hub.flush();
    this.#hear(publisher);
  }

  #retry(publisher: Publisher): void {
    this.#hear(publisher);
    for (const one of publisher.waiting.slice()) this.#send(publisher, one);
  }

  #hear(publisher: Publisher): void {
    for (const frame of publisher.c!.take()) {
      const one = publisher.asked.get(frame[1] as number);
      if (one === undefined) continue;
      publisher.asked.delete(frame[1] as number);
      if (frame[0] !== down.OK || one.topic === PASSING) continue;
      publisher.waiting = publisher.waiting.filter(
        ({ topic, n }) => topic !== one.topic || n !== one.n,
      );
      const offset = frame[4] as number | null;
      if (offset !== null)
        this.confirmed.push({
          topic: one.topic,
          payload: one.payload,
          epoch: frame[3] as number,
          offset,
        });
    }
  }

  #readAll(): void {
    for (const publisher of this.#publishers) this.#hear(publisher);
    for (const subscriber of this.#subscribers) this.#read(subscriber);
  }

  #read(subscriber: Subscriber): void {
    const c = subscriber.c!;
    for (const frame of c.take()) this.#take(subscriber, frame);
    c.see();
  }

  #take(subscriber: Subscriber, frame: WireFrame): void {
    switch (frame[0]) {
      case down.OK:
        return this.#granted(subscriber, (frame[2] as unknown[][])[0]!);
      case down.PUBLICATION:
        return this.#deliver(
          subscriber,
          subscriber.pattern,
          subscriber.epoch!,
          frame[2] as number,
          frame,
        );
      case down.PATTERN_PUBLICATION:
        return this.#deliver(
          subscriber,
          frame[2] as string,
          frame[3] as number,
          frame[4] as number,
          frame,
        );
      case down.GAP:
        return this.#gap(subscriber, frame);
      case down.MARK:
        return this.#marked(subscriber, frame[2] as Uint8Array);
      case down.CAUGHT_UP:
        if (frame[4] !== null) this.#marked(subscriber, frame[4] as Uint8Array);
    }
  }

  #granted(subscriber: Subscriber, outcome: readonly unknown[]): void {
    if (outcome[0] !== 0)
      return void this.faults.push(`${subscriber.pattern} was refused: ${outcome[1] as string}`);
    const [, , epoch, , mark, replay] = outcome as [
      0,
      number,
      number | null,
      number | null,
      Uint8Array | null,
      number,
    ];
    subscriber.epoch = epoch;
    if (mark !== null && replay === 0) this.#marked(subscriber, mark);
  }

  #marked(subscriber: Subscriber, mark: Uint8Array): void {
    subscriber.mark = mark;
    subscriber.beyond.clear();
  }

  #deliver(
    subscriber: Subscriber,
    topic: string,
    epoch: number,
    offset: number,
    frame: WireFrame,
  ): void {
    const seen = subscriber.seen.get(topic);
    const payload = new DataView((frame.at(-1) as Uint8Array).slice().buffer).getUint32(0);
    const isSameEpoch = seen?.epoch === epoch;
    // the client knows what it has had, as the SDK does
    if (subscriber.isPattern && isSameEpoch && offset <= seen.offset) return;
    if (isSameEpoch && offset !== seen.offset + 1 && topic !== PASSING)
      this.faults.push(`${subscriber.pattern}: ${topic} ${offset} came behind ${seen.offset}`);
    const key = `${topic} ${epoch}`;
    const got = subscriber.got.get(key) ?? new Map<number, number>();
    subscriber.got.set(key, got);
    if (got.has(offset)) this.faults.push(`${subscriber.pattern}: ${topic} ${offset} came twice`);
    got.set(offset, payload);
    if (this.#payloads.get(payload) !== topic)
      this.faults.push(`${topic} told what was not published there`);
    subscriber.seen.set(topic, { epoch, offset });
    subscriber.beyond.set(topic, { epoch, offset });
  }

  #gap(subscriber: Subscriber, frame: WireFrame): void {
    const [, , topic, epoch, next, missed] = frame as unknown as [
      number,
      number,
      string | null,
      number | null,
      number | null,
      number | null,
    ];
    // of what is durable nothing is lost, and ** follows what is not too
    if (subscriber.pattern !== "**" && this.#lie !== "keeps-epoch-after-loss")
      this.faults.push(`${subscriber.pattern} was told a gap`);
    const name = topic ?? (subscriber.isPattern ? null : subscriber.pattern);
    if (name === null || next === null) return subscriber.seen.clear();
    const seen = subscriber.seen.get(name);
    if (missed !== null && seen?.epoch === epoch && missed !== next - 1 - seen.offset)
      this.faults.push(`${subscriber.pattern}: a gap of ${missed} has wrong bounds`);
    subscriber.seen.set(name, { epoch: epoch!, offset: next - 1 });
  }

  #cut(): void {
    const { random } = this;
    if (random.below(2) === 0) {
      const publisher = random.of(this.#publishers);
      publisher.c!.disconnect();
      publisher.c = this.hub.join();
      publisher.asked.clear();
      this.#retry(publisher);
      return;
    }
    const subscriber = random.of(this.#subscribers);
    if (random.below(2) === 0) this.#read(subscriber);
    subscriber.c!.disconnect();
    this.#follow(subscriber);
  }

  /** The disk is full for all that is under way. */
  #refuse(): void {
    if (this.#lie !== "confirms-early") this.hub.refuse();
    for (const publisher of this.#publishers) this.#hear(publisher);
  }

  #takeSnapshot(): void {
    const { hub, random } = this;
    hub.store();
    const from = hub.stored.length + 1;
    const snapshot = hub.broker.snapshot();
    const records: Uint8Array[] = [];
    for (let isMore = true; isMore;) {
      const buffer = new RecordBuffer();
      isMore = snapshot.next(50 + random.below(300), (write) => buffer.write(write));
      records.push(...recordsOf(buffer.take()));
      if (random.below(3) === 0) this.#publish(random.of(this.#publishers), random.of(DURABLE));
      if (random.below(3) === 0) hub.store(random.below(hub.appended.length + 1));
    }
    this.#snapshot = records;
    this.#from = from + (this.#lie === "snapshot-too-short" ? 3 : 0);
  }

  /** The process is gone. Of what the store had not answered some is on disk. */
  #crash(): void {
    const { hub, random } = this;
    this.crashes++;
    this.#readSome();
    const stored = [...hub.stored, ...hub.appended.slice(0, random.below(hub.appended.length + 1))];
    if (this.#lie === "loses-the-last")
      stored.length -= Math.min(2, stored.length - this.#from + 1);
    if (this.#lie === "swaps-records" && stored.length - this.#from > 2)
      stored.push(stored.splice(-2, 1)[0]!);
    if (this.#lie === "keeps-epoch-after-loss" && stored.length - this.#from > 4)
      stored.length -= 3;
    this.hub = this.#start(stored, this.#snapshot, this.#snapshot.length > 0 ? this.#from : 1);
    this.#connectAll();
  }

  #readSome(): void {
    for (const subscriber of this.#subscribers)
      if (this.random.below(2) === 0) this.#read(subscriber);
    for (const publisher of this.#publishers) if (this.random.below(2) === 0) this.#hear(publisher);
  }

  #compare(): void {
    for (const publisher of this.#publishers)
      if (publisher.waiting.length > 0)
        this.faults.push(`${publisher.waiting.length} were never confirmed`);
    for (const topic of DURABLE) {
      const truth = this.#truthOf(topic);
      if (truth === undefined) continue;
      const { epoch, payloads } = truth;
      if (new Set(payloads).size !== payloads.length)
        this.faults.push(`${topic} has a publication twice`);
      for (const one of this.confirmed)
        if (
          one.topic === topic &&
          (one.epoch !== epoch || payloads[one.offset - 1] !== one.payload)
        )
          this.faults.push(`${topic} lost ${one.payload}, confirmed at ${one.offset}`);
      for (const subscriber of this.#subscribers) {
        if (subscriber.pattern !== topic && subscriber.pattern !== "d.*") continue;
        const got = subscriber.got.get(`${topic} ${epoch}`);
        const isWhole = payloads.every((payload, i) => got?.get(i + 1) === payload);
        if (!isWhole || (got?.size ?? 0) !== payloads.length)
          this.faults.push(`${subscriber.pattern} has not got all of ${topic}, or something else`);
      }
    }
  }

  /** What is there in the end. */
  #truthOf(topic: string): { epoch: number; payloads: number[] } | undefined {
    const c = this.hub.join();
    c.send(client.subscribeWith(1, topic, { epoch: 0, offset: 0 }));
    const frames = c.take();
    const [grant] = (frames.find(([op]) => op === down.OK)?.[2] as unknown[][] | undefined) ?? [];
    if (grant === undefined) return undefined;
    const payloads = frames
      .filter(([op]) => op === down.PUBLICATION)
      .map((frame) => new DataView((frame.at(-1) as Uint8Array).slice().buffer).getUint32(0));
    return { epoch: grant[2] as number, payloads };
  }
}

function recordsOf(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const records: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += 4 + view.getUint32(at))
    records.push(bytes.slice(at + 4, at + 4 + view.getUint32(at)));
  return records;
}
