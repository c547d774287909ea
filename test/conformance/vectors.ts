// Frames in hexadecimal, with what they mean. Reader, writer, hub and client all run them, and so can any other implementation.

import type { DownFrame, SubscribeOutcome, UpFrame } from "@fanwire/protocol";

/** A well-formed frame. */
export interface FrameVector<F> {
  readonly name: string;
  readonly hex: string;
  readonly frame: F;
  /** The bytes are not in the shortest form: they are read, but nobody writes them so. */
  readonly isLong?: true;
}

/** Up frames, with what a live hub does: the opcode and the code of its answer. */
export interface UpVector extends FrameVector<UpFrame> {
  readonly answer: string;
}

/** Bytes that are no frame: the connection is closed with 4500. */
export interface MalformedVector {
  readonly name: string;
  readonly hex: string;
}

const bin = (...bytes: number[]): Uint8Array => Uint8Array.from(bytes);
const text = (hexOf: string): string => Buffer.from(hexOf).toString("hex");

export const upVectors: readonly UpVector[] = [
  {
    name: "AUTH",
    hex: "93 02 05 a3 6a7774",
    frame: { op: 2, id: 5, token: "jwt" },
    answer: "REFUSED 5 101",
  },
  {
    name: "SUBSCRIBE to a topic and a pattern, from now",
    hex: "93 03 01 92 93 a161 c0 c0 93 a4 612e2a2a 00 c0",
    frame: {
      op: 3,
      id: 1,
      entries: [
        { pattern: "a", from: null, options: null },
        { pattern: "a.**", from: 0, options: null },
      ],
    },
    answer: "OK 1",
  },
  {
    name: "SUBSCRIBE from a position, with options",
    hex: `93 03 02 91 93 a161 92 cf001fffffffffffff 07 82 a3${text("lag")} 01 aa${text("intervalMs")} 64`,
    frame: {
      op: 3,
      id: 2,
      entries: [
        {
          pattern: "a",
          from: { epoch: Number.MAX_SAFE_INTEGER, offset: 7 },
          options: new Map([
            ["lag", 1],
            ["intervalMs", 100],
          ]),
        },
      ],
    },
    answer: "OK 2",
  },
  {
    name: "SUBSCRIBE from a mark",
    hex: "93 03 03 91 93 a3 612e2a 94 c402 0102 a161 05 09 c0",
    frame: {
      op: 3,
      id: 3,
      entries: [
        {
          pattern: "a.*",
          from: { mark: bin(1, 2), topics: [{ topic: "a", epoch: 5, offset: 9 }] },
          options: null,
        },
      ],
    },
    answer: "OK 3",
  },
  {
    name: "UNSUBSCRIBE",
    hex: "93 04 04 91 a161",
    frame: { op: 4, id: 4, patterns: ["a"] },
    answer: "OK 4",
  },
  {
    name: "PUBLISH by name",
    hex: "97 05 07 a3 612e62 c0 03 c0 c4 01 2a",
    frame: {
      op: 5,
      id: 7,
      topic: "a.b",
      options: null,
      encoding: 3,
      meta: null,
      payload: bin(0x2a),
    },
    answer: "OK 7",
  },
  {
    name: "PUBLISH by an alias that nobody was told, with meta",
    hex: "97 05 07 ce 7fffffff c0 01 82 a3 6b6579 a16b a168 81 a161 a162 c4 00",
    frame: {
      op: 5,
      id: 7,
      topic: 0x7fff_ffff,
      options: null,
      encoding: 1,
      meta: new Map<string, string | Map<string, string>>([
        ["key", "k"],
        ["h", new Map([["a", "b"]])],
      ]),
      payload: bin(),
    },
    answer: "REFUSED 7 406",
  },
  {
    name: "PUBLISH with options",
    hex: `97 05 08 a161 82 a7${text("confirm")} 01 a2${text("id")} a178 00 c0 c4 00`,
    frame: {
      op: 5,
      id: 8,
      topic: "a",
      options: new Map<string, number | string>([
        ["confirm", 1],
        ["id", "x"],
      ]),
      encoding: 0,
      meta: null,
      payload: bin(),
    },
    answer: "REFUSED 8 101",
  },
  {
    name: "READ",
    hex: "96 06 09 a161 92 05 07 cd03e8 c3",
    frame: {
      op: 6,
      id: 9,
      topic: "a",
      from: { epoch: 5, offset: 7 },
      limit: 1000,
      backwards: true,
    },
    answer: "REFUSED 9 402",
  },
  { name: "PONG", hex: "92 07 cc80", frame: { op: 7, n: 128 }, answer: "nothing" },
  { name: "PING", hex: "92 08 7f", frame: { op: 8, n: 127 }, answer: "PONG 127" },
  { name: "SEEN", hex: "92 09 00", frame: { op: 9, bytes: 0 }, answer: "nothing" },
  {
    name: "ENTER",
    hex: "95 0a 0a a161 03 c4 01 80",
    frame: { op: 10, id: 10, topic: "a", encoding: 3, payload: bin(0x80) },
    answer: "OK 10",
  },
  {
    name: "LEAVE",
    hex: "93 0b 0b a161",
    frame: { op: 11, id: 11, topic: "a" },
    answer: "OK 11",
  },
  {
    name: "SEND",
    hex: "97 10 0c a171 81 a26964 a178 00 c0 c4 01 2a",
    frame: {
      op: 16,
      id: 12,
      queue: "q",
      options: new Map([["id", "x"]]),
      encoding: 0,
      meta: null,
      payload: bin(0x2a),
    },
    answer: "REFUSED 12 400",
  },
  {
    name: "SEND_MANY",
    hex: "94 11 0d a171 94 c0 00 c0 c4 01 2a",
    frame: {
      op: 17,
      id: 13,
      queue: "q",
      jobs: [{ options: null, encoding: 0, meta: null, payload: bin(0x2a) }],
    },
    answer: "REFUSED 13 400",
  },
  {
    name: "CONSUME",
    hex: "94 12 0e a171 c0",
    frame: { op: 18, id: 14, queue: "q", options: null },
    answer: "REFUSED 14 400",
  },
  {
    name: "CREDIT",
    hex: "94 13 0f 01 05",
    frame: { op: 19, id: 15, consumer: 1, credit: 5 },
    answer: "REFUSED 15 400",
  },
  {
    name: "SETTLE",
    hex: "94 14 10 a171 91 95 00 01 02 c0 c0",
    frame: {
      op: 20,
      id: 16,
      queue: "q",
      settlements: [{ verb: 0, seq: 1, lease: 2, number: null, text: null }],
    },
    answer: "REFUSED 16 400",
  },
  {
    name: "CANCEL",
    hex: "94 15 11 01 c2",
    frame: { op: 21, id: 17, consumer: 1, release: false },
    answer: "OK 17",
  },
  {
    name: "MANAGE",
    hex: "95 16 12 a57374617473 a171 c0",
    frame: { op: 22, id: 18, verb: "stats", queue: "q", args: null },
    answer: "REFUSED 18 400",
  },
  {
    name: "PING in wide forms",
    hex: "dc0002 08 cf0000000000000007",
    frame: { op: 8, n: 7 },
    isLong: true,
    answer: "PONG 7",
  },
  {
    name: "PING as a float64, with elements to come",
    hex: "95 08 cb 401c000000000000 c0 91 c3 c4 00",
    frame: { op: 8, n: 7 },
    isLong: true,
    answer: "PONG 7",
  },
  {
    name: "PUBLISH in wide forms",
    hex: "97 05 cd0007 d90161 80 d003 df00000000 c6 00000001 2a",
    frame: {
      op: 5,
      id: 7,
      topic: "a",
      options: new Map(),
      encoding: 3,
      meta: new Map(),
      payload: bin(0x2a),
    },
    isLong: true,
    answer: "OK 7",
  },
];

