// Frames to build tests from: what clients send, and what a hub said, as it stands on the wire.

import {
  authFrame,
  cancelFrame,
  consumeFrame,
  creditFrame,
  enterFrame,
  leaveFrame,
  eachMessage,
  manageFrame,
  type EnvelopeValue,
  type Frame,
  type From,
  helloFrame,
  publishFrame,
  readFrame,
  Reader,
  seenFrame,
  sendFrame,
  sendManyFrame,
  settleFrame,
  settleVerb,
  subscribeFrame,
  unsubscribeFrame,
  upPingFrame,
  upPongFrame,
  Writer,
} from "@fanwire/protocol";

/** The bytes of one frame. */
export function bytesOf<T extends { readonly op: number }>(
  described: Frame<T>,
  value: Omit<T, "op">,
): Uint8Array {
  const w = new Writer();
  described.write(w, value);
  return w.take();
}

/** Frames in one message. */
export function batch(...frames: readonly Uint8Array[]): Uint8Array {
  const w = new Writer();
  for (const frame of frames) w.raw(frame, 0, frame.length);
  return w.take();
}

/** Bytes from hexadecimal digits; spaces are for the reader. */
export function hex(digits: string): Uint8Array {
  const pairs = digits.replaceAll(" ", "").match(/../gu) ?? [];
  return Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16));
}

/** The digits of bytes. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const map = (
  entries: Readonly<Record<string, EnvelopeValue>>,
): ReadonlyMap<string, EnvelopeValue> => new Map(Object.entries(entries));

type Entries = Readonly<Record<string, EnvelopeValue>>;

/** What a job has beside its payload. */
interface JobMore {
  readonly options?: Entries;
  readonly meta?: Entries;
  readonly encoding?: number;
}

const content = (payload: Uint8Array | number, { options, meta, encoding = 0 }: JobMore) => ({
  options: options ? map(options) : null,
  encoding,
  meta: meta ? map(meta) : null,
  payload: typeof payload === "number" ? Uint8Array.of(payload) : payload,
});

