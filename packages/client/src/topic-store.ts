// What comes of a topic as one value that can be followed. The topic is followed as long as somebody follows that.

import type { Gap } from "./core/gap.ts";
import type { Publication } from "./publication.ts";
import type { Report } from "./report.ts";
import { newCell, type Store } from "./store.ts";
import type { SubscribeOptions, Subscription } from "./subscription.ts";

/** How to follow a topic for a store. */
export interface StoreOptions<S> extends Omit<SubscribeOptions, "buffer" | "overflow"> {
  /**
   * How often followers are told: once for each message of the hub (default), or at most once per animation frame, where there are none
   * every 16 ms; the value has all that came. In milliseconds: how often the hub sends, as of a subscription.
   */
  readonly rate?: SubscribeOptions["rate"];
  /** What becomes of the value when publications were missed. Default: it is the initial one again. */
  readonly gap?: ((state: S, gap: Gap) => S) | undefined;
  /** How long the topic is followed, and the value kept, when nobody follows any more, in milliseconds. Default 250. */
  readonly lingerMs?: number | undefined;
}

/** A store of the last publications. */
export interface KeepOptions<T> extends StoreOptions<readonly Publication<T>[]> {
  /** How many, at most. Default 100. */
  readonly keep?: number | undefined;
}

/** A store of something that is made of publications. */
export interface ReduceOptions<T, S> extends StoreOptions<S> {
  /** What it is before anything came, and whenever nobody follows. */
  readonly initial: S;
  /** What it is after the publications of one message. Gives `state` itself when nothing changes; must not change it. */
  readonly reduce: (state: S, batch: readonly Publication<T>[]) => S;
}

/** What a store takes of its topic and client. */
export interface StoreSource<T> {
  readonly subscribe: (
    handler: (publication: Publication<T>) => void,
    options: SubscribeOptions,
  ) => Subscription<T>;
  readonly name: string;
  readonly report: Report;
  /** Resolves after so many milliseconds, at the latest when the client is closed. */
  readonly wait: (ms: number) => Promise<void>;
}

const frame = (run: () => void): unknown =>
  globalThis.requestAnimationFrame?.(run) ?? setTimeout(run, 16);

/** The options for the last `keep` publications. */
export const keeping = <T>({
  keep = 100,
  ...options
}: KeepOptions<T>): ReduceOptions<T, readonly Publication<T>[]> => ({
  ...options,
  initial: [],
  reduce: (list, batch) => [...list, ...batch].slice(-keep),
});

/** A store of what `reduce` makes of a topic. */
export function openStore<T, S>(
  { subscribe, name, report, wait }: StoreSource<T>,
  { initial, reduce, gap = () => initial, rate, lingerMs = 250, ...how }: ReduceOptions<T, S>,
): Store<S> {
  const cell = newCell(initial);
  /** What is told next. */
  let value = initial;
  let batch: Publication<T>[] = [];
  let subscription: Subscription<T> | undefined;
  let followers = 0;
  /** How often the last one went. */
  let departures = 0;
  let isDue = false;

  function tell(): void {
    isDue = false;
    if (!Object.is(value, cell.get())) cell.set(value);
  }

  /** `change` is the application's. */
  function set(change: () => S): void {
    try {
      value = change();
    } catch (error) {
      report({ kind: "handler", error, topic: name });
    }
    if (rate !== "frame") tell();
    else if (!isDue) {
      isDue = true;
      frame(tell);
    }
  }

  function fold(): void {
    const come = batch;
    batch = [];
    if (come[0]) set(() => reduce(value, come));
  }

  function begin(): void {
    if (subscription && subscription.state.get() !== "ended") return;
    value = initial;
    tell();
    subscription = subscribe(
      (publication) => {
        // a message brings all that it has in one turn
        if (!batch[0]) queueMicrotask(fold);
        batch.push(publication);
      },
      { ...how, rate: rate === "frame" ? undefined : rate, lingerMs: 0 },
    );
    subscription.on("gap", (told) => {
      fold();
      set(() => gap(value, told));
    });
    subscription.on("ended", (error) => {
      if (error) report({ kind: "refused", error, topic: name });
    });
  }

  async function leave(): Promise<void> {
    const departure = ++departures;
    await wait(lingerMs);
    if (followers > 0 || departure !== departures) return;
    subscription?.unsubscribe();
    batch = [];
    value = initial;
    tell();
  }

  return {
    get: () => cell.get(),
    subscribe(run) {
      if (followers++ === 0) begin();
      let off: (() => void) | undefined = cell.subscribe(run);
      return () => {
        off?.();
        if (off && --followers === 0) void leave();
        off = undefined;
      };
    },
  };
}
