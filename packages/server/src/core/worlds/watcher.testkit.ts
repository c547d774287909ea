// Keeps the states of topics as maps, as the client package does, wherever it was and how slowly ever it reads.

import { down, type EnvelopeValue, type From, gapReason } from "@fanwire/protocol";
import { client, type WireFrame } from "@fanwire/testkit";
import type { TestClient } from "../hub.testkit.ts";
import { numberIn } from "./payload.testkit.ts";
import type { Tell } from "./places.testkit.ts";

/** The latest publication of a key. */
export interface Value {
  readonly epoch: number;
  readonly offset: number;
  /** 0: the hub's own. */
  readonly payload: number;
}

/** What it must know of the world. */
export interface WatchedWorld {
  readonly tell: Tell;
  /** Deletions may have been forgotten while it was away. */
  readonly mayForget: boolean;
  /** What it got. */
  saw(topic: string, value: Value): void;
}

export class Watcher {
  readonly pattern: string;
  /** By topic: what there is by key. */
  readonly states: Map<string, Map<string, Value>> = new Map();
  /** Null while it is away. */
  c: TestClient | null = null;
  readonly #world: WatchedWorld;
  /** Of its topic; null for a pattern. */
  #epoch: number | null = null;
  /** By topic: the last place that it was told. */
  readonly #last = new Map<string, { readonly epoch: number; readonly offset: number }>();
  #mark: Uint8Array | null = null;
  readonly #beyond = new Map<string, { readonly epoch: number; readonly offset: number }>();
  /** The state is being told, and has no place to go on from until it is. */
  #isBeginning = true;
  #asked = 0;
  /** Its last SUBSCRIBE is not answered: what comes before that is of one that it has given up. */
  #isAsking = false;

  constructor(pattern: string, world: WatchedWorld) {
    this.pattern = pattern;
    this.#world = world;
  }

  follow(c: TestClient): void {
    this.c = c;
    this.#subscribe(this.#from);
  }

  leave(): void {
    this.c?.disconnect();
    this.c = null;
  }

  /** Takes what has come. `saysSeen`: and tells the hub so. */
  read(saysSeen: boolean): void {
    for (const frame of this.c?.take() ?? []) this.#take(frame);
    if (saysSeen) this.c?.see();
  }

  get isCaughtUp(): boolean {
    return this.c !== null && !this.#isBeginning;
  }

  get epoch(): number | null {
    return this.#epoch;
  }

  valueOf(topic: string, key: string): Value | undefined {
    return this.states.get(topic)?.get(key);
  }

  get #isPattern(): boolean {
    return this.pattern.includes("*");
  }

  get #from(): From {
    if (this.#isBeginning) return null;
    if (!this.#isPattern) return this.#last.get(this.pattern) ?? null;
    const topics = [...this.#beyond].map(([topic, { epoch, offset }]) => ({
      topic,
      epoch,
      offset,
    }));
    return this.#mark && { mark: this.#mark, topics };
  }

  #subscribe(from: From): void {
    if (from === null) {
      this.#isBeginning = true;
      this.states.clear();
      this.#last.clear();
      this.#mark = null;
      this.#beyond.clear();
    }
    this.#isAsking = true;
    this.c!.send(client.subscribeWith(++this.#asked, this.pattern, from));
  }

  #take(frame: WireFrame): void {
    if (this.#isAsking && (frame[0] !== down.OK || frame[1] !== this.#asked)) return;
    switch (frame[0]) {
      case down.OK:
        return this.#granted((frame[2] as unknown[][])[0]!);
      case down.PUBLICATION:
        return this.#came(this.pattern, this.#epoch!, frame[2] as number, frame);
      case down.PATTERN_PUBLICATION:
        return this.#came(frame[2] as string, frame[3] as number, frame[4] as number, frame);
      case down.GAP:
        return this.#gap(frame);
      case down.MARK:
        return this.#marked(frame[2] as Uint8Array);
      case down.CAUGHT_UP:
        return this.#caughtUp(frame);
    }
  }

  #granted(outcome: readonly unknown[]): void {
    this.#isAsking = false;
    if (outcome[0] !== 0)
      return this.#world.tell("stuck", `${this.pattern} was refused: ${outcome[1] as string}`);
    const [, , epoch, head, mark, replay] = outcome as [
      0,
      number,
      number | null,
      number | null,
      Uint8Array | null,
      number,
    ];
    this.#epoch = epoch;
    if (mark !== null) this.#marked(mark);
    if (replay > 0) return;
    this.#isBeginning = false;
    if (epoch !== null) this.#last.set(this.pattern, { epoch, offset: head! });
  }

  #caughtUp([, , epoch, offset, mark]: WireFrame): void {
    this.#isBeginning = false;
    if (mark !== null) this.#marked(mark as Uint8Array);
    else this.#last.set(this.pattern, { epoch: epoch as number, offset: offset as number });
  }

  #marked(mark: Uint8Array): void {
    this.#mark = mark;
    this.#beyond.clear();
  }

  #came(topic: string, epoch: number, offset: number, frame: WireFrame): void {
    const last = this.#last.get(topic);
    if (last?.epoch === epoch && offset <= last.offset) {
      // the client knows what it has had, as the SDK does
      if (!this.#isPattern)
        this.#world.tell("again", `${this.pattern} got ${offset} behind ${last.offset}`);
      return;
    }
    this.#last.set(topic, { epoch, offset });
    this.#beyond.set(topic, { epoch, offset });
    const meta = frame.at(-2) as ReadonlyMap<string, EnvelopeValue> | null;
    const key = (meta?.get("key") ?? "") as string;
    const payload = numberIn((frame.at(-1) as Uint8Array).slice()) ?? 0;
    const value = { epoch, offset, payload };
    this.#world.saw(topic, value);
    const state = this.states.get(topic) ?? new Map<string, Value>();
    this.states.set(topic, state);
    if (meta?.get("del") === true) state.delete(key);
    else state.set(key, value);
  }

  #gap(frame: WireFrame): void {
    const [, , named, epoch, next, , reason] = frame as unknown as [
      number,
      number,
      string | null,
      number | null,
      number | null,
      number | null,
      number,
    ];
    const topic = named ?? (this.#isPattern ? null : this.pattern);
    this.#judge(topic, reason);
    if (topic === null) {
      // anything may be missing: the state is asked for again
      this.c!.send(client.unsubscribe(++this.#asked, this.pattern));
      return this.#subscribe(null);
    }
    this.states.delete(topic);
    const at = { epoch: epoch!, offset: next! - 1 };
    this.#last.set(topic, at);
    this.#beyond.set(topic, at);
  }

  #judge(topic: string | null, reason: number): void {
    if (!(topic ?? this.pattern).startsWith("s.")) return;
    // deletions, or topics that the pattern may have matched
    const isForgotten =
      this.#world.mayForget &&
      (reason === gapReason.reset || (topic === null && reason === gapReason.trimmed));
    const hadNothing = topic !== null && (this.#last.get(topic)?.offset ?? 0) === 0;
    if (!isForgotten && !hadNothing)
      this.#world.tell("wrong-gap", `${this.pattern} was told ${reason}, and all of it is known`);
  }
}
