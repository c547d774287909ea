// What a publisher may say about a publication beside its payload.

import { headersMax, keyBytesMax } from "../limits.ts";
import type { EnvelopeValue } from "../wire/reader.ts";
import { utf8Length } from "../wire/utf8.ts";

/** The meta of a publication. */
export interface Meta {
  /** The state key: this publication replaces the earlier one of the same key. */
  readonly key?: string;
  /** The key is gone. */
  readonly del?: true;
  /** How long it is kept, in milliseconds; on state topics and queues. */
  readonly ttl?: number;
  /** Headers, at most 16. */
  readonly h?: Readonly<Record<string, string>>;
}

/** Why a map is no meta, as a sentence; undefined when it is one. */
export function metaFault(map: ReadonlyMap<string, EnvelopeValue>): string | undefined {
  for (const [name, value] of map) {
    const fault = entryFault(name, value);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function entryFault(name: string, value: EnvelopeValue): string | undefined {
  switch (name) {
    case "key":
      return typeof value === "string" && utf8Length(value) <= keyBytesMax
        ? undefined
        : `key must be a string of at most ${keyBytesMax} bytes`;
    case "del":
      return value === true ? undefined : "del may only be true";
    case "ttl":
      return typeof value === "number" && value > 0
        ? undefined
        : "ttl must be a number of milliseconds above 0";
    case "h":
      return value instanceof Map && value.size <= headersMax && [...value.values()].every(isText)
        ? undefined
        : `h must be a map of at most ${headersMax} strings`;
    default:
      return `meta has no ${JSON.stringify(name.slice(0, 32))}: it may hold key, del, ttl and h`;
  }
}

const isText = (value: unknown): value is string => typeof value === "string";

/** The meta that a receiver reads out of the map; what it does not know it leaves out. */
export function readMeta(map: ReadonlyMap<string, EnvelopeValue>): Meta {
  const meta: { key?: string; del?: true; ttl?: number; h?: Record<string, string> } = {};
  const key = map.get("key");
  const ttl = map.get("ttl");
  const h = map.get("h");
  if (isText(key)) meta.key = key;
  if (map.get("del") === true) meta.del = true;
  if (typeof ttl === "number") meta.ttl = ttl;
  if (h instanceof Map)
    meta.h = Object.fromEntries(
      [...h].filter((entry): entry is [string, string] => isText(entry[1])),
    );
  return meta;
}

/** The map that stands for the meta on the wire; null when it says nothing. */
export function metaMap(meta: Meta): ReadonlyMap<string, EnvelopeValue> | null {
  const map = new Map<string, EnvelopeValue>();
  if (meta.key !== undefined) map.set("key", meta.key);
  if (meta.del === true) map.set("del", true);
  if (meta.ttl !== undefined) map.set("ttl", meta.ttl);
  if (meta.h !== undefined) map.set("h", new Map(Object.entries(meta.h)));
  return map.size === 0 ? null : map;
}
