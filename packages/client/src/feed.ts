// One hub subscription and all who listen to it.

import type { Publication } from "./publication.ts";
import { type List, none } from "./store.ts";
import type { SubscriptionState } from "./subscription.ts";

/** Who listens. */
export interface Listener {
  /** `message`: the number of the message that it came with. */
  deliver(publication: Publication, message: number): void;
  /** A gap, or another state of the feed, with what is told of it. */
  tell(kind: "gap" | SubscriptionState, told?: unknown): void;
}

/** Follows one topic or pattern for its listeners, over all links. */
export class Feed {
  readonly name: string;
  /** The name, unless it is a pattern. */
  readonly topic: string | undefined;
  state: SubscriptionState = "pending";
  listeners: List<Listener> = none;
  /** The SUBSCRIBE that asked for it on this link; 0: none. */
  id = 0;
  /** The number of its stream on this link. */
  sub: number | undefined;
  /** How far the listeners were served; null on a pattern, undefined until the first grant. */
  epoch: number | null | undefined;
  offset = 0;
  /** How long it outlives its last listener, in milliseconds. */
  lingerMs = 0;
  /** When it is to be looked after: asked for, or left, as nobody listens any more. */
  dueAt = 0;
  /** How often it was refused since it was granted. */
  refusals = 0;

  constructor(name: string) {
    this.name = name;
    if (!name.includes("*")) this.topic = name;
  }
}
