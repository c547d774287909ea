// What comes of a topic, in a component.

import { useMemo, useRef } from "react";
import type { Publication } from "../publication.ts";
import type { Status } from "../status.ts";
import type { Published, PublishOptions } from "../publisher.ts";
import type { KeepOptions, ReduceOptions } from "../topic-store.ts";
import { useClient } from "./context.ts";
import { useStore } from "./use-store.ts";

/** Where the link stands: see {@link Status}. */
export function useStatus(): Status {
  return useStore(useClient().status);
}

/** The options by which a store is another: functions and initial values are new objects with each rendering, and mean the same. */
function keyOf(options: object): string {
  const plain = Object.entries(options).filter(
    ([name, value]) => typeof value !== "function" && name !== "initial" && name !== "signal",
  );
  return JSON.stringify(plain.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * What `reduce` makes of a topic or pattern, from `initial` on; rendered at most once a frame unless `rate` says otherwise. The functions of the
 * last rendering count. It is another state when the client, the topic, or an option that is no function is another, and the initial one on a
 * server, where nothing is opened.
 */
export function useTopic<T, S>(topic: string, options: ReduceOptions<T, S>): S;
/** The last publications of a topic or pattern, at most `keep`, 100 by default; rendered at most once a frame unless `rate` says otherwise. */
export function useTopic<T = unknown>(
  topic: string,
  options?: KeepOptions<T>,
): readonly Publication<T>[];
export function useTopic<T, S>(
  topic: string,
  options: KeepOptions<T> | ReduceOptions<T, S> = {},
): unknown {
  const client = useClient();
  const latest = useRef(options);
  latest.current = options;
  const key = keyOf(options);
  const store = useMemo(() => {
    const now = (): ReduceOptions<T, S> => latest.current as ReduceOptions<T, S>;
    const { reduce, gap, resync, ...how } = now() as Partial<ReduceOptions<T, S>>;
    return client.topic<T>(topic).store({
      rate: "frame",
      ...how,
      ...(reduce && { reduce: (state, batch) => now().reduce(state, batch) }),
      ...(gap && { gap: (state, told) => now().gap!(state, told) }),
      ...(resync && { resync: (why) => now().resync!(why) }),
    } as ReduceOptions<T, S>);
  }, [client, topic, key]);
  return useStore(store);
}

/** Publishes to the topic that it was made for. */
export type Publish<T> = (data: T, options?: PublishOptions) => Promise<Published>;

/** A function that publishes to a topic, the same as long as the client and the topic are; see `publish` of a topic. */
export function usePublish<T = unknown>(topic: string): Publish<T> {
  const client = useClient();
  return useMemo(() => {
    const own = client.topic<T>(topic);
    return (data, options) => own.publish(data, options);
  }, [client, topic]);
}
