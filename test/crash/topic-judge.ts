// Holds what publishers, subscribers and readers saw of topics against what is promised of them. Keeps what the next events are held against.

import { covers, type Pattern } from "@fanwire/protocol";
import type { FaultKind, Faults } from "./faults.ts";
import type { Figures } from "./figures.ts";
import type { Event } from "./history.ts";
import type { Judge } from "./judge.ts";

/** What is promised of topics: the first rule whose pattern covers one holds. */
export interface TopicPromise {
  readonly match: string;
  readonly durable: boolean;
  /** Whoever comes new is told the latest of each key. */
  readonly state?: boolean;
  /** Publications that are kept of each. */
  readonly kept: number;
}

interface Sent {
  readonly topic: string;
  /** Attempts that have no answer, or of which none came: it may be there. */
  open: number;
  isConfirmed: boolean;
  isGivenUp: boolean;
  epoch: number;
  /** 0: it was not seen yet. */
  offset: number;
}

interface Epoch {
  readonly epoch: number;
  /** By offset. */
  readonly payloads: (string | undefined)[];
  readonly wasRead: boolean[];
  /** The highest offset that was confirmed, delivered or read. */
  known: number;
}

interface Topic {
  readonly name: string;
  readonly promise: TopicPromise;
  readonly epochs: Map<number, Epoch>;
  readonly publishers: Map<string, { n: number; offset: number }>;
  /** Different publications: no head can be higher. */
  sent: number;
  /** What was known of each epoch when reading began. */
  knownBefore: Map<number, number>;
  latestEpoch: number | undefined;
}

/** Where somebody stands in a topic. */
interface Place {
  epoch: number;
  /** The offset that comes next; null: any. */
  next: number | null;
  /** It has begun anew, and of a topic with keys is told the latest of each first: not all that lies between. */
  isNewcomer: boolean;
  readonly missing: Set<number>;
}

interface Follower {
  readonly pattern: string;
  fromFirst: boolean;
  readonly places: Map<string, Place>;
}

const NOTHING: TopicPromise = { match: "**", durable: false, kept: 0 };

export class TopicJudge implements Judge {
  readonly #faults: Faults;
  readonly #figures: Figures;
  readonly #promises: readonly TopicPromise[];
  readonly #sent = new Map<string, Sent>();
  readonly #topics = new Map<string, Topic>();
  readonly #followers = new Map<string, Follower>();

  constructor(promises: readonly TopicPromise[], faults: Faults, figures: Figures) {
    this.#promises = promises;
    this.#faults = faults;
    this.#figures = figures;
  }

