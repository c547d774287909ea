// One hub subscription and all who listen to it.

import type { Gap } from "./core/gap.ts";
import { type At, Place, type Start } from "./position.ts";
import type { Publication } from "./publication.ts";
import { type List, none } from "./store.ts";
import type { SubscriptionState } from "./subscription.ts";

/** Of each key the latest, and the latest alone: plus the milliseconds of an interval, at most 5,000. See {@link Feed.mode}. */
export const PER_KEY = 2;
export const LATEST = 6000;

/** What a listener from `state` keeps of it. */
export interface Copy {
  /** It begins with what another has. */
  take(other: Copy): void;
}

/** Who listens. */
export interface Listener {
  /** What it wants of the hub: see {@link Feed.mode}. */
  readonly mode: number;
  /** Where it is to begin; undefined: it was served, or begins with what comes. */
  from: Start | undefined;
  /** Another that keeps one begins with it. */
  readonly copy: Copy | undefined;
  /** It was served nothing yet. */
  isNew: boolean;
  /** What it has had when the feed went back for another. */
  floor: At | undefined;
  /** What the feed had when it went back for this one, until something comes: of what is gone before that it is not told. */
  had: At | undefined;
  /** `message`: the number of the message that it came with. */
  deliver(publication: Publication, message: number, at: At): void;
  /** All of a pattern up to there was delivered. */
  reach(mark: Uint8Array): void;
  gap(gap: Gap): void;
  /** Another state of the feed, with what is told of it. */
  tell(state: SubscriptionState, told?: unknown): void;
}

/** Follows one topic or pattern for its listeners, over all links. */
export class Feed {
  readonly name: string;
  /** The name, unless it is a pattern. */
  readonly topic: string | undefined;
  state: SubscriptionState = "pending";
  listeners: List<Listener> = none;
  /** The last SUBSCRIBE that asked for it on this link; 0: none. */
  id = 0;
  /** It is not answered. */
  isAsked = false;
  /** The options that were asked for: 0, all from the log; 1, to be closed when slow; from {@link PER_KEY} or {@link LATEST} on the latest. */
  mode = 0;
  /** The start that was asked for, until the feed stands behind it, and who wanted it. */
  start: Start | undefined;
  starters: List<Listener> = none;
  /** The number of its stream on this link, and of a topic its epoch and its head when it was granted. */
  sub: number | undefined;
  granted: At = [0, 0];
  /** It told a state, or a key: whoever begins now wants the state first. */
  hasState = false;
  /** How far the listeners were served. */
  place: Place;
  /** Where that begins. */
  goal: Place;
  /** Before it went back to the start. */
  before: Place;
  /** How long it outlives its last listener, in milliseconds. */
  lingerMs = 0;
  /** When it is to be looked after: asked for, or left, as nobody listens any more. */
  dueAt = 0;
  /** How often it was refused since it was granted. */
  refusals = 0;

  constructor(name: string) {
    this.name = name;
    this.topic = name.includes("*") ? undefined : name;
    this.place = this.goal = this.before = new Place(this.topic);
  }

  /** It can go on from where it is. */
  get stands(): boolean {
    return !!(this.place.at ?? this.place.mark);
  }

  /** What the most demanding of its listeners wants. */
  get wanted(): number {
    return Math.min(...this.listeners.map(({ mode }) => mode));
  }
}
