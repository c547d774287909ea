// What an application holds of a subscription: one listener of a feed, pushed to a handler or pulled by a loop.

import { onAbort } from "./call.ts";
import type { Gap } from "./core/gap.ts";
import type { Stream } from "./core/subscription.ts";
import { ClientError } from "./errors.ts";
import type { Feed, Listener, Owner } from "./feed.ts";
import type { Position } from "./position.ts";
import type { Publication, Received } from "./publication.ts";
import { Pull } from "./pull.ts";
import { guarded } from "./report.ts";
import { Cell } from "./store.ts";
import type {
  Ready,
  SubscribeOptions,
  Subscription,
  SubscriptionEvents,
  SubscriptionState,
} from "./subscription.ts";

type Handler<T> = (publication: Publication<T>) => void;

interface Hook {
  readonly kind: keyof SubscriptionEvents;
  readonly run: (event: never) => void;
}

const none: readonly never[] = [];

/** A {@link Subscription}. */
export class Listening<T> implements Subscription<T>, Listener {
  readonly state: Cell<SubscriptionState> = new Cell<SubscriptionState>("pending");
  dropped = 0;
  readonly #feed: Feed;
  readonly #handler: Handler<T> | undefined;
  readonly #options: SubscribeOptions;
  readonly #owner: Owner;
  #ready: Promise<Ready> | undefined;
  #settle: { resolve(ready: Ready): void; reject(error: ClientError): void } | undefined;
  /** What `ready` tells. */
  #outcome: Ready | ClientError | undefined;
  /** What was delivered when that is not what came: by a loop, or until the end. */
  #at: Position | undefined;
  #pull: Pull<Received> | undefined;
  #hooks: readonly Hook[] = none;
  #recovered = true;
  #replayed = 0;
  /** Left out since the last publication that was pulled. */
  #missed = 0;
  /** The number of the message that the last one came with. */
  #message = 0;
  #off: (() => void) | undefined;

  /** Joins the feed. */
  constructor(
    feed: Feed,
    handler: Handler<T> | undefined,
    options: SubscribeOptions,
    owner: Owner,
  ) {
    this.#feed = feed;
    this.#handler = handler;
    this.#options = options;
    this.#owner = owner;
    if (!handler) this.#pull = this.#newPull();
    feed.join(this);
    if (!this.#isOver) this.#off = onAbort(options.signal, () => this.unsubscribe());
  }

  get ready(): Promise<Ready> {
    if (!this.#ready) {
      this.#ready = new Promise((resolve, reject) => {
        this.#settle = { resolve, reject };
      });
      this.#ready.catch(() => {}); // whoever does not wait for it hears of it by `ended`
      this.#settled(this.#outcome);
    }
    return this.#ready;
  }

  get position(): Position | undefined {
    return this.#pull || this.#isOver ? this.#at : this.#feed.position;
  }

  on<K extends keyof SubscriptionEvents>(
    kind: K,
    run: (event: SubscriptionEvents[K]) => void,
    options?: { readonly signal?: AbortSignal | undefined },
  ): () => void {
    const hook: Hook = { kind, run };
    this.#hooks = [...this.#hooks, hook];
    const remove = (): void => {
      this.#hooks = this.#hooks.filter((other) => other !== hook);
    };
    const off = onAbort(options?.signal, remove);
    return () => {
      remove();
      off();
    };
  }

  unsubscribe(): void {
    if (this.#isOver) return;
    this.#end(undefined);
    this.#pull?.clear();
  }

  [Symbol.dispose](): void {
    this.unsubscribe();
  }

  [Symbol.asyncIterator](): AsyncIterator<Publication<T>, undefined> {
    const pull = (this.#pull ??= this.#newPull());
    return {
      next: () => pull.next() as Promise<IteratorResult<Publication<T>, undefined>>,
      return: async () => {
        this.unsubscribe();
        return { done: true, value: undefined };
      },
    };
  }

  deliver(publication: Received, message: number): void {
    if (this.#isOver) return;
    if (publication.replayed) this.#replayed++;
    if (this.#handler) this.#push(publication);
    if (this.#pull) this.#keep(this.#pull, publication, message);
  }

  gap(gap: Gap): void {
    this.#recovered = false;
    this.#stand();
    this.#tell("gap", gap);
  }

  moved(stream: Stream): void {
    if (this.#isOver) return;
    if (stream.state === "ended") return this.#end(stream.cause);
    this.state.set(stream.state);
    const recovered = this.#recovered;
    if (stream.state === "live") {
      this.#stand();
      this.#settled({ recovered, replayed: this.#replayed });
      this.#tell("live", { recovered });
    } else if (stream.state === "interrupted") {
      this.#recovered = true;
      this.#tell("interrupted", stream.cause);
    }
  }

  get #isOver(): boolean {
    return this.state.get() === "ended";
  }

  /** Everything that came was delivered, unless it waits for the loop. */
  #stand(): void {
    if (!this.#pull?.size) this.#at = this.#feed.position;
  }

  #push(publication: Received): void {
    try {
      this.#handler!(publication as Publication<T>);
    } catch (error) {
      this.#owner.report({ kind: "handler", error, topic: publication.topic });
    }
  }

  #keep(pull: Pull<Received>, publication: Received, message: number): void {
    if (message !== this.#message) this.#bound(pull);
    this.#message = message;
    if (!this.#isOver) pull.push(publication);
  }

  /** Another message begins, and the loop had its turn since the last one: now it can be too slow. */
  #bound(pull: Pull<Received>): void {
    const { buffer = 1024, overflow } = this.#options;
    const excess = pull.size + 1 - buffer;
    if (excess <= 0) return;
    if (overflow === "error") return this.#end(new ClientError("overflow"));
    pull.drop(excess);
    this.dropped += excess;
    this.#missed += excess;
  }

  #newPull(): Pull<Received> {
    return new Pull((publication) => {
      const missed = this.#missed;
      this.#missed = 0;
      if (this.#feed.topic) this.#at = publication.position;
      if (missed > 0)
        this.gap({
          topic: this.#feed.topic,
          missed,
          next: publication.position,
          reason: "overflow",
        });
    });
  }

  #end(cause: ClientError | undefined): void {
    this.#at = this.position;
    this.state.set("ended");
    this.#off?.();
    this.#feed.leave(this);
    this.#settled(cause ?? new ClientError("closed"));
    this.#pull?.end(cause);
    this.#tell("ended", cause);
    this.#hooks = none;
  }

  /** The first outcome is the one that counts. */
  #settled(outcome: Ready | ClientError | undefined): void {
    this.#outcome ??= outcome;
    if (this.#outcome instanceof ClientError) this.#settle?.reject(this.#outcome);
    else if (this.#outcome) this.#settle?.resolve(this.#outcome);
  }

  #tell<K extends keyof SubscriptionEvents>(kind: K, event: SubscriptionEvents[K]): void {
    for (const hook of this.#hooks)
      if (hook.kind === kind) guarded(hook.run as (event: SubscriptionEvents[K]) => void, event);
  }
}
