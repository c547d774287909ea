// What an application holds of a subscription: one listener of a feed, pushed to a handler or pulled by a loop.

import { deferred, onAbort } from "./call.ts";
import { ClientError } from "./errors.ts";
import type { Gap } from "./core/gap.ts";
import { type Copy, type Feed, LATEST, type Listener, PER_KEY } from "./feed.ts";
import { type At, Place, type Position, type Start, STATE } from "./position.ts";
import type { Publication } from "./publication.ts";
import { guarded } from "./report.ts";
import { addResync, type ResyncOwner } from "./resync.ts";
import { newCell, type List, none } from "./store.ts";
import type {
  Ready,
  SubscribeOptions,
  Subscription,
  SubscriptionEvents,
  SubscriptionState,
} from "./subscription.ts";

/** A publication that waits for the loop. */
interface Kept<T> {
  readonly publication: Publication<T>;
  readonly at: At;
  /** What was reached behind it. */
  mark?: Uint8Array;
}

export type Handler<T> = (publication: Publication<T>) => void;

/** What only other entries of this package say. */
export interface ListenOptions extends SubscribeOptions {
  /** What it keeps of the state. */
  readonly copy?: Copy | undefined;
}

interface Hook {
  readonly kind: keyof SubscriptionEvents;
  readonly run: (event: never) => void;
  /** It does not listen to its signal any more. */
  forget: () => void;
}

/** Who has the subscriptions. */
export interface Owner extends ResyncOwner {
  /** A listener left. */
  leave(feed: Feed, listener: Listener): void;
}

