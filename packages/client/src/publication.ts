// What a subscription delivers.

import { type Codec, decode } from "./codec.ts";
import { ClientError } from "./errors.ts";
import type { Frame, Meta } from "./frames.ts";
import { type At, type Position, position } from "./position.ts";
import type { Report } from "./report.ts";

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
  /** The state key is gone. `data` is what its publisher gave with that; undefined: nothing. */
  readonly deleted?: true | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** It was published before the subscription was live. */
  readonly replayed: boolean;
}

/** Reads the tail of a frame, from element `i` on. Undefined, and reported, when its payload is not what it says. */
export function readPublication(
  codec: Codec,
  report: Report,
  topic: string,
  at: At,
  frame: Frame,
  i: number,
  replayed: boolean,
): Publication | undefined {
  const meta = frame[i + 3] as Meta | null;
  const payload = frame[i + 4] as Uint8Array;
  const deleted = meta?.del;
  try {
    return {
      data: deleted && !payload.length ? undefined : decode(codec, payload, frame[i + 2] as number),
      topic,
      position: position(at),
      time: frame[i] as number,
      from: (frame[i + 1] as string | null) ?? undefined,
      key: meta?.key,
      deleted,
      headers: meta?.h,
      replayed,
    };
  } catch (cause) {
    report({ kind: "undecodable", error: new ClientError("undecodable", { cause }), topic });
    return undefined;
  }
}