/** A frame of a client, by its short name. */
export const client = {
  /** `flow`: the client says what it has seen. */
  hello: (version = 1, flow = false, token: string | null = null): Uint8Array =>
    bytesOf(helloFrame, {
      version,
      token,
      client: flow ? map({ flow: true }) : null,
      resume: null,
    }),
  subscribe: (id: number, ...patterns: readonly string[]): Uint8Array =>
    bytesOf(subscribeFrame, {
      id,
      entries: patterns.map((pattern) => ({ pattern, from: null, options: null })),
    }),
  subscribeWith: (
    id: number,
    pattern: string,
    from: From,
    options: Readonly<Record<string, EnvelopeValue>> | null = null,
  ): Uint8Array =>
    bytesOf(subscribeFrame, { id, entries: [{ pattern, from, options: options && map(options) }] }),
  unsubscribe: (id: number, ...patterns: readonly string[]): Uint8Array =>
    bytesOf(unsubscribeFrame, { id, patterns }),
  /** `payload`: a number stands for one byte. `id` 0 asks for no answer. */
  publish: (
    id: number,
    topic: string | number,
    payload: Uint8Array | number = 0,
    more: {
      options?: Readonly<Record<string, EnvelopeValue>>;
      meta?: Readonly<Record<string, EnvelopeValue>>;
      encoding?: number;
    } = {},
  ): Uint8Array =>
    bytesOf(publishFrame, {
      id,
      topic,
      options: more.options ? map(more.options) : null,
      encoding: more.encoding ?? 0,
      meta: more.meta ? map(more.meta) : null,
      payload: typeof payload === "number" ? Uint8Array.of(payload) : payload,
    }),
  /** `from`: epoch and offset. */
  read: (
    id: number,
    topic: string,
    from: readonly [epoch: number, offset: number] | null = null,
    limit = 1000,
    backwards = false,
  ): Uint8Array =>
    bytesOf(readFrame, {
      id,
      topic,
      from: from && { epoch: from[0], offset: from[1] },
      limit,
      backwards,
    }),
  auth: (id: number, token: string): Uint8Array => bytesOf(authFrame, { id, token }),
  enter: (id: number, topic: string, payload: Uint8Array | number = 0): Uint8Array =>
    bytesOf(enterFrame, {
      id,
      topic,
      encoding: 0,
      payload: typeof payload === "number" ? Uint8Array.of(payload) : payload,
    }),
  leave: (id: number, topic: string): Uint8Array => bytesOf(leaveFrame, { id, topic }),
  /** `options` as SEND has them; `payload`: a number stands for one byte. */
  job: (
    id: number,
    queue: string,
    payload: Uint8Array | number = 0,
    more: JobMore = {},
  ): Uint8Array => bytesOf(sendFrame, { id, queue, ...content(payload, more) }),
  jobs: (
    id: number,
    queue: string,
    jobs: readonly (JobMore & { readonly payload?: Uint8Array | number })[],
  ): Uint8Array =>
    bytesOf(sendManyFrame, {
      id,
      queue,
      jobs: jobs.map(({ payload = 0, ...more }) => content(payload, more)),
    }),
  consume: (id: number, queue: string, options: Entries | null = null): Uint8Array =>
    bytesOf(consumeFrame, { id, queue, options: options && map(options) }),
  credit: (id: number, consumer: number, credit: number): Uint8Array =>
    bytesOf(creditFrame, { id, consumer, credit }),
  cancel: (id: number, consumer: number, release = false): Uint8Array =>
    bytesOf(cancelFrame, { id, consumer, release }),
  /** Each: verb, seq, lease, number, text. */
  settle: (
    id: number,
    queue: string,
    ...settlements: readonly (readonly [
      verb: keyof typeof settleVerb,
      seq: number,
      lease: number,
      number?: number | null,
      text?: string | null,
    ])[]
  ): Uint8Array =>
    bytesOf(settleFrame, {
      id,
      queue,
      settlements: settlements.map(([verb, seq, lease, number = null, text = null]) => ({
        verb: settleVerb[verb],
        seq,
        lease,
        number,
        text,
      })),
    }),
  manage: (id: number, verb: string, queue: string, args: Entries | null = null): Uint8Array =>
    bytesOf(manageFrame, { id, verb, queue, args: args && map(args) }),
  ping: (n: number): Uint8Array => bytesOf(upPingFrame, { n }),
  pong: (n: number): Uint8Array => bytesOf(upPongFrame, { n }),
  seen: (bytes: number): Uint8Array => bytesOf(seenFrame, { bytes }),
  /** Any frame with an opcode and elements. */
  raw: (...elements: readonly (number | string | null)[]): Uint8Array => {
    const w = new Writer();
    w.array(elements.length);
    for (const element of elements)
      if (element === null) w.nil();
      else if (typeof element === "number") w.integer(element);
      else w.text(element);
    return w.take();
  },
} as const;

/** A frame as it stands on the wire: the opcode, then its elements. */
export type WireFrame = readonly EnvelopeValue[];

/** The frames of one message. Bins are copied. Throws when the bytes are no frames. */
export function framesOf(message: Uint8Array): WireFrame[] {
  const r = new Reader().reset(new Uint8Array(message));
  const frames: WireFrame[] = [];
  while (r.left > 0) {
    const frame = r.value();
    if (r.fault !== "" || !Array.isArray(frame)) throw new Error(`no frame: ${r.fault}`);
    frames.push(frame as WireFrame);
  }
  return frames;
}

/** The messages that a hub wrote as WebSocket frames, each as its payload. */
export function messagesOf(written: Uint8Array): Uint8Array[] {
  const messages: Uint8Array[] = [];
  eachMessage(written, (message) => messages.push(new Uint8Array(message)));
  return messages;
}
