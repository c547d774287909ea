// A subscriber that goes on where it stood, as the client package does, and looks at all that it is sent.

import { covers, down, type From, type Pattern } from "@fanwire/protocol";
import { client, type SeededRandom, type WireFrame } from "@fanwire/testkit";
import type { TestClient } from "../hub.testkit.ts";
import { numberIn } from "./payload.testkit.ts";
import { type Places, placesOf, type Tell } from "./places.testkit.ts";

/** What it must know of the world. */
export interface Ground {
  readonly places: Places;
  readonly tell: Tell;
  readonly random: SeededRandom;
  /** The records on disk; null for a topic that is not stored. */
  storedOf(topic: string): readonly Uint8Array[] | null;
  /** How many publications of a topic are kept at least. */
  keptOf(topic: string): number;
  /** Where the topics that a pattern matches stand now. */
  headsOf(
    pattern: string,
  ): { readonly topic: string; readonly epoch: number; readonly head: number }[];
}

/** What is there of a topic in the end. */
export interface Truth {
  readonly topic: string;
  readonly epoch: number;
  /** By offset: what is kept. */
  readonly payloads: ReadonlyMap<number, number>;
}

interface Gap {
  readonly topic: string;
  readonly epoch: number;
  readonly next: number;
}

export class Subscriber {
  readonly pattern: string;
  /** The store may have lost what it had seen: a gap tells. */
  mayHaveLost = false;
  readonly #ground: Ground;
  /** Of a topic: it forgets where it stood from time to time, and goes on with what comes next. */
  readonly #isForgetful: boolean;
  #c!: TestClient;
  #epoch: number | null = null;
  /** By topic: the epoch, and the last offset that it got or was told of. */
  readonly #seen = new Map<string, { epoch: number; offset: number }>();
  /** By topic and epoch: payloads by offset. */
  readonly #got = new Map<string, Map<number, number>>();
  /** By topic and epoch: up to there it need not get anything. */
  readonly #floors = new Map<string, number>();
  readonly #gaps: Gap[] = [];
  #mark: Uint8Array | undefined;
  /** What came behind the mark. */
  readonly #beyond = new Map<string, { epoch: number; offset: number }>();
  /** Where topics stood when it was granted a pattern last. */
  #heads: ReturnType<Ground["headsOf"]> = [];

  constructor(pattern: string, ground: Ground, isForgetful = false) {
    this.pattern = pattern;
    this.#ground = ground;
    this.#isForgetful = isForgetful;
  }

  /** Goes on over a connection. */
  follow(c: TestClient): void {
    this.#c = c;
    if (this.#isForgetful && this.#ground.random.below(3) === 0) this.#seen.clear();
    if (this.#isPattern && this.mayHaveLost) {
      // topics have other epochs, and what was kept of them stands in those again
      this.#heads = this.#ground.headsOf(this.pattern);
      this.#beginAtHeads();
    }
    c.send(client.subscribeWith(1, this.pattern, this.#from));
    this.read();
  }

  /** Takes what has come. `isCut`: of the messages that have come only the first ones, before the connection is lost. */
  read(isCut = false): void {
    const c = this.#c;
    if (isCut)
      c.writes = c.writes
        .flat()
        .slice(0, this.#ground.random.below(c.writes.flat().length + 1))
        .map((message) => [message]);
    for (const frame of c.take()) this.#take(frame);
    if (!isCut) c.see();
  }

  disconnect(): void {
    this.#c.disconnect();
  }

  /** Holds what it got against what there is. */
  compare({ topic, epoch, payloads }: Truth): void {
    if (!covers(this.pattern as Pattern, topic as Pattern)) return;
    const key = placesOf(topic, epoch);
    const got = this.#got.get(key);
    const floor = this.#floors.get(key) ?? 0;
    for (const [offset, payload] of payloads) {
      if (offset <= floor || this.#isTold(topic, epoch, offset)) continue;
      if (got?.get(offset) !== payload)
        this.#tell("silent-loss", `has not got ${topic} ${offset} in the end`);
    }
  }

  /** Whether what its gaps told was no longer kept. */
  compareGaps(): void {
    const ground = this.#ground;
    for (const { topic, epoch, next } of this.#gaps)
      if (next - 1 > Math.max(0, ground.places.highest(topic, epoch) - ground.keptOf(topic)))
        this.#tell("wrong-gap", `was told that ${topic} before ${next} is gone, and it was kept`);
  }

  get #isPattern(): boolean {
    return this.pattern.includes("*");
  }

  get #from(): From {
    if (!this.#isPattern)
      return this.#seen.get(this.pattern) ?? (this.#isForgetful ? null : { epoch: 0, offset: 0 });
    if (this.#mark === undefined) return null;
    const topics = [...this.#beyond].map(([topic, { epoch, offset }]) => ({
      topic,
      epoch,
      offset,
    }));
    return { mark: this.#mark, topics };
  }

  #isTold(topic: string, epoch: number, offset: number): boolean {
    return this.#gaps.some(
      (gap) => gap.topic === topic && gap.epoch === epoch && offset < gap.next,
    );
  }

  #tell(kind: Parameters<Tell>[0], sentence: string): void {
    this.#ground.tell(kind, `${this.pattern} ${sentence}`);
  }

  #take(frame: WireFrame): void {
    switch (frame[0]) {
      case down.OK:
        return this.#granted((frame[2] as unknown[][])[0]!);
      case down.PUBLICATION:
        return this.#deliver(this.pattern, this.#epoch!, frame[2] as number, frame);
      case down.PATTERN_PUBLICATION:
        return this.#deliver(frame[2] as string, frame[3] as number, frame[4] as number, frame);
      case down.GAP:
        return this.#gap(frame);
      case down.MARK:
        return this.#marked(frame[2] as Uint8Array);
      case down.CAUGHT_UP:
        if (frame[4] !== null) this.#marked(frame[4] as Uint8Array);
    }
  }

  #granted(outcome: readonly unknown[]): void {
    if (outcome[0] !== 0) return this.#tell("stuck", `was refused: ${outcome[1] as string}`);
    const [, , epoch, head, mark, replay] = outcome as [
      0,
      number,
      number | null,
      number | null,
      Uint8Array | null,
      number,
    ];
    this.#epoch = epoch;
    if (mark !== null && replay === 0) this.#marked(mark);
    if (epoch === null || head === null) return;
    this.#ground.places.head(this.pattern, epoch, head);
    if (replay > 0 || this.#seen.has(this.pattern)) return;
    // from now on: what stands before is not asked for
    this.#seen.set(this.pattern, { epoch, offset: head });
    this.#floors.set(placesOf(this.pattern, epoch), head);
  }

  #marked(mark: Uint8Array): void {
    this.#mark = mark;
    this.#beyond.clear();
    this.mayHaveLost = false;
  }

