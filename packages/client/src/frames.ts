// The frames of a hub as they come from the wire. The hub is trusted: an element is taken for what the protocol says it is.

import type { down } from "@fanwire/protocol";

type Down = typeof down;

export type Frame = readonly unknown[];

/** What the hub bounds, in bytes and milliseconds. */
export interface Limits {
  readonly batchBytesMax: number;
  readonly payloadBytesMax: number;
  readonly pingMs: number;
  readonly pingTimeoutMs: number;
}

/** What the hub says of limits and versions. */
type WelcomeFrame = readonly [
  op: Down["WELCOME"],
  version: number,
  session: string,
  secret: string,
  now: number,
  limits: Partial<Limits>,
  features: readonly string[],
  expires: number | null,
];

/** The answer to a request: what follows the id depends on the request. */
export type OkFrame = readonly [op: Down["OK"], id: number, ...more: unknown[]];

type RefusedFrame = readonly [
  op: Down["REFUSED"],
  id: number,
  code: number,
  text: string,
  retryAfterMs: number | null,
  topicOrAlias: string | number | null,
  count: number | null,
];

/** The map of a publication. */
export interface Meta {
  readonly key?: string;
  readonly del?: true;
  readonly h?: Readonly<Record<string, string>>;
}

/** What every publication ends with. */
type Tail = [
  time: number,
  from: string | null,
  encoding: number,
  meta: Meta | null,
  payload: Uint8Array,
];

type PublicationFrame = readonly [
  op: Down["PUBLICATION"],
  sub: number,
  offset: number,
  ...tail: Tail,
];

type PatternPublicationFrame = readonly [
  op: Down["PATTERN_PUBLICATION"],
  sub: number,
  topic: string,
  epoch: number,
  offset: number,
  ...tail: Tail,
];

type HistoryFrame = readonly [op: Down["HISTORY"], id: number, offset: number, ...tail: Tail];

export type GapFrame = readonly [
  op: Down["GAP"],
  sub: number,
  topic: string | null,
  epoch: number | null,
  next: number | null,
  missed: number | null,
  reason: number,
];

type EndedFrame = readonly [op: Down["ENDED"], sub: number, code: number, text: string];

type CaughtUpFrame = readonly [
  op: Down["CAUGHT_UP"],
  sub: number,
  epoch: number | null,
  offset: number | null,
  mark: Uint8Array | null,
];

/** A job, and what stands beside it. */
export type DeliveryFrame = readonly [
  op: Down["DELIVERY"],
  consumer: number,
  seq: number,
  lease: number,
  attempt: number,
  ...tail: Tail,
  info: JobInfo | null,
];

/** What is said of a job beside its tail. */
interface JobInfo {
  readonly id?: string;
  readonly priority?: number;
  readonly group?: string;
  readonly dead?: string;
  readonly deadFrom?: string;
  readonly deadAt?: number;
  readonly failures?: number;
  readonly error?: string;
  readonly topic?: string;
  readonly epoch?: number;
  readonly offset?: number;
}

type LostFrame = readonly [
  op: Down["LOST"],
  consumer: number,
  seq: number,
  lease: number,
  code: number,
  text: string,
];

/** What a client acts on. */
export type DownFrame =
  | WelcomeFrame
  | OkFrame
  | RefusedFrame
  | PublicationFrame
  | PatternPublicationFrame
  | GapFrame
  | HistoryFrame
  | EndedFrame
  | CaughtUpFrame
  | DeliveryFrame
  | LostFrame
  | readonly [op: Down["ACTIVE"], consumer: number, active: boolean]
  | readonly [op: Down["STOPPED"], consumer: number, code: number, text: string]
  | readonly [op: Down["MARK"], sub: number, mark: Uint8Array]
  | readonly [op: Down["PING"], n: number]
  | readonly [op: Down["MOVING"], reconnectAfterMs: number];
