// A subscription, as applications see it.

import type { Gap } from "./core/gap.ts";
import type { ClientError } from "./errors.ts";
import type { Position } from "./position.ts";
import type { Publication } from "./publication.ts";
import type { Store } from "./store.ts";

/** How to subscribe. */
export interface SubscribeOptions {
  /** Aborting it ends the subscription, as `unsubscribe` does. */
  readonly signal?: AbortSignal | undefined;
  /**
   * How many publications may wait for a loop when the next ones come. Default 1,024. What came with one message of the hub, at most
   * 64 KiB, is not counted before the loop had its turn.
   */
  readonly buffer?: number | undefined;
  /** What happens beyond that: the oldest is left out and told by `dropped` and a gap (default), or the subscription ends with `overflow`. */
  readonly overflow?: "drop-oldest" | "error" | undefined;
  /** How long the hub subscription outlives its last listener, in milliseconds. Default 250. */
  readonly lingerMs?: number | undefined;
}

/**
 * - `pending`: not granted yet
 * - `replaying`: what comes was published before
 * - `live`: what comes is new
 * - `interrupted`: the link was lost; it comes back by itself
 * - `ended`: for ever
 */
export type SubscriptionState = "pending" | "replaying" | "live" | "interrupted" | "ended";

/** What {@link Subscription.on} tells. */
export interface SubscriptionEvents {
  /** Publications were missed. */
  readonly gap: Gap;
  /** It is live, for the first time or again; `recovered`: without a gap on the way. */
  readonly live: { readonly recovered: boolean };
  /** The link was lost; undefined: because the application wanted another. */
  readonly interrupted: ClientError | undefined;
  /** It ended; undefined: because the application wanted it. */
  readonly ended: ClientError | undefined;
}

/** A subscription. Pull from it by `for await`, which ends it when the loop is left. */
export interface Subscription<T> extends AsyncIterable<Publication<T>, undefined>, Disposable {
  readonly state: Store<SubscriptionState>;
  /** How far publications of the topic were delivered; undefined before the first grant, and on a pattern. */
  readonly position: Position | undefined;
  /** How many publications were left out because the loop was slower than they came. */
  readonly dropped: number;
  /** The first time that it is live. Rejects with the reason when it ends before: `closed`, when the application ended it. */
  readonly ready: Promise<Ready>;
  /** Calls `run` when that happens. Returns what ends that. */
  on<K extends keyof SubscriptionEvents>(
    kind: K,
    run: (event: SubscriptionEvents[K]) => void,
    options?: { readonly signal?: AbortSignal | undefined },
  ): () => void;
  /** Ends it: nothing is delivered any more, also of what was received already. */
  unsubscribe(): void;
}

/** How a subscription became live: `recovered`, without a gap; `replayed`, how many publications came before it was. */
export interface Ready {
  readonly recovered: boolean;
  readonly replayed: number;
}
