// What the state of a topic must know of a publication, read from its tail.

import type { Reader } from "@fanwire/protocol";

/** The part of a tail that is about state. */
export interface StateTail {
  /** In milliseconds since 1970. */
  readonly time: number;
  /** Without one a topic has one value, of the key "". */
  readonly key: string;
  readonly isDeleted: boolean;
  /** Milliseconds; Infinity: it is kept until it is replaced. */
  readonly ttlMs: number;
}

/** Reads a tail as far as its payload. The reader has a fault when it is none. */
export function readStateTail(r: Reader): StateTail {
  const time = r.uint();
  if (!r.nil()) r.text();
  r.uint();
  const meta = r.nil() ? null : r.entries();
  const key = meta?.get("key");
  const ttl = meta?.get("ttl");
  return {
    time,
    key: typeof key === "string" ? key : "",
    isDeleted: meta?.get("del") === true,
    ttlMs: typeof ttl === "number" ? ttl : Infinity,
  };
}
