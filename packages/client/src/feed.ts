// One hub subscription and all who listen to it.

import { hasWildcard, type Tail } from "@fanwire/protocol";
import type { Timed } from "./alarm.ts";
import { type Gap, missedSince, type Place } from "./core/gap.ts";
import { nextStream, pending, type Stream, type StreamEvent } from "./core/subscription.ts";
import type { User } from "./driver.ts";
import type { ClientError } from "./errors.ts";
import { type Position, position } from "./position.ts";
import type { Received } from "./publication.ts";
import type { Report } from "./report.ts";

/** Who listens. */
export interface Listener {
  /** `message`: the number of the message that it came with. */
  deliver(publication: Received, message: number): void;
  gap(gap: Gap): void;
  moved(stream: Stream): void;
}

/** Who has the feeds. */
export interface Owner {
  readonly report: Report;
  /** Makes the publication that is delivered; undefined when that cannot be. */
  open(
    topic: string,
    epoch: number,
    offset: number,
    tail: Tail,
    replayed: boolean,
  ): Received | undefined;
  /** A listener left. */
  left(feed: Feed): void;
  /** It should end. */
  end(feed: Feed, cause: ClientError | undefined): void;
}

/** Follows one topic or pattern for its listeners, over all links. */
export class Feed implements Timed, User {
  readonly name: string;
  /** The name, unless it is a pattern. */
  readonly topic: string | undefined;
  /** How long it outlives its last listener, in milliseconds. */
  lingerMs = 0;
  /** When it ends, as nobody listens any more. */
  dueAt: number = Infinity;
  readonly #owner: Owner;
  #stream: Stream = pending;
  #listeners: readonly Listener[] = [];
  /** How far the listeners were served. Undefined until the first grant. */
  #place: Place | undefined;

  constructor(name: string, owner: Owner) {
    this.name = name;
    this.#owner = owner;
    this.topic = hasWildcard(name) ? undefined : name;
  }

  /** Everything of the topic up to there was delivered or told. */
  get position(): Position | undefined {
    const place = this.#place;
    return place?.epoch === undefined ? undefined : position(place.epoch, place.offset);
  }

  get stream(): Stream {
    return this.#stream;
  }

  /** It is on the present link, or asked for. */
  get isAsked(): boolean {
    const stream = this.#stream;
    return "sub" in stream || ("id" in stream && stream.id > 0);
  }

  /** The answer to this SUBSCRIBE counts. */
  isAskedBy(id: number): boolean {
    return "id" in this.#stream && this.#stream.id === id;
  }

  get isHeard(): boolean {
    return this.#listeners.length > 0;
  }

  due(): void {
    this.over(undefined);
  }

  over(cause: ClientError | undefined): void {
    this.#owner.end(this, cause);
  }

  join(listener: Listener): void {
    this.dueAt = Infinity;
    this.#listeners = [...this.#listeners, listener];
    listener.moved(this.#stream);
  }

  leave(listener: Listener): void {
    this.#listeners = this.#listeners.filter((other) => other !== listener);
    this.#owner.left(this);
  }

  step(event: StreamEvent): void {
    const before = this.#stream;
    this.#stream = nextStream(before, event);
    if (this.#stream.state !== before.state)
      for (const listener of this.#listeners) listener.moved(this.#stream);
  }

  /** A grant, with the head of the topic. */
  granted(grant: { readonly sub: number; readonly replay: number }, head: Place): void {
    const before = this.#place;
    // a replay ends at the head, and begins where this feed stood or with the first of all
    const offset = before && before.epoch === head.epoch ? before.offset : 0;
    this.#place = grant.replay > 0 ? { ...head, offset } : head;
    const gap = before && missedSince(before, head, this.topic);
    if (gap) this.#gap(gap);
    this.step({ type: "granted", ...grant });
  }

  /** The replay is over; of a topic, at this place. */
  caughtUp(at: Place | undefined): void {
    this.#place = at ?? this.#place;
    this.step({ type: "caughtUp" });
  }

  /** A gap that the hub tells; on a topic, what was missed ends at this place. */
  missed(gap: Gap, at: Place | undefined): void {
    this.#place = at ?? this.#place;
    this.#gap(gap);
  }

  /** The next publication of a topic that is followed by name; one that was delivered before is left out. */
  deliverNext(message: number, offset: number, tail: Tail): void {
    const place = this.#place!;
    if (offset <= place.offset) return;
    this.deliver(message, this.name, place.epoch!, offset, tail);
    place.offset = offset;
  }

  deliver(message: number, topic: string, epoch: number, offset: number, tail: Tail): void {
    const listeners = this.#listeners;
    if (listeners.length === 0) return;
    const publication = this.#owner.open(
      topic,
      epoch,
      offset,
      tail,
      this.#stream.state === "replaying",
    );
    if (publication) for (const listener of listeners) listener.deliver(publication, message);
  }

  #gap(gap: Gap): void {
    for (const listener of this.#listeners) listener.gap(gap);
  }
}
