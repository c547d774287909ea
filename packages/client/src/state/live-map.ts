// A copy of a topic's state: the latest publication of each key.

import type { CallOptions } from "../call.ts";
import type { Copy } from "../feed.ts";
import type { ListenOptions } from "../listening.ts";
import type { Position } from "../position.ts";
import type { Publication } from "../publication.ts";
import type { Published } from "../publisher.ts";
import { newCell, type Store } from "../store.ts";
import type { Subscription } from "../subscription.ts";
import type { Topic } from "../topic.ts";

/** How to follow a state. */
export interface LiveMapOptions {
  /** Aborting it ends the map, as `unsubscribe` of its subscription does. */
  readonly signal?: AbortSignal | undefined;
  /** How long the hub subscription outlives the map, in milliseconds. Default 250. */
  readonly lingerMs?: number | undefined;
}

/** How to set a key. */
export interface SetOptions extends CallOptions {
  /** It is deleted after so many milliseconds, unless it is set again. */
  readonly ttlMs?: number | undefined;
  /** It is refused as `conflict` unless that is the last publication of the key. `null`: there is none. */
  readonly ifPosition?: Position | null | undefined;
}

/**
 * The state of a topic: what was published last under each key. It is told whole, when all of it has come, and then once for all that
 * comes in a turn; the same map until then. Once it has ended it stays as it is.
 */
export interface LiveMap<T, In = T> extends Store<ReadonlyMap<string, Publication<T>>>, Disposable {
  /** By which the map is kept: its `ready`, its `state`, its end. */
  readonly subscription: Subscription<T>;
  /** Publishes the value of a key. The map has it when the hub has told it, which is before this resolves. */
  set(key: string, value: In, options?: SetOptions): Promise<Published>;
  /** Deletes a key. */
  delete(key: string, options?: Omit<SetOptions, "ttlMs">): Promise<Published>;
}

/** What another map of the topic can begin with. */
interface MapCopy<T> extends Copy {
  readonly values: ReadonlyMap<string, Publication<T>>;
}

/**
 * Keeps a copy of the state of `topic`, from now on until it is ended. A rule of the hub must keep that (`state`). The hub does not tell
 * whether one does, as a state may be empty: without it the map is live at once, has what is published from then on, and begins empty after a
 * gap.
 */
export function liveMap<T, In = T>(
  topic: Topic<T, In>,
  options: LiveMapOptions = {},
): LiveMap<T, In> {
  let values = new Map<string, Publication<T>>();
  const cell = newCell<ReadonlyMap<string, Publication<T>>>(new Map());
  /** All of the state has come. */
  let isWhole = false;
  let isChanged = false;
  let isDue = false;

  function tell(): void {
    isDue = false;
    if (!isChanged || !isWhole) return;
    isChanged = false;
    cell.set(new Map(values));
  }

  function change(): void {
    isChanged = true;
    soon();
  }

  function soon(): void {
    if (!isDue) queueMicrotask(tell);
    isDue = true;
  }

  const copy: MapCopy<T> = {
    get values() {
      return values;
    },
    take(other) {
      values = new Map((other as MapCopy<T>).values);
      isChanged = true;
    },
  };
  const how: ListenOptions = { ...options, from: "state", copy };
  const subscription = topic.subscribe((publication) => {
    const { key = "", deleted } = publication;
    if (!deleted) {
      // in the order of the last change
      values.delete(key);
      values.set(key, publication);
    } else if (!values.delete(key)) return;
    change();
  }, how);
  subscription.on("gap", () => {
    values = new Map();
    change();
  });
  subscription.state.subscribe((state) => {
    if (state === "replaying") isWhole = false;
    if (state !== "live") return;
    isWhole = true;
    soon();
  });

  return {
    ...cell,
    get() {
      tell();
      return cell.get();
    },
    subscription,
    set: (key, value, more) => topic.publish(value, { ...more, key }),
    delete: (key, more) => topic.publish(null as In, { ...more, key, del: true }),
    [Symbol.dispose]: () => subscription.unsubscribe(),
  };
}
