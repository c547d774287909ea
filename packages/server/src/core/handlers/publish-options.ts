// What a publisher asks for beside publishing: how sure it wants to be, that it happens once, and only if nothing has changed.

import { confirmLevel, type EnvelopeValue } from "@fanwire/protocol";
import type { Identity } from "../once.ts";
import { quoted, refusal, type Refusal } from "../refusal.ts";
import type { LiveTopic } from "../session.ts";

/** The publication must be the last of its key, or of its topic; offset 0: there must be none. */
export interface Expected {
  readonly epoch: number;
  readonly offset: number;
}

export interface PublishOptions {
  readonly identity: Identity | null;
  readonly expected: Expected | null;
}

/** `id`, in characters. */
const ID_MAX = 64;

const NOTHING: PublishOptions = { identity: null, expected: null };

/** Reads the options of a PUBLISH to a topic. */
export function readPublishOptions(
  options: ReadonlyMap<string, EnvelopeValue> | null,
  topic: LiveTopic,
): PublishOptions | Refusal {
  if (options === null) return NOTHING;
  let identity: Identity | null = null;
  let expected: Expected | null = null;
  for (const [key, value] of options) {
    if (key === "confirm") {
      const why = whyNotLevel(value, topic.isDurable);
      if (why !== undefined) return why;
    } else if (key === "id") {
      const read = readIdentity(value);
      if (read === undefined)
        return refusal(
          "bad-option",
          `id is a text of 1 to ${ID_MAX} characters, or [producer, n, base].`,
        );
      identity = read;
    } else if (key === "if") {
      const read = readExpected(value);
      if (read === undefined) return refusal("bad-option", "if is [epoch, offset].");
      expected = read;
    } else return refusal("bad-option", `PUBLISH has no option ${quoted(key)}.`);
  }
  return { identity, expected };
}

function whyNotLevel(value: EnvelopeValue, isDurable: boolean): Refusal | undefined {
  if (value === confirmLevel.received || (value === confirmLevel.disk && isDurable))
    return undefined;
  if (value === confirmLevel.disk)
    return refusal(
      "unsupported",
      "This topic is not durable: ask for less (confirm 0, received), or let a rule of the hub make it durable.",
    );
  return value === confirmLevel.quorum
    ? refusal("unsupported", "This hub is no cluster: ask for confirm 1 (disk) at most.")
    : refusal("bad-option", "confirm is 0 (received), 1 (disk) or 2 (quorum).");
}

function readIdentity(value: EnvelopeValue): Identity | undefined {
  if (typeof value === "string")
    return value !== "" && value.length <= ID_MAX ? { id: value } : undefined;
  if (!Array.isArray(value) || value.length !== 3) return undefined;
  const [producer, n, base] = value as EnvelopeValue[];
  return isPositive(producer) && isPositive(n) && isPositive(base) && base <= n
    ? { producer, n, base }
    : undefined;
}

function readExpected(value: EnvelopeValue): Expected | undefined {
  if (!Array.isArray(value) || value.length !== 2) return undefined;
  const [epoch, offset] = value as EnvelopeValue[];
  return typeof epoch === "number" && typeof offset === "number" && epoch >= 0 && offset >= 0
    ? { epoch, offset }
    : undefined;
}

function isPositive(value: EnvelopeValue | undefined): value is number {
  return typeof value === "number" && value > 0;
}