  #deliver(topic: string, epoch: number, offset: number, frame: WireFrame): void {
    const payload = numberIn((frame.at(-1) as Uint8Array).slice()) ?? -1;
    const stored = this.#ground.storedOf(topic);
    this.#ground.places.seen(topic, epoch, offset, payload, stored);
    const last = this.#lastOf(topic, epoch, stored !== null);
    // the client knows what it has had, as the SDK does
    if (this.#isPattern && last !== undefined && offset <= last) return;
    if (last !== undefined && offset !== last + 1 && stored !== null)
      this.#tell(
        offset > last ? "silent-loss" : "out-of-order",
        `got ${topic} ${offset} behind ${last}`,
      );
    const key = placesOf(topic, epoch);
    const got = this.#got.get(key) ?? new Map<number, number>();
    this.#got.set(key, got);
    if (got.has(offset)) this.#tell("again", `got ${topic} ${offset} twice`);
    got.set(offset, payload);
    this.#seen.set(topic, { epoch, offset });
    this.#beyond.set(topic, { epoch, offset });
  }

  /** The offset before the one that is to come; undefined where any may. */
  #lastOf(topic: string, epoch: number, isStored: boolean): number | undefined {
    const seen = this.#seen.get(topic);
    if (seen?.epoch === epoch) return seen.offset;
    if (!isStored || !this.#isPattern || this.#ground.storedOf(this.pattern) === null)
      return undefined;
    return this.#floors.get(placesOf(topic, epoch)) ?? 0;
  }

  #gap(frame: WireFrame): void {
    const [, , named, epoch, next, missed] = frame as unknown as [
      number,
      number,
      string | null,
      number | null,
      number | null,
      number | null,
    ];
    const topic = named ?? (this.#isPattern ? null : this.pattern);
    if (topic === null || next === null || epoch === null) return this.#vagueGap();
    const seen = this.#seen.get(topic);
    if (seen?.epoch === epoch) {
      if (next <= seen.offset + 1)
        this.#tell(
          "wrong-gap",
          `was told a gap of ${topic} before ${next}, and had ${seen.offset}`,
        );
      if (missed !== null && missed !== next - 1 - seen.offset)
        this.#tell("wrong-gap", `was told that ${missed} of ${topic} are missing before ${next}`);
    } else if (
      !this.mayHaveLost &&
      (seen?.offset ?? 0) > 0 &&
      this.#ground.storedOf(topic) !== null
    )
      this.#tell("wrong-gap", `was told another epoch of ${topic}, and nothing was lost`);
    if (this.#ground.storedOf(topic) !== null) this.#gaps.push({ topic, epoch, next });
    if (!this.#isPattern) this.mayHaveLost = false;
    this.#seen.set(topic, { epoch, offset: next - 1 });
  }

  /** Anything may be missing, of what stood there when it was granted. */
  #vagueGap(): void {
    const isAllStored = this.#ground.storedOf(this.pattern) !== null;
    if (isAllStored && !this.mayHaveLost)
      this.#tell("wrong-gap", "was told that something is missing, and nothing was lost");
    this.#seen.clear();
    this.#beginAtHeads();
  }

  #beginAtHeads(): void {
    for (const { topic, epoch, head } of this.#heads)
      this.#floors.set(placesOf(topic, epoch), head);
  }
}
