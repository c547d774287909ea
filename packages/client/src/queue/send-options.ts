// A job as an application sends it, and as it stands in a frame.

import { encodePayload, type limits } from "@fanwire/protocol";
import type { CallOptions } from "../call.ts";
import { check, checkNumber } from "../check.ts";
import type { Codec } from "../codec.ts";
import { ClientError } from "../errors.ts";

/** The farthest that a job may be put off, in milliseconds: a year. */
const delayMax: typeof limits.jobDelayMsMax = 31_536_000_000;

/** What a job may have beside its data. */
export interface JobOptions {
  /** 0 to 9; the higher, the sooner. Default 4. */
  readonly priority?: number | undefined;
  /** It waits so many milliseconds from when the hub has it; at most a year. Default 0. */
  readonly delayMs?: number | undefined;
  /** It waits until then: a Date, or milliseconds since 1970; at most a year ahead. Not with `delayMs`. */
  readonly at?: Date | number | undefined;
  /** It is dropped when nobody has begun it within so many milliseconds, at most a year. Default: what the queue says. */
  readonly ttlMs?: number | undefined;
  /** Jobs of one group are worked on in their order, as far as the queue says so. 1 to 128 bytes. */
  readonly group?: string | undefined;
  /**
   * 1 to 64 bytes that stand for it: a second job of that id is none, while the hub remembers the first (two minutes, unless the queue says
   * another time). Default: a random one, so that what this client sends again happens once.
   */
  readonly id?: string | undefined;
  /** At most 16. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** How to send a job. */
export interface SendOptions extends JobOptions, CallOptions {}

/** A job of a `sendMany`. */
export interface JobInput<T = unknown> extends JobOptions {
  readonly data: T;
}

/** A job on its way. */
export interface Parcel {
  readonly id: string;
  readonly options: object;
  readonly meta: object | null;
  readonly payload: Uint8Array;
  /** What it takes in a frame, at most. */
  readonly bytes: number;
}

const utf8 = new TextEncoder();

/** 128 bits of chance in 32 letters. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const isText = (text: unknown, bytesMax: number): boolean =>
  typeof text === "string" && text !== "" && utf8.encode(text).length <= bytesMax;

/** Throws a TypeError for an option that the hub would refuse. */
export function checkJob({ priority = 4, delayMs, at, ttlMs, group, id }: JobOptions): void {
  const isPriority = Number.isInteger(priority) && priority >= 0 && priority <= 9;
  check(isPriority, "priority", "a whole number from 0 to 9");
  checkNumber("delayMs", delayMs, 0);
  check((delayMs ?? 0) <= delayMax, "delayMs", "at most a year");
  check(at === undefined || delayMs === undefined, "at", "left out where delayMs is given");
  check(at === undefined || Number.isFinite(+at), "at", "a Date, or milliseconds since 1970");
  checkNumber("ttlMs", ttlMs, 1);
  check((ttlMs ?? 1) <= delayMax, "ttlMs", "at most a year");
  check(group === undefined || isText(group, 128), "group", "a text of 1 to 128 bytes");
  check(id === undefined || isText(id, 64), "id", "a text of 1 to 64 bytes");
}

/** Rounded up: the wire has whole milliseconds. */
const whole = (ms: number | undefined): number | undefined => ms && Math.ceil(ms);

/** The job as it is sent. Throws a ClientError `unencodable`. */
export function pack(codec: Codec, data: unknown, job: JobOptions): Parcel {
  const { priority, delayMs, at, ttlMs, group, headers: h, id = randomId() } = job;
  const options = { id, priority, delayMs: whole(delayMs), at: at && Math.ceil(+at), group };
  const meta = h || ttlMs ? { h, ttl: whole(ttlMs) } : null;
  try {
    const payload = codec.encode(data);
    // what cannot be written is told now, and not in the middle of a batch
    const rest = encodePayload([options, codec.encoding, meta]).length;
    return { id, options, meta, payload, bytes: rest + payload.length + 5 };
  } catch (cause) {
    throw new ClientError("unencodable", { cause });
  }
}
