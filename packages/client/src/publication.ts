// What a subscription delivers.

import type { Position } from "./position.ts";

/** One publication. All listeners of a topic share the object and its data: do not change them. */
export interface Publication<T = unknown> {
  readonly data: T;
  readonly topic: string;
  readonly position: Position;
  /** When the hub took it, in milliseconds since 1970. */
  readonly time: number;
  /** Who published it, where the topic says so. */
  readonly from?: string | undefined;
  /** The state key. */
  readonly key?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** It was published before the subscription was live. */
  readonly replayed: boolean;
}
