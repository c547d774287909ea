// What an application holds of a subscription: one listener of a feed, pushed to a handler or pulled by a loop.

import { deferred, onAbort } from "./call.ts";
import { ClientError } from "./errors.ts";
import type { Gap } from "./core/gap.ts";
import { type Copy, type Feed, LATEST, type Listener, PER_KEY } from "./feed.ts";
import { addHook, type Hook, type Hooked } from "./hook.ts";
import { Loop, take } from "./loop.ts";
import { type At, Place, type Position, type Start, STATE } from "./position.ts";
import type { Publication } from "./publication.ts";
import { guarded, type Report } from "./report.ts";
import { type Cell, type List, newCell, none, type Store } from "./store.ts";
import type {
  Ready,
  SubscribeOptions,
  Subscription,
  SubscriptionEvents,
  SubscriptionState,
} from "./subscription.ts";

export type Handler<T> = (publication: Publication<T>) => void;

/** What only other entries of this package say. */
export interface ListenOptions extends SubscribeOptions {
  /** What it keeps of the state. */
  readonly copy?: Copy | undefined;
}

/** Who has the subscriptions. */
export interface Owner {
  readonly report: Report;
  /** A listener of the feed is to begin elsewhere. */
  touch(feed: Feed): void;
  /** Waits before the attempt of that number. */
  pause(attempt: number, signal: AbortSignal): Promise<void>;
  /** A listener left. */
  leave(feed: Feed, listener: Listener): void;
}

/** What is asked of the hub; see {@link Feed.mode}. */
function modeOf({
  rate,
  lag = typeof rate === "object" ? "latest" : "all",
}: SubscribeOptions): number {
  if (lag === "all") return 0;
  if (lag === "close") return 1;
  const everyMs = typeof rate === "object" ? Math.ceil(rate.everyMs) : 0;
  return everyMs + (lag === "latest" ? LATEST : PER_KEY);
}

/** From now, where there is a state, it begins with that, unless the application has its own. */
function startOf(
  { hasState, topic }: Feed,
  { from = "now", resync }: SubscribeOptions,
): Start | undefined {
  if (from === "now") return hasState && topic && !resync ? STATE : undefined;
  return typeof from === "object" ? from.last || undefined : from;
}

/** There may be ten thousand in a page: what few need is made when it is asked for. */
export class Listening implements Subscription<unknown>, Listener, Hooked {
  readonly mode: number;
  from: Start | undefined;
  floor: At | undefined;
  had: At | undefined;
  isNew = true;
  hooks: List<Hook> = none;
  protected readonly owner: Owner;
  protected readonly feed: Feed;
  protected readonly options: ListenOptions;
  readonly #handler: Handler<unknown> | undefined;
  /** How far the application was served. */
  readonly #place: Place;
  /** What waits for the loop; undefined: there is none. */
  #loop: Loop | undefined;
  #state: SubscriptionState = "pending";
  #cell: Cell<SubscriptionState> | undefined;
  #ready: Promise<Ready> | undefined;
  #settle: ((outcome: Ready | ClientError) => void) | undefined;
  /** Of `ready`. */
  #outcome: Ready | ClientError | undefined;
  /** What the loop ends with. */
  #end: unknown;
  #isRecovered = true;
  #replayed = 0;
  #off: (() => void) | undefined;

  constructor(
    owner: Owner,
    feed: Feed,
    handler: Handler<unknown> | undefined,
    options: ListenOptions,
  ) {
    this.owner = owner;
    this.feed = feed;
    this.options = options;
    this.mode = modeOf(options);
    this.from = startOf(feed, options);
    this.#handler = handler;
    this.#place = new Place(feed.topic);
    if (!handler) this.#loop = new Loop();
  }

  /** From now on the feed tells it what comes. */
  begin(): void {
    const { feed } = this;
    // a list of one that is spread has room for sixteen more
    feed.listeners = feed.listeners.concat(this);
    if (this.from === undefined) this.tell(feed.state);
    this.#off = onAbort(this.options.signal, () => this.unsubscribe());
  }

  get copy(): Copy | undefined {
    return this.options.copy;
  }

