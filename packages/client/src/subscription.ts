// A subscription, as applications see it.

import type { Gap } from "./core/gap.ts";
import type { ClientError } from "./errors.ts";
import type { From, Position } from "./position.ts";
import type { Publication } from "./publication.ts";
import type { Store } from "./store.ts";

/** Why the state is wanted: at first, after a gap, or because the hub says that what it told is void. */
export interface ResyncReason {
  readonly reason: "first" | "gap" | "reset";
  /** Aborted when the subscription ends. */
  readonly signal: AbortSignal;
}

/** Fetches the state. Resolves with the position that it was taken at; undefined: at some time during the call. */
export type Resync = (why: ResyncReason) => Promise<Position | undefined>;

/** How to subscribe. */
export interface SubscribeOptions {
  /** Aborting it ends the subscription, as `unsubscribe` does. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Where it begins. Default: now. One that begins later than others of its topic goes back alone; on a pattern the first one counts,
   * and a later one is told a gap instead. `state`: with the latest publication of each key, on a topic that keeps state; what is held of
   * it is void after a gap, as it comes whole again then.
   */
  readonly from?: From | "state" | undefined;
  /**
   * What the hub is to do while this client takes less than there is: keep all for it, as far as the log of the topic reaches
   * (default), close the connection, send the latest of each key alone, on a topic that keeps state, or the latest of all. Of several listeners
   * the one that wants most counts, in this order.
   */
  readonly lag?: "all" | "close" | "latest-per-key" | "latest" | undefined;
  /**
   * How often the hub sends: at once (default), or the latest once in so many milliseconds, at most 5,000; it rounds up to 16, 33, 50, 100,
   * 200, 500, 1,000, 2,000 or 5,000. `frame`: as often as a screen shows something, which is 16. With `lag: "latest"`, which is its default
   * then, or `"latest-per-key"`.
   */
  readonly rate?: "all" | "frame" | { readonly everyMs: number } | undefined;
  /**
   * Fetches state that the application owns: at first, unless `from` says where to begin, and after each gap. What comes meanwhile, at most
   * `buffer` publications, is held back, and what is behind the position that it gives is delivered then. What waits for a
   * loop when a gap is told is void.
   */
  readonly resync?: Resync | undefined;
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
  /** How far publications were delivered; undefined before that is known. Of a pattern it may be long. */
  readonly position: Position | undefined;
  /** How many publications were left out because the loop was slower than they came. */
  readonly dropped: number;
  /** On a topic of a contract, where what comes is compared with it: how many publications were not delivered, as they are invalid. */
  readonly invalid?: number;
  /** The first time that it is live. Rejects with the reason when it ends before: `closed`, when the application ended it. */
  readonly ready: Promise<Ready>;
  /** Calls `run` when that happens. Returns what ends that. */
  on<K extends keyof SubscriptionEvents>(
    kind: K,
    run: (event: SubscriptionEvents[K]) => void,
    options?: { readonly signal?: AbortSignal | undefined },
  ): () => void;
  /** Ends it: nothing is delivered any more, also of what was received already. */
  readonly unsubscribe: () => void;
}

/** How a subscription became live: `recovered`, without a gap; `replayed`, how many publications came before it was. */
export interface Ready {
  readonly recovered: boolean;
  readonly replayed: number;
}