  add(event: Event): void {
    switch (event.kind) {
      case "sent":
        return this.#onSent(event);
      case "confirmed":
        return this.#onConfirmed(event);
      case "refused":
        this.#figures.refused++;
        return this.#close(event.payload);
      case "unknown":
        this.#figures.unknown++;
        return;
      case "givenUp":
        this.#figures.givenUp++;
        this.#sent.get(event.payload)!.isGivenUp = true;
        return;
      case "follows":
        this.#followers.set(event.who, {
          pattern: event.pattern,
          fromFirst: event.fromFirst,
          places: new Map(),
        });
        return;
      case "delivered":
        return this.#onDelivered(event);
      case "gap":
        return this.#onGap(event);
      case "ended":
        return this.#fault("ended", `The subscription of ${event.who} ended: ${event.code}.`);
      case "settled":
        return this.#onSettled(event.who);
      case "reading":
        return this.#onReading(event.topic);
      case "read":
        this.#figures.read++;
        this.#isAt(event.topic, event.epoch, event.offset, event.payload).wasRead[event.offset] =
          true;
        return;
      case "readTo":
        return this.#onReadTo(event);
      case "value":
        this.#isAt(event.topic, event.epoch, event.offset, event.payload);
    }
  }

  finish(): void {
    for (const [payload, sent] of this.#sent) {
      if (sent.isConfirmed) this.#lookForConfirmed(payload, sent);
      else if (sent.isGivenUp) continue;
      else if (sent.open > 0) this.#fault("unanswered", `${payload} has no answer.`);
      else if (sent.offset > 0)
        this.#fault("invented", `${payload} was refused, and is at ${sent.offset}.`);
    }
  }

  /** Whether somebody has all that is known of the durable topics that they follow. */
  hasAll(who: string): boolean {
    return this.#lacks(who) === undefined;
  }

  #onSent({ topic: name, payload }: Extract<Event, { kind: "sent" }>): void {
    const known = this.#sent.get(payload);
    if (known !== undefined) {
      known.open++;
      return;
    }
    this.#figures.sent++;
    this.#sent.set(payload, {
      topic: name,
      open: 1,
      isConfirmed: false,
      isGivenUp: false,
      epoch: 0,
      offset: 0,
    });
    this.#topic(name).sent++;
  }

  #onConfirmed(event: Extract<Event, { kind: "confirmed" }>): void {
    const { topic: name, payload, level, epoch, offset } = event;
    this.#figures.confirmed++;
    if (event.duplicate) this.#figures.duplicates++;
    this.#close(payload);
    const topic = this.#topic(name);
    const sent = this.#sent.get(payload);
    if (sent !== undefined) sent.isConfirmed = true;
    if (topic.promise.durable && level < 1)
      this.#fault("level", `${payload} was confirmed with level ${level}, and ${name} is durable.`);
    if (offset === null) return;
    this.#isAt(name, epoch, offset, payload);
    if (topic.promise.durable) this.#lookAtOrder(topic, payload, offset);
  }

  #lookAtOrder(topic: Topic, payload: string, offset: number): void {
    const [publisher = "", number] = payload.slice(0, payload.indexOf(":")).split("-");
    const n = Number(number);
    const last = topic.publishers.get(publisher);
    if (last !== undefined && n > last.n !== offset > last.offset && n !== last.n)
      this.#fault(
        "publisher-order",
        `${payload} is at ${offset} of ${topic.name}, and ${publisher}-${last.n} at ${last.offset}.`,
      );
    if (last === undefined || n > last.n) topic.publishers.set(publisher, { n, offset });
  }

  #onDelivered(event: Extract<Event, { kind: "delivered" }>): void {
    const { who, topic: name, epoch, offset, payload, replayed = false } = event;
    this.#figures.delivered++;
    this.#isAt(name, epoch, offset, payload);
    const place = this.#place(who, name, epoch);
    place.isNewcomer &&= replayed;
    if (place.epoch !== epoch) {
      if (place.next !== null) {
        const { durable } = this.#topic(name).promise;
        // a change of a durable topic's epoch was found when its place was noted
        if (!durable)
          this.#fault("silent-loss", `${who} got another epoch of ${name} without a gap.`);
      }
      place.epoch = epoch;
      place.next = null;
    }
    const { next } = place;
    if (next !== null && offset < next) {
      const isLate = place.missing.delete(offset);
      const at = `${offset} of ${name}`;
      if (isLate) this.#fault("out-of-order", `${who} got ${at} behind ${next - 1}.`);
      else this.#fault("again", `${who} got ${at} again.`);
      return;
    }
    if (next !== null && offset > next && !place.isNewcomer) {
      this.#fault("silent-loss", `${who} got ${offset} of ${name} after ${next - 1}.`);
      for (let i = next; i < offset && i < next + 1000; i++) place.missing.add(i);
    }
    place.next = offset + 1;
  }

  #onGap(event: Extract<Event, { kind: "gap" }>): void {
    const { who, topic: name } = event;
    this.#figures.gaps++;
    if (name === null) return this.#onVagueGap(who, event.reason);
    const { promise, sent } = this.#topic(name);
    const isNew = !this.#followers.get(who)!.places.has(name);
    const place = this.#place(who, name, event.epoch ?? 0);
    // an epoch in which there was nothing does not outlive the hub, and who stood at its beginning cannot be told more
    const { next: expected } = place;
    const { epoch, next, missed } = event;
    if ((isNew || expected === 1) && event.reason === "epoch" && next === 1) {
      place.epoch = epoch ?? place.epoch;
      return;
    }
    const isSameEpoch = epoch === place.epoch;
    const what = `${who} was told a gap of ${name} (${event.reason}) before ${next}, and expected ${expected}`;
    if (promise.durable && !isSameEpoch) this.#fault("epoch", `${what}, in another epoch.`);
    else if (promise.durable && (next === null || next - 1 + promise.kept > sent))
      this.#fault("false-gap", `${what}: that is kept.`);
    else if (isSameEpoch && next !== null && expected !== null && next <= expected)
      this.#fault("false-gap", `${what}: nothing was missed.`);
    else if (isSameEpoch && next !== null && expected !== null && missed !== null)
      if (missed !== next - expected) this.#fault("wrong-gap", `${what}, and missed ${missed}.`);
    if (epoch !== null) place.epoch = epoch;
    place.next = next;
  }

  /** What is not told by topic: of durable ones nothing may be missing even so. */
  #onVagueGap(who: string, reason: string): void {
    const follower = this.#followers.get(who)!;
    const isDurable = this.#promises.some(
      ({ match, durable }) => durable && isCovered(follower.pattern, match),
    );
    if (isDurable || this.#figures.ends === 0)
      this.#fault("false-gap", `${who} was told a gap of all of ${follower.pattern} (${reason}).`);
    follower.fromFirst = false;
    for (const [name, place] of follower.places)
      if (!this.#topic(name).promise.durable) place.next = null;
  }

  #onSettled(who: string): void {
    const lacks = this.#lacks(who);
    if (lacks !== undefined) this.#fault("behind", lacks);
  }

  #lacks(who: string): string | undefined {
    const { pattern, fromFirst, places } = this.#followers.get(who)!;
    for (const topic of this.#topics.values()) {
      if (!topic.promise.durable || !isCovered(topic.name, pattern)) continue;
      const known = topic.epochs.get(topic.latestEpoch ?? 0)?.known ?? 0;
      const next = places.get(topic.name)?.next ?? (fromFirst ? 1 : null);
      if (next !== null && next <= known)
        return `${who} has ${topic.name} up to ${next - 1}, and it goes to ${known}.`;
    }
    return undefined;
  }

  #onReading(name: string): void {
    const topic = this.#topic(name);
    topic.knownBefore = new Map(
      Array.from(topic.epochs.values(), ({ epoch, known }) => [epoch, known]),
    );
  }

  #onReadTo({ topic: name, epoch, from, head }: Extract<Event, { kind: "readTo" }>): void {
    const topic = this.#topic(name);
    if (epoch === 0) {
      if (topic.promise.durable && topic.knownBefore.size > 0)
        this.#fault("lost", `The hub does not know ${name} any more.`);
      return;
    }
    // an epoch in which there was nothing does not outlive the hub
    if (head === 0 && topic.latestEpoch === undefined) return;
    const known = topic.knownBefore.get(epoch) ?? 0;
    if (head < known)
      this.#fault("went-back", `${name} goes to ${head}, and went to ${known} before.`);
    const { payloads, wasRead } = this.#epoch(topic, epoch);
    for (let i = Math.max(from, head - topic.promise.kept + 1, 1); i <= head; i++)
      if (!wasRead[i])
        this.#fault("lost", `${i} of ${name} is not there (${payloads[i] ?? "not known"}).`);
  }

  /** All that was confirmed or shown was read once, unless more came behind it than is kept. */
  #lookForConfirmed(payload: string, { topic: name, epoch, offset }: Sent): void {
    const topic = this.#topic(name);
    const { durable, kept } = topic.promise;
    if (!durable) return;
    const known = topic.epochs.get(epoch);
    if (known === undefined || offset === 0)
      return this.#fault("lost", `${payload} was confirmed, and is nowhere.`);
    if (!known.wasRead[offset] && offset > known.known - kept)
      this.#fault("lost", `${payload} was confirmed at ${offset} of ${name}, and is not there.`);
  }

  /** Notes where a publication is, and holds it against what was seen before. */
  #isAt(name: string, number: number, offset: number, payload: string): Epoch {
    const topic = this.#topic(name);
    const epoch = this.#epoch(topic, number);
    const before = epoch.payloads[offset];
    if (before !== undefined && before !== payload)
      this.#fault("changed", `${offset} of ${name} was ${before}, and is ${payload}.`);
    epoch.payloads[offset] = payload;
    epoch.known = Math.max(epoch.known, offset);
    const sent = this.#sent.get(payload);
    if (sent?.topic !== name) {
      this.#fault("invented", `Nobody has published ${payload} to ${name}.`);
      return epoch;
    }
    const isElsewhere = sent.offset !== offset || sent.epoch !== number;
    if (sent.offset > 0 && isElsewhere && (topic.promise.durable || sent.epoch === number))
      this.#fault("doubled", `${payload} is at ${sent.offset} and at ${offset} of ${name}.`);
    sent.epoch = number;
    sent.offset = offset;
    return epoch;
  }

  #close(payload: string): void {
    const sent = this.#sent.get(payload);
    if (sent !== undefined) sent.open--;
  }

  #place(who: string, name: string, epoch: number): Place {
    const follower = this.#followers.get(who)!;
    let place = follower.places.get(name);
    if (place === undefined) {
      const { fromFirst } = follower;
      const isNewcomer = !fromFirst && this.#topic(name).promise.state === true;
      place = { epoch, next: fromFirst ? 1 : null, isNewcomer, missing: new Set() };
      follower.places.set(name, place);
    }
    return place;
  }

  #topic(name: string): Topic {
    let topic = this.#topics.get(name);
    if (topic === undefined) {
      const promise = this.#promises.find(({ match }) => isCovered(name, match)) ?? NOTHING;
      topic = {
        name,
        promise,
        epochs: new Map(),
        publishers: new Map(),
        sent: 0,
        knownBefore: new Map(),
        latestEpoch: undefined,
      };
      this.#topics.set(name, topic);
    }
    return topic;
  }

  #epoch(topic: Topic, number: number): Epoch {
    let epoch = topic.epochs.get(number);
    if (epoch === undefined) {
      if (topic.promise.durable && topic.latestEpoch !== undefined)
        this.#fault("epoch", `${topic.name} had epoch ${topic.latestEpoch}, and has ${number}.`);
      epoch = { epoch: number, payloads: [], wasRead: [], known: 0 };
      topic.epochs.set(number, epoch);
      topic.latestEpoch = number;
    }
    return epoch;
  }

  #fault(kind: FaultKind, sentence: string): void {
    this.#faults.add(kind, sentence);
  }
}

function isCovered(name: string, pattern: string): boolean {
  return covers(pattern as Pattern, name as Pattern);
}
