// A client that knows where it is in each topic that it follows: it can go on from there on another connection, and notices whatever
// is missing, comes twice, or is something else than what was published at its offset.

import {
  type From,
  type GapFrame,
  type Reader,
  type SeenPace,
  subscribeFrame,
  subscribeOk,
} from "@fanwire/protocol";
import type { Connection } from "./connection.ts";
import { MAGIC_LOW, SEQUENCE_AT } from "./marker.ts";
import { batch } from "./wires/fanwire-frames.ts";
import type { Talker } from "./wires/talk.ts";

/** Where a client is in a topic. */
export class Place {
  readonly topic: string;
  /** 0: not known. */
  epoch = 0;
  /** The offset that comes next; 0: whatever comes first. */
  next = 0;
  /** The first offset that came. */
  first = 0;
  count = 0;
  wrong = 0;
  gaps = 0;
  /** The offset of the publication with the number 0. */
  readonly #zeroAt: number;

  constructor(topic: string, zeroAt: number) {
    this.topic = topic;
    this.#zeroAt = zeroAt;
  }

  take(offset: number, sequence: number): void {
    const isNext = this.next === 0 || offset === this.next;
    if (!isNext || sequence !== offset - this.#zeroAt) this.wrong++;
    if (this.count++ === 0) this.first = offset;
    this.next = offset + 1;
  }
}

/** Follows some topics on one connection. */
export class Follower implements Talker {
  readonly seen: SeenPace;
  readonly #client: Connection;
  readonly #places: readonly Place[];
  readonly #byStream = new Map<number, Place>();
  /** The highest offset that a topic of it had when it was granted. */
  headAtGrant = 0;
  #isFromHead = false;

  constructor(client: Connection, seen: SeenPace, places: readonly Place[]) {
    this.seen = seen;
    this.#client = client;
    this.#places = places;
  }

  /** What is published from now on. */
  fromHead(): void {
    this.#isFromHead = true;
    this.#begin(() => null);
  }

  /** All that is kept; of a state its values. */
  fromOldest(isState: boolean): void {
    this.#begin(() => (isState ? null : { epoch: 0, offset: 0 }));
  }

  /** What comes next in each place. */
  goOn(): void {
    this.#begin(({ epoch, next }) => ({ epoch, offset: next - 1 }));
  }

  /** Every subscription was answered. */
  get isGranted(): boolean {
    return this.#byStream.size === this.#places.length;
  }

  answered(r: Reader, count: number): void {
    const { outcomes } = subscribeOk.read(r, count);
    for (const [i, outcome] of outcomes.entries()) {
      if (!outcome.granted) throw new Error(`A subscription was refused: ${outcome.text}`);
      const place = this.#places[i]!;
      const { epoch, head, sub } = outcome;
      if (place.epoch !== 0 && place.epoch !== epoch) place.wrong++;
      place.epoch = epoch!;
      this.headAtGrant = Math.max(this.headAtGrant, head!);
      if (this.#isFromHead) place.next = head! + 1;
      this.#byStream.set(sub, place);
    }
  }

  published(sub: number, offset: number, payloadAt: number): void {
    const { view } = this.#client.lane;
    const isMarked = view.getUint32(payloadAt, true) === MAGIC_LOW;
    const sequence = isMarked ? view.getUint32(payloadAt + SEQUENCE_AT, true) : -1;
    this.#byStream.get(sub)!.take(offset, sequence);
  }

  gapped({ sub, next }: GapFrame): void {
    const place = this.#byStream.get(sub)!;
    place.gaps++;
    place.next = next ?? place.next;
  }

  #begin(from: (place: Place) => From): void {
    const client = this.#client;
    client.state = this;
    client.begin();
    const entries = this.#places.map((place) => ({
      pattern: place.topic,
      from: from(place),
      options: null,
    }));
    client.send(batch((w) => subscribeFrame.write(w, { id: 1, entries })));
  }
}