  get state(): Store<SubscriptionState> {
    return (this.#cell ??= newCell(this.#state));
  }

  get ready(): Promise<Ready> {
    if (!this.#ready) {
      [this.#ready, this.#settle] = deferred<Ready>();
      this.#ready.catch(() => {}); // whoever does not wait for it hears of it by `ended`
      if (this.#outcome) this.#become(this.#outcome);
    }
    return this.#ready;
  }

  get position(): Position | undefined {
    return this.#place.position();
  }

  get dropped(): number {
    return this.#loop?.dropped ?? 0;
  }

  on<K extends keyof SubscriptionEvents>(
    kind: K,
    run: (event: SubscriptionEvents[K]) => void,
    more?: { readonly signal?: AbortSignal | undefined },
  ): () => void {
    return addHook(this, kind, run, this.#isOver ? undefined : more?.signal);
  }

  /** Made when it is asked for, so that it may be handed on by itself. */
  get unsubscribe(): () => void {
    return () => {
      if (this.#loop && !this.#isOver) this.#loop.kept = [];
      this.tell("ended");
    };
  }

  [Symbol.dispose](): void {
    this.unsubscribe();
  }

  [Symbol.asyncIterator](): AsyncIterator<Publication, undefined> {
    const loop = (this.#loop ??= new Loop());
    const pulled = (loop.pulled ??= this.#pull(loop));
    return {
      next: () => pulled.next(),
      return: () => {
        this.unsubscribe();
        return pulled.return(undefined);
      },
    };
  }

  deliver(publication: Publication, message: number, at: At): void {
    if (this.#isOver) return;
    if (publication.replayed) this.#replayed++;
    try {
      this.#handler?.(publication);
    } catch (error) {
      this.owner.report({ kind: "handler", error, topic: publication.topic });
    }
    if (this.#isOver) return;
    if (this.#loop) this.#keep(this.#loop, publication, message, at);
    else this.#place.set(publication.topic, at);
  }

  reach(mark: Uint8Array): void {
    const last = this.#loop?.kept.at(-1);
    if (this.#isOver) return;
    if (last) last.mark = mark;
    else this.#place.reach(mark);
  }

  gap(told: Gap): void {
    if (this.#isOver) return;
    const { owner, feed, options } = this;
    this.#isRecovered = false;
    const isState = options.from === STATE;
    // void, as the state is fetched anew
    if (this.#loop && (options.resync || isState)) this.#loop.kept = [];
    this.#stand();
    this.#call("gap", told);
    // what the hub has begun to tell anew comes whole
    if (!isState || this.#isOver || (told.reason === "reset" && feed.state === "replaying")) return;
    this.from = STATE;
    this.change("replaying");
    owner.touch(feed);
  }

  tell(kind: SubscriptionState, told?: unknown): void {
    // a feed that goes back for another listener says nothing to one that is live
    if (kind !== "replaying" || this.#state !== "live") this.change(kind, told);
  }

  /** Its state is another, whatever the feed's is. */
  protected change(kind: SubscriptionState, told?: unknown): void {
    if (this.#isOver || kind === this.#state) return;
    const recovered = this.#isRecovered;
    this.#state = kind;
    this.#cell?.set(kind);
    if (kind === "interrupted") this.#isRecovered = true;
    if (kind === "live" || kind === "replaying") this.isNew = false;
    if (kind === "live") {
      this.#stand();
      this.#become({ recovered, replayed: this.#replayed });
      told = { recovered };
    }
    if (kind === "ended") {
      this.#end = told;
      this.#off?.();
      this.owner.leave(this.feed, this);
      this.#become((told as ClientError | undefined) ?? new ClientError("closed"));
      this.#loop?.wake?.();
    }
    this.#call(kind, told);
    if (kind === "ended") for (const { forget } of this.hooks) forget();
  }

  get #isOver(): boolean {
    return this.#state === "ended";
  }

  /** How it became live, or that it never will: what comes first counts. */
  #become(outcome: Ready | ClientError): void {
    this.#outcome ??= outcome;
    this.#settle?.(this.#outcome);
    this.#settle = undefined;
  }

  /** It stands where the feed does, unless something waits for the loop. */
  #stand(): void {
    if (!this.#loop?.kept[0]) this.#place.follow(this.feed.place);
  }

  #call(kind: string, told: unknown): void {
    for (const hook of this.hooks)
      if (hook.kind === kind && (kind === "ended" || !this.#isOver))
        guarded(hook.run, told as never);
  }

  #keep(loop: Loop, publication: Publication, message: number, at: At): void {
    const { buffer = 1024, overflow, resync } = this.options;
    const { length } = loop.kept;
    const excess = length + 1 - buffer;
    // another message begins, and the loop had its turn since the last one: now it can be too slow
    if (message !== loop.lastMessage && excess > 0) {
      if (overflow === "error") return this.tell("ended", new ClientError("overflow"));
      // what waits is void when the state is fetched anew
      const isVoid = resync && !this.#handler;
      loop.drop(isVoid ? length : excess, this.feed.topic);
      if (isVoid) {
        this.#overflowed(loop, publication);
        return this.deliver(publication, message, at);
      }
    }
    loop.lastMessage = message;
    loop.kept.push({ publication, at });
    loop.wake?.();
  }

  #overflowed(loop: Loop, { position: next }: Publication): void {
    const told: Gap = { topic: this.feed.topic, missed: loop.missed, next, reason: "overflow" };
    loop.missed = 0;
    loop.lost = undefined;
    this.gap(told);
  }

  async *#pull(loop: Loop): AsyncGenerator<Publication, undefined> {
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- it waits for what comes
      if (!loop.kept[0] && !this.#isOver) await loop.wait();
      const next = loop.kept.shift();
      if (next) {
        if (loop.lost) this.#place.follow(loop.lost);
        take(this.#place, next);
        if (loop.missed > 0) this.#overflowed(loop, next.publication);
        yield next.publication;
      } else {
        if (this.#end) throw this.#end;
        return undefined;
      }
    }
  }
}