const outcomes: readonly SubscribeOutcome[] = [
  { granted: true, sub: 200, epoch: 9, head: 0, mark: null, replay: 0 },
  { granted: true, sub: 201, epoch: null, head: null, mark: bin(7), replay: 1 },
  { granted: false, code: 202, text: "no", retryAfterMs: null },
];

export const downVectors: readonly FrameVector<DownFrame>[] = [
  {
    name: "WELCOME",
    hex: `98 21 01 a173 a178 cf0000018bcfe56800 81 a6${text("pingMs")} cd61a8 91 a8${text("patterns")} c0`,
    frame: {
      op: 33,
      version: 1,
      session: "s",
      secret: "x",
      now: 1_700_000_000_000,
      limits: new Map([["pingMs", 25_000]]),
      features: ["patterns"],
      expires: null,
    },
  },
  { name: "OK without more", hex: "92 22 01", frame: { op: 34, id: 1 } },
  {
    name: "OK of SUBSCRIBE",
    hex: "93 22 01 93 96 00 ccc8 09 00 c0 00 96 00 ccc9 c0 c0 c40107 01 93 ccca a26e6f c0",
    frame: { op: 34, id: 1, outcomes } as DownFrame,
  },
  {
    name: "OK of PUBLISH",
    hex: "97 22 02 ccc8 09 05 00 c2",
    frame: {
      op: 34,
      id: 2,
      alias: 200,
      epoch: 9,
      offset: 5,
      level: 0,
      duplicate: false,
    } as DownFrame,
  },
  {
    name: "REFUSED",
    hex: `97 23 03 cd012c a4${text("wait")} cd03e8 c0 c0`,
    frame: { op: 35, id: 3, code: 300, text: "wait", retryAfterMs: 1000, topic: null, count: null },
  },
  {
    name: "REFUSED for publications without an id",
    hex: `97 23 00 ccca a2${text("no")} c0 a161 04`,
    frame: { op: 35, id: 0, code: 202, text: "no", retryAfterMs: null, topic: "a", count: 4 },
  },
  {
    name: "PUBLICATION of a topic",
    hex: "98 24 ccc8 06 cf0000018bcfe56800 c0 03 c0 c4 01 2a",
    frame: {
      op: 36,
      sub: 200,
      offset: 6,
      time: 1_700_000_000_000,
      from: null,
      encoding: 3,
      meta: null,
      payload: bin(0x2a),
    },
  },
  {
    name: "PUBLICATION of a pattern, from somebody, with a key",
    hex: `9a 25 ccc9 a3 612e62 09 01 cf0000018bcfe56800 a3${text("ada")} 02 81 a3${text("key")} a16b c4 02 5b5d`,
    frame: {
      op: 37,
      sub: 201,
      topic: "a.b",
      epoch: 9,
      offset: 1,
      time: 1_700_000_000_000,
      from: "ada",
      encoding: 2,
      meta: new Map([["key", "k"]]),
      payload: bin(0x5b, 0x5d),
    },
  },
  {
    name: "GAP on a topic",
    hex: "97 26 ccc8 c0 09 1e 14 02",
    frame: { op: 38, sub: 200, topic: null, epoch: 9, next: 30, missed: 20, reason: 2 },
  },
  {
    name: "GAP on a pattern, without a topic",
    hex: "97 26 ccc9 c0 c0 c0 c0 06",
    frame: { op: 38, sub: 201, topic: null, epoch: null, next: null, missed: null, reason: 6 },
  },
  {
    name: "ENDED",
    hex: `94 27 ccc8 ccca a2${text("no")}`,
    frame: { op: 39, sub: 200, code: 202, text: "no" },
  },
  {
    name: "CAUGHT_UP",
    hex: "95 28 ccc8 09 1e c0",
    frame: { op: 40, sub: 200, epoch: 9, offset: 30, mark: null },
  },
  { name: "PING", hex: "92 29 05", frame: { op: 41, n: 5 } },
  { name: "PONG", hex: "92 2a 05", frame: { op: 42, n: 5 } },
  { name: "MOVING", hex: "92 2b cd03e8", frame: { op: 43, reconnectAfterMs: 1000 } },
  { name: "MARK", hex: "93 2c ccc9 c4 02 0708", frame: { op: 44, sub: 201, mark: bin(7, 8) } },
  {
    name: "HISTORY",
    hex: "98 2e 09 06 cf0000018bcfe56800 c0 00 c0 c4 00",
    frame: {
      op: 46,
      id: 9,
      offset: 6,
      time: 1_700_000_000_000,
      from: null,
      encoding: 0,
      meta: null,
      payload: bin(),
    },
  },
  {
    name: "DELIVERY",
    hex: "9b 30 01 02 cf0000000700000003 01 cf0000018bcfe56800 c0 00 c0 c4 01 2a 81 a26964 a178",
    frame: {
      op: 48,
      consumer: 1,
      seq: 2,
      lease: 30_064_771_075,
      attempt: 1,
      time: 1_700_000_000_000,
      from: null,
      encoding: 0,
      meta: null,
      payload: bin(0x2a),
      info: new Map([["id", "x"]]),
    },
  },
  {
    name: "LOST",
    hex: "96 31 01 02 03 cd0193 a26e6f",
    frame: { op: 49, consumer: 1, seq: 2, lease: 3, code: 403, text: "no" },
  },
  { name: "ACTIVE", hex: "93 32 01 c3", frame: { op: 50, consumer: 1, active: true } },
  {
    name: "STOPPED",
    hex: "94 33 01 ccca a26e6f",
    frame: { op: 51, consumer: 1, code: 202, text: "no" },
  },
];

