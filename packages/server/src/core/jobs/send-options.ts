// What a job asks for beside its payload.

import { type EnvelopeValue, limits, metaFault, utf8Length } from "@fanwire/protocol";
import type { Clock } from "../clock.ts";
import { quoted, refusal, type Refusal } from "../refusal.ts";

/** What was asked, with defaults; times in the clock's `now`. */
export interface SendOptions {
  readonly id: string | null;
  readonly priority: number;
  /** Not before; 0: at once. */
  readonly notBefore: number;
  readonly group: string | null;
  /** How long it is worth something; Infinity: as long as the queue says. */
  readonly ttlMs: number;
}

const PLAIN: SendOptions = {
  id: null,
  priority: limits.jobPriorityDefault,
  notBefore: 0,
  group: null,
  ttlMs: Infinity,
};

export function readSendOptions(
  options: ReadonlyMap<string, EnvelopeValue> | null,
  meta: ReadonlyMap<string, EnvelopeValue> | null,
  clock: Clock,
): SendOptions | Refusal {
  const why = metaRefusal(meta);
  if (why !== undefined) return why;
  const ttl = meta?.get("ttl");
  if (options === null && ttl === undefined) return PLAIN;
  const read: Draft = { ...PLAIN, ttlMs: typeof ttl === "number" ? ttl : Infinity };
  for (const [name, value] of options ?? []) {
    const fault = take(read, name, value, clock);
    if (fault !== undefined) return refusal("bad-option", `${fault}.`);
  }
  return options?.has("at") === true && options.has("delayMs")
    ? refusal("bad-option", "A job has delayMs or at, not both.")
    : read;
}

type Draft = { -readonly [K in keyof SendOptions]: SendOptions[K] };

/** Takes one option. Returns what is wrong with it. */
function take(
  read: Draft,
  name: string,
  value: EnvelopeValue,
  { now, time }: Clock,
): string | undefined {
  const { jobIdBytesMax, jobGroupBytesMax, jobPriorityMax, jobDelayMsMax } = limits;
  switch (name) {
    case "id":
      if (!isText(value, jobIdBytesMax))
        return `id must be a string of 1 to ${jobIdBytesMax} bytes`;
      read.id = value;
      return undefined;
    case "group":
      if (!isText(value, jobGroupBytesMax))
        return `group must be a string of 1 to ${jobGroupBytesMax} bytes`;
      read.group = value;
      return undefined;
    case "priority":
      if (!isWithin(value, jobPriorityMax))
        return `priority must be 0 to ${jobPriorityMax}, the highest first`;
      read.priority = value;
      return undefined;
    case "delayMs":
      if (!isWithin(value, jobDelayMsMax))
        return `delayMs must be 0 to ${jobDelayMsMax}, a year, in milliseconds`;
      read.notBefore = value === 0 ? 0 : now + value;
      return undefined;
    case "at":
      if (!isWithin(value, time + jobDelayMsMax))
        return "at must be milliseconds since 1970, a year ahead at most";
      read.notBefore = value <= time ? 0 : now + value - time;
      return undefined;
    default:
      return `${quoted(name)} is no option of a job: there are id, priority, delayMs, at and group`;
  }
}

function metaRefusal(meta: ReadonlyMap<string, EnvelopeValue> | null): Refusal | undefined {
  if (meta === null) return undefined;
  const fault = metaFault(meta);
  if (fault !== undefined) return refusal("bad-option", `${fault}.`);
  if (meta.has("key") || meta.has("del"))
    return refusal(
      "bad-option",
      "key and del are for topics that keep state; a job has h and ttl.",
    );
  const ttl = meta.get("ttl");
  return typeof ttl === "number" && ttl > limits.jobDelayMsMax
    ? refusal("bad-option", `ttl is at most ${limits.jobDelayMsMax}, a year, in milliseconds.`)
    : undefined;
}

function isText(value: EnvelopeValue, bytesMax: number): value is string {
  return typeof value === "string" && value.length > 0 && utf8Length(value) <= bytesMax;
}

function isWithin(value: EnvelopeValue, max: number): value is number {
  return typeof value === "number" && value >= 0 && value <= max;
}
