// A client that checks what it is sent against what was published: offsets rise by one or a gap says otherwise, nothing comes twice,
// nothing is missing that no gap told, and nothing comes that it has no right to.

import { covers, down, type EnvelopeValue, type Pattern } from "@fanwire/protocol";
import { client, FaultError, type WireFrame } from "@fanwire/testkit";
import type { TestClient } from "../hub.testkit.ts";
import { Followed } from "./followed.testkit.ts";

/** A publication, as the world knows it. */
export interface Published {
  readonly topic: string;
  readonly epoch: number;
  readonly offset: number;
  readonly show: number;
}

/** A subscription that was asked for. */
interface Asked {
  readonly followed: Followed;
  readonly isAllowed: boolean;
  readonly isResumed: boolean;
}

/** What a follower must know of its world. */
export interface FollowedWorld {
  /** How much the hub has shown. */
  readonly shown: number;
  /** Whether a gap of a topic (null: of several) can be. */
  mayGap(topic: string | null): boolean;
}

const keyOf = (topic: string, epoch: number, offset: number): string =>
  `${topic} ${epoch} ${offset}`;

export class Follower {
  client: TestClient;
  /** Streams by their numbers. */
  readonly streams: Map<number, Followed> = new Map();
  /** Patterns that its token grants. */
  rights: readonly string[] = ["**"];
  publications = 0;
  gaps = 0;
  readonly #world: FollowedWorld;
  /** What was asked for, in order, and not answered yet. */
  #asked: Asked[] = [];

  constructor(opened: TestClient, world: FollowedWorld) {
    this.client = opened;
    this.#world = world;
  }

  /** Reads all that came. Throws on what may not be. */
  read(): void {
    for (const frame of this.client.take()) this.#frame(frame);
  }

  follows(pattern: string): boolean {
    const all = [...this.streams.values(), ...this.#asked.map(({ followed }) => followed)];
    return all.some((followed) => followed.pattern === pattern);
  }

  /** `mode`: options of the subscription; null: it wants all. */
  subscribe(pattern: string, mode: Readonly<Record<string, EnvelopeValue>> | null): void {
    this.#ask(new Followed(pattern, mode === null, this.#world.shown), mode);
  }

  /** It has these rights from now on: what they do not cover has ended, and nothing more of it may come. */
  isNarrowedTo(rights: readonly string[]): void {
    this.rights = rights;
    const asked = this.#asked.filter(({ isAllowed }) => isAllowed).map(({ followed }) => followed);
    for (const followed of [...this.streams.values(), ...asked])
      if (!this.#mayFollow(followed.pattern)) followed.isForbidden = true;
  }

  /** Its connection was lost with what it has not read, and it goes on over another one. */
  resume(opened: TestClient): void {
    this.client = opened;
    const before = [...this.streams.values()];
    this.streams.clear();
    this.#asked = [];
    for (const followed of before) if (followed.isAll && !followed.isForbidden) this.#ask(followed);
  }

  /** Checks that of all publications since the grants each came once or was told as missing. Only while everything is drained. */
  checkWhole(published: readonly Published[]): void {
    for (const followed of this.streams.values()) {
      if (!followed.isAll) continue;
      for (const { topic, epoch, offset, show } of published) {
        if (show <= followed.grantedAt || !covers(followed.pattern as Pattern, topic as Pattern))
          continue;
        const came = followed.got.has(keyOf(topic, epoch, offset));
        const wasTold =
          show <= followed.vagueUntil ||
          followed.gaps.some(
            (gap) =>
              gap.topic === topic && gap.epoch === epoch && offset >= gap.from && offset < gap.next,
          );
        if (came !== wasTold || show <= followed.vagueUntil) continue;
        throw new FaultError(
          came ? "wrong-gap" : "silent-loss",
          `${followed.pattern}: ${topic} ${offset} ${came ? "came and was told as missing" : "is missing and no gap tells"}`,
        );
      }
    }
  }

  #mayFollow(pattern: string): boolean {
    return this.rights.some((right) => covers(right as Pattern, pattern as Pattern));
  }

  #ask(followed: Followed, mode: Readonly<Record<string, EnvelopeValue>> | null = null): void {
    const { pattern, from } = followed;
    const isResumed = from !== undefined;
    this.#asked.push({ followed, isResumed, isAllowed: this.#mayFollow(pattern) });
    this.client.say(client.subscribeWith(1, pattern, from ?? null, mode));
  }

