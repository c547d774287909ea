// A client that checks what it is sent against what was published: offsets rise by one or a gap says otherwise, nothing comes twice,
// nothing is missing that no gap told.

import { covers, down, type Pattern } from "@fanwire/protocol";
import type { WireFrame } from "@fanwire/testkit";
import type { TestClient } from "./hub.testkit.ts";

/** A publication, as the world knows it. */
export interface Published {
  readonly topic: string;
  readonly epoch: number;
  readonly offset: number;
  readonly show: number;
}

/** What a follower knows of one stream. */
export class Followed {
  readonly pattern: string;
  readonly isAll: boolean;
  /** The show number of what was shown last when it was granted. */
  readonly grantedAt: number;
  /** Offset of the last publication or gap, by topic and epoch. */
  readonly last: Map<string, number> = new Map<string, number>();
  /** Publications that came, as topic, epoch and offset. */
  readonly got: Set<string> = new Set();
  /** Gaps: of a topic up to an offset, and of everything up to a show number. */
  readonly gaps: { topic: string; epoch: number; from: number; next: number }[] = [];
  vagueUntil = 0;

  constructor(pattern: string, isAll: boolean, grantedAt: number) {
    this.pattern = pattern;
    this.isAll = isAll;
    this.grantedAt = grantedAt;
  }
}

const keyOf = (topic: string, epoch: number, offset: number): string =>
  `${topic} ${epoch} ${offset}`;

export class Follower {
  readonly client: TestClient;
  /** Streams by their numbers. */
  readonly streams: Map<number, Followed> = new Map();
  /** What was asked for, in order, and not answered yet. */
  readonly asked: { pattern: string; isAll: boolean; shown: number }[] = [];
  publications = 0;
  gaps = 0;
  /** Streams whose unsubscription was asked for: what comes of them until the OK is not looked at. */
  readonly #shown: () => number;
  readonly #mayGap: (topic: string | null) => boolean;

  /** `shown`: how much the hub has shown. `mayGap`: whether a gap of a topic (null: of several) can be. */
  constructor(client: TestClient, shown: () => number, mayGap: (topic: string | null) => boolean) {
    this.client = client;
    this.#shown = shown;
    this.#mayGap = mayGap;
  }

  /** Reads all that came. Throws on what may not be. */
  read(): void {
    for (const frame of this.client.take()) this.#frame(frame);
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
        if (came === wasTold && show > followed.vagueUntil)
          throw new Error(
            `${followed.pattern}: ${topic} ${offset} ${came ? "came and was told as missing" : "is missing and no gap tells"}`,
          );
      }
    }
  }

  #frame(frame: WireFrame): void {
    const [op, sub] = frame as readonly [number, number];
    if (op === down.OK && Array.isArray(frame[2])) this.#granted(frame[2] as number[][]);
    else if (op === down.PUBLICATION) this.#topicPublication(sub, frame);
    else if (op === down.PATTERN_PUBLICATION)
      this.#came(sub, frame[2] as string, frame[3] as number, frame[4] as number);
    else if (op === down.GAP) this.#gap(sub, frame);
  }

  #granted(outcomes: readonly number[][]): void {
    for (const outcome of outcomes) {
      const { pattern, isAll, shown } = this.asked.shift()!;
      if (outcome[0] !== 0) throw new Error(`${pattern} was refused: ${outcome[1]}`);
      const [, sub, epoch, head] = outcome as [number, number, number | null, number];
      const followed = new Followed(pattern, isAll, shown);
      if (epoch !== null) followed.last.set(`${pattern} ${epoch}`, head);
      this.streams.set(sub, followed);
    }
  }

  #streamOf(sub: number): Followed {
    const followed = this.streams.get(sub);
    if (followed === undefined)
      throw new Error(`a frame of the stream ${sub}, which was not granted or has ended`);
    return followed;
  }

  #topicPublication(sub: number, frame: WireFrame): void {
    const { pattern, last } = this.#streamOf(sub);
    const epoch = Number([...last.keys()].at(-1)?.split(" ")[1]);
    this.#came(sub, pattern, epoch, frame[2] as number);
  }

  #came(sub: number, topic: string, epoch: number, offset: number): void {
    const followed = this.#streamOf(sub);
    const key = keyOf(topic, epoch, offset);
    if (followed.got.has(key)) throw new Error(`${followed.pattern}: ${key} came twice`);
    followed.got.add(key);
    this.publications++;
    const last = followed.last.get(`${topic} ${epoch}`);
    const isRight =
      last === undefined ||
      (followed.isAll && followed.vagueUntil === 0 ? offset === last + 1 : offset > last);
    if (!isRight) throw new Error(`${followed.pattern}: ${key} came behind ${last}`);
    followed.last.set(`${topic} ${epoch}`, offset);
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
    if (!this.#mayGap(topic))
      throw new Error(`${followed.pattern}: a gap of ${topic} though its log reaches`);
    this.gaps++;
    if (topic === null) {
      followed.vagueUntil = this.#shown();
      return;
    }
    const last = followed.last.get(`${topic} ${epoch}`);
    if (last !== undefined && next! <= last + 1)
      throw new Error(`${followed.pattern}: an empty gap of ${topic}`);
    if (missed !== null && missed !== next! - 1 - last!)
      throw new Error(`${followed.pattern}: a gap of ${topic} counts ${missed}`);
    followed.gaps.push({ topic, epoch: epoch!, from: (last ?? 0) + 1, next: next! });
    followed.last.set(`${topic} ${epoch}`, next! - 1);
  }
}