/** `place` goes on behind what was kept. */
function take(place: Place, { publication: { topic }, at, mark }: Kept<unknown>): void {
  place.after.set(topic, at);
  if (mark) place.reach(mark);
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

/** Adds a subscription to those of `feed`, which tells it what comes. */
export function listen<T>(
  owner: Owner,
  feed: Feed,
  handler: Handler<T> | undefined,
  options: ListenOptions,
): Subscription<T> & Listener {
  const { buffer = 1024, overflow, resync, signal } = options;
  const state = newCell<SubscriptionState>("pending");
  const [ready, settle] = deferred<Ready>();
  let hooks: List<Hook> = none;
  /** How far the application was served, and by what the loop is to be told that it was too slow. */
  const place = new Place();
  const lost = new Place();
  let isRecovered = true;
  let replayed = 0;
  /** What waits for the loop; undefined: there is none. */
  let kept: Kept<T>[] | undefined = handler ? undefined : [];
  let loop: AsyncGenerator<Publication<T>, undefined> | undefined;
  /** Wakes the loop, which waits. */
  let wake: (() => void) | undefined;
  /** What the loop ends with. */
  let end: unknown;
  let dropped = 0;
  /** Left out since the last publication that was pulled. */
  let missed = 0;
  /** The number of the message that the last one came with. */
  let lastMessage = 0;
  let off: (() => void) | undefined;

  const isOver = (): boolean => state.get() === "ended";

  /** It stands where the feed does, unless something waits for the loop. */
  function stand(): void {
    if (!kept?.length) place.follow(feed.place);
  }

  function unsubscribe(): void {
    if (kept && !isOver()) kept = [];
    self.tell("ended");
  }

  async function* pull(): AsyncGenerator<Publication<T>, undefined> {
    for (;;) {
      if (!kept!.length && !isOver())
        // oxlint-disable-next-line no-await-in-loop -- it waits for what comes
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      const next = kept!.shift();
      if (next) {
        const { publication } = next;
        place.follow(lost);
        take(place, next);
        if (missed > 0) overflowed(publication.position);
        yield publication;
      } else {
        if (end) throw end;
        return undefined;
      }
    }
  }

  function overflowed(next: Position): void {
    const told: Gap = { topic: feed.topic, missed, next, reason: "overflow" };
    missed = 0;
    lost.after.clear();
    lost.mark = undefined;
    self.gap(told);
  }

  function deliver(publication: Publication<T>, message: number, at: At): void {
    if (isOver()) return;
    if (publication.replayed) replayed++;
    try {
      handler?.(publication);
    } catch (error) {
      owner.report({ kind: "handler", error, topic: publication.topic });
    }
    if (isOver()) return;
    if (!kept) {
      place.after.set(publication.topic, at);
      return;
    }
    let excess = kept.length + 1 - buffer;
    // another message begins, and the loop had its turn since the last one: now it can be too slow
    if (message !== lastMessage && excess > 0) {
      if (overflow === "error") return self.tell("ended", new ClientError("overflow"));
      // what waits is void when the state is fetched anew
      if (resync && !handler) excess = kept.length;
      for (const left of kept.splice(0, excess)) take(lost, left);
      dropped += excess;
      missed += excess;
      if (resync && !handler) {
        overflowed(publication.position);
        return self.deliver(publication, message, at);
      }
    }
    lastMessage = message;
    kept.push({ publication, at });
    wake?.();
  }

  function gap(told: Gap): void {
    if (isOver()) return;
    isRecovered = false;
    const isState = options.from === STATE;
    if (resync || isState) kept &&= []; // void, as the state is fetched anew
    stand();
    call("gap", told);
    // what the hub has begun to tell anew comes whole
    if (!isState || isOver() || (told.reason === "reset" && feed.state === "replaying")) return;
    self.from = STATE;
    tell("replaying");
    owner.touch(feed);
  }

  function tell(kind: SubscriptionState, told?: unknown): void {
    if (isOver() || kind === state.get()) return;
    const recovered = isRecovered;
    state.set(kind);
    if (kind === "interrupted") isRecovered = true;
    if (kind === "live" || kind === "replaying") self.isNew = false;
    if (kind === "live") {
      stand();
      settle({ recovered, replayed });
      told = { recovered };
    }
    if (kind === "ended") {
      end = told;
      off?.();
      owner.leave(feed, self);
      settle((told as ClientError | undefined) ?? new ClientError("closed"));
      wake?.();
    }
    call(kind, told);
    if (kind === "ended") for (const { forget } of hooks) forget();
  }

  function call(kind: string, told: unknown): void {
    for (const hook of hooks)
      if (hook.kind === kind && (kind === "ended" || !isOver())) guarded(hook.run, told as never);
  }

  const self: Subscription<T> & Listener = {
    state,
    ready,
    mode: modeOf(options),
    from: startOf(feed, options),
    copy: options.copy,
    floor: undefined,
    had: undefined,
    isNew: true,
    get position() {
      return place.position(feed.topic);
    },
    get dropped() {
      return dropped;
    },
    on(kind, run, more) {
      const hook: Hook = { kind, run, forget() {} };
      const remove = (): void => {
        hooks = hooks.filter((other) => other !== hook);
        hook.forget();
      };
      hooks = [...hooks, hook];
      if (!isOver()) hook.forget = onAbort(more?.signal, remove);
      return remove;
    },
    unsubscribe,
    [Symbol.dispose]: unsubscribe,
    [Symbol.asyncIterator]() {
      kept ??= [];
      const pulled = (loop ??= pull());
      return {
        next: () => pulled.next(),
        return() {
          unsubscribe();
          return pulled.return(undefined);
        },
      };
    },
    deliver: deliver as Listener["deliver"],
    reach(mark) {
      const last = kept?.at(-1);
      if (isOver()) return;
      if (last) last.mark = mark;
      else place.reach(mark);
    },
    gap,
    tell(kind, told) {
      // a feed that goes back for another listener says nothing to one that is live
      if (kind !== "replaying" || state.get() !== "live") tell(kind, told);
    },
  };
  if (resync) addResync(owner, feed, self, tell, resync, buffer);
  ready.catch(() => {}); // whoever does not wait for it hears of it by `ended`
  feed.listeners = [...feed.listeners, self];
  if (self.from === undefined) self.tell(feed.state);
  off = onAbort(signal, unsubscribe);
  return self;
}