  #frame(frame: WireFrame): void {
    const [op, sub] = frame as readonly [number, number];
    if (op === down.OK && Array.isArray(frame[2])) this.#granted(frame[2] as unknown[][]);
    else if (op === down.PUBLICATION) this.#topicPublication(sub, frame);
    else if (op === down.PATTERN_PUBLICATION)
      this.#came(sub, frame[2] as string, frame[3] as number, frame[4] as number);
    else if (op === down.GAP) this.#gap(sub, frame);
    else if (op === down.MARK) this.#streamOf(sub).marked(frame[2] as Uint8Array);
    else if (op === down.CAUGHT_UP) this.#caughtUp(sub, frame[4] as Uint8Array | null);
    else if (op === down.ENDED) this.#ended(sub);
  }

  #granted(outcomes: readonly unknown[][]): void {
    for (const outcome of outcomes) {
      const { followed, isAllowed, isResumed } = this.#asked.shift()!;
      if ((outcome[0] === 0) !== isAllowed)
        throw new FaultError(
          isAllowed ? "stuck" : "no-right",
          `${followed.pattern} was ${isAllowed ? `refused: ${String(outcome[1])}` : "granted"}`,
        );
      if (!isAllowed) continue;
      const [, sub, epoch, head, mark, replay] = outcome as [
        0,
        number,
        number | null,
        number,
        Uint8Array | null,
        number,
      ];
      followed.isResuming = isResumed && replay > 0;
      if (mark !== null) followed.marked(mark);
      if (epoch !== null && !isResumed) followed.last.set(`${followed.pattern} ${epoch}`, head);
      followed.epoch = epoch;
      this.streams.set(sub, followed);
    }
  }

  #caughtUp(sub: number, mark: Uint8Array | null): void {
    const followed = this.#streamOf(sub);
    followed.isResuming = false;
    if (mark !== null) followed.marked(mark);
  }

  #ended(sub: number): void {
    const followed = this.streams.get(sub);
    if (followed?.isForbidden !== true)
      throw new FaultError("stuck", `${followed?.pattern ?? sub} was ended, and is allowed`);
    this.streams.delete(sub);
  }

  #streamOf(sub: number): Followed {
    const followed = this.streams.get(sub);
    if (followed === undefined || followed.isForbidden)
      throw new FaultError(
        "no-right",
        `a frame of ${followed?.pattern ?? sub}, which was not granted or has ended`,
      );
    return followed;
  }

  #topicPublication(sub: number, frame: WireFrame): void {
    const { pattern, epoch } = this.#streamOf(sub);
    this.#came(sub, pattern, epoch!, frame[2] as number);
  }

  #came(sub: number, topic: string, epoch: number, offset: number): void {
    const followed = this.#streamOf(sub);
    const key = keyOf(topic, epoch, offset);
    if (followed.got.has(key)) {
      if (followed.isResuming) return; // as the SDK does: it has had it
      throw new FaultError("again", `${followed.pattern}: ${key} came twice`);
    }
    followed.got.add(key);
    this.publications++;
    const last = followed.last.get(`${topic} ${epoch}`);
    const isNext = last === undefined || offset === last + 1;
    if (last !== undefined && offset <= last)
      throw new FaultError("out-of-order", `${followed.pattern}: ${key} came behind ${last}`);
    if (!isNext && followed.isAll && followed.vagueUntil === 0)
      throw new FaultError("silent-loss", `${followed.pattern}: ${key} came behind ${last}`);
    followed.last.set(`${topic} ${epoch}`, offset);
    followed.came(topic, epoch, offset);
  }

  #gap(sub: number, frame: WireFrame): void {
    const followed = this.#streamOf(sub);
    const [, , named, epoch, next, missed] = frame as readonly [
      number,
      number,
      string | null,
      number | null,
      number | null,
      number | null,
    ];
    const topic = named ?? (epoch === null ? null : followed.pattern);
    if (!this.#world.mayGap(topic))
      throw new FaultError("wrong-gap", `${followed.pattern}: a gap of ${topic}, which is kept`);
    this.gaps++;
    if (topic === null) {
      followed.vagueUntil = this.#world.shown;
      return;
    }
    const last = followed.last.get(`${topic} ${epoch}`);
    if (last !== undefined && next! <= last + 1)
      throw new FaultError("wrong-gap", `${followed.pattern}: an empty gap of ${topic}`);
    if (missed !== null && missed !== next! - 1 - last!)
      throw new FaultError("wrong-gap", `${followed.pattern}: a gap of ${topic} counts ${missed}`);
    followed.gaps.push({ topic, epoch: epoch!, from: (last ?? 0) + 1, next: next! });
    followed.last.set(`${topic} ${epoch}`, next! - 1);
    followed.came(topic, epoch!, next! - 1);
  }
}
