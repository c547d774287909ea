// What a subscription delivers.

import type { Tail } from "@fanwire/protocol";
import { type Position, position } from "./position.ts";

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

/** A publication as it came; what is rarely asked for is made when it is. */
export class Received implements Publication {
  readonly data: unknown;
  readonly topic: string;
  readonly time: number;
  readonly from: string | undefined;
  readonly replayed: boolean;
  readonly #epoch: number;
  readonly #offset: number;
  readonly #meta: Tail["meta"];

  constructor(
    data: unknown,
    topic: string,
    epoch: number,
    offset: number,
    tail: Tail,
    replayed: boolean,
  ) {
    this.data = data;
    this.topic = topic;
    this.time = tail.time;
    this.from = tail.from ?? undefined;
    this.replayed = replayed;
    this.#epoch = epoch;
    this.#offset = offset;
    this.#meta = tail.meta;
  }

  get position(): Position {
    return position(this.#epoch, this.#offset);
  }

  get key(): string | undefined {
    return this.#meta?.get("key") as string | undefined;
  }

  get headers(): Readonly<Record<string, string>> | undefined {
    const headers = this.#meta?.get("h") as ReadonlyMap<string, string> | undefined;
    return headers && Object.fromEntries(headers);
  }
}