export const malformedVectors: readonly MalformedVector[] = [
  { name: "no array", hex: "05" },
  { name: "an empty array", hex: "90" },
  { name: "an opcode that is no fixint", hex: "92 cc08 01" },
  { name: "a negative opcode", hex: "92 ff 01" },
  { name: "too few elements", hex: "91 08" },
  { name: "an element of another type", hex: "92 08 a131" },
  { name: "a float that is no integer", hex: "92 08 cb 3ff8000000000000" },
  { name: "a float32", hex: "92 08 ca 3f800000" },
  { name: "an integer beyond 2^53", hex: "92 08 cf 0020000000000000" },
  { name: "the byte 0xc1", hex: "92 08 c1" },
  { name: "an extension type", hex: "93 08 01 d4 01 00" },
  { name: "a str that is not UTF-8", hex: "93 04 01 91 a1 ff" },
  { name: "a map key that is no str", hex: "93 03 01 91 93 a161 c0 81 01 01" },
  { name: "a map key twice", hex: "93 03 01 91 93 a161 c0 82 a161 01 a161 02" },
  { name: "five levels", hex: "93 08 01 91 91 91 90" },
  { name: "a str beyond the end", hex: "93 04 01 91 db ffffffff" },
  { name: "a bin beyond the end", hex: "97 05 01 a161 c0 00 c0 c6 ffffffff" },
  { name: "an array beyond the end", hex: "93 03 01 dd ffffffff" },
  { name: "a map beyond the end", hex: "97 05 01 a161 df ffffffff" },
  { name: "an id of 0", hex: "93 04 00 90" },
  { name: "an unknown opcode without an id", hex: "91 7f" },
  { name: "a frame of a hub without a number that could be its id", hex: "93 2c a161 c400" },
  { name: "a second HELLO", hex: "95 01 01 c0 c0 c0" },
  { name: "SEEN beyond what was sent", hex: "92 09 ce 7fffffff" },
];
