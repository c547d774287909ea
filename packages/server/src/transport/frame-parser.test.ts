import { SeededRandom } from "@fanwire/testkit";
import { describe, expect, test } from "vitest";
import { FrameParser, type FrameSink } from "./frame-parser.ts";

interface FrameOptions {
  readonly opcode?: number;
  readonly isFinal?: boolean;
  readonly reserved?: number;
  readonly isMasked?: boolean;
  readonly key?: readonly number[];
  /** Bytes of the length field, where another than the shortest is wanted. */
  readonly width?: 1 | 2 | 8;
}

/** A frame as a client sends it. */
function frame(payload: Uint8Array | string, options: FrameOptions = {}): Uint8Array {
  const {
    opcode = 2,
    isFinal = true,
    reserved = 0,
    isMasked = true,
    key = [0x12, 0x34, 0x56, 0x78],
  } = options;
  const bytes = typeof payload === "string" ? Buffer.from(payload) : payload;
  const width = options.width ?? (bytes.length < 126 ? 1 : bytes.length < 65_536 ? 2 : 8);
  const head = [
    (isFinal ? 0x80 : 0) | (reserved << 4) | opcode,
    (isMasked ? 0x80 : 0) | (width === 1 ? bytes.length : width === 2 ? 126 : 127),
  ];
  if (width === 2) head.push(bytes.length >> 8, bytes.length & 0xff);
  if (width === 8)
    head.push(
      0,
      0,
      0,
      0,
      bytes.length >>> 24,
      (bytes.length >> 16) & 0xff,
      (bytes.length >> 8) & 0xff,
      bytes.length & 0xff,
    );
  if (!isMasked) return Buffer.concat([Uint8Array.from(head), bytes]);
  return Buffer.concat([
    Uint8Array.from([...head, ...key]),
    bytes.map((byte, i) => byte ^ key[i & 3]!),
  ]);
}

const closing = (code: number, reason = ""): Uint8Array =>
  frame(Buffer.concat([Uint8Array.of(code >> 8, code & 0xff), Buffer.from(reason)]), { opcode: 8 });

/** Reads chunks and tells what came, in words. */
function readAll(
  chunks: readonly Uint8Array[],
  { messageBytesMax = 1_000_000, fragmentsMax = 4 } = {},
): string[] {
  const told: string[] = [];
  const sink: FrameSink = {
    onBinary: (bytes, from, to) =>
      void told.push(`binary ${Buffer.from(bytes.subarray(from, to)).toString("hex")}`),
    onText: () => void told.push("text"),
    onPing: (payload) => void told.push(`ping ${Buffer.from(payload).toString()}`),
    onClose: (code) => void told.push(`close ${code}`),
    onFault: (code, text) => void told.push(`fault ${code} ${text}`),
  };
  const parser = new FrameParser({ messageBytesMax, fragmentsMax }, sink);
  // the parser unmasks in place, and the memory may begin anywhere
  for (const chunk of chunks) parser.read(Buffer.from(chunk));
  return told;
}

const hexOf = (payload: Uint8Array): string => `binary ${Buffer.from(payload).toString("hex")}`;
const bytes = (length: number, of = 7): Uint8Array =>
  new Uint8Array(length).map((_, i) => (i * of) & 0xff);

describe("E9", () => {
  test.each([0, 1, 3, 15, 16, 17, 63, 64, 65, 125, 126, 127, 1000, 65_535, 65_536, 200_000])(
    "E9 a message of %d bytes is read, wherever it lies in memory",
    (length) => {
      const payload = bytes(length);
      for (let before = 0; before < 4; before++) {
        const chunk = Buffer.alloc(before + length + 14 + 70);
        const whole = frame(payload);
        chunk.set(whole, before);
        const told: string[] = [];
        const parser = new FrameParser(
          { messageBytesMax: 1_000_000, fragmentsMax: 4 },
          {
            onBinary: (b, from, to) => void told.push(hexOf(b.subarray(from, to))),
            onText() {},
            onPing() {},
            onClose() {},
            onFault: (_code, text) => void told.push(text),
          },
        );
        parser.read(chunk.subarray(before, before + whole.length));
        expect(told).toEqual([hexOf(payload)]);
      }
    },
  );

  test("E9 a mask of zeros and lengths that are longer than they need be are read", () => {
    expect(
      readAll([
        frame("abc", { key: [0, 0, 0, 0] }),
        frame("abc", { width: 2 }),
        frame("abc", { width: 8 }),
      ]),
    ).toEqual(Array.from({ length: 3 }, () => hexOf(Buffer.from("abc"))));
  });

  test("E9 however the bytes are cut, what comes out is the same", () => {
    const random = new SeededRandom(1);
    for (let i = 0; i < 300; i++) {
      const frames: Uint8Array[] = [];
      const expected: string[] = [];
      for (let n = random.below(8); n >= 0; n--) {
        const payload = bytes(
          random.below(5) === 0 ? random.below(3000) : random.below(80),
          1 + random.below(9),
        );
        const key = Array.from({ length: 4 }, () => random.below(256));
        const cut = random.below(payload.length + 1);
        if (random.below(4) === 0) {
          frames.push(
            frame(payload.slice(0, cut), { isFinal: false, key }),
            frame("still there?", { opcode: 9 }),
            frame(payload.slice(cut), { opcode: 0 }),
          );
          expected.push("ping still there?", hexOf(payload));
        } else {
          frames.push(frame(payload, { key }));
          expected.push(hexOf(payload));
        }
      }
      const all = Buffer.concat(frames);
      const chunks: Uint8Array[] = [];
      for (let at = 0; at < all.length;) {
        const size = 1 + random.below(random.below(3) === 0 ? 5 : 500);
        chunks.push(all.subarray(at, at + size));
        at += size;
      }
      expect(readAll(chunks)).toEqual(expected);
    }
  });

  test("E9 a message may be cut into frames, as far as the bounds go", () => {
    const cut = (count: number): Uint8Array[] =>
      Array.from({ length: count }, (_, i) =>
        frame("ab", { opcode: i === 0 ? 2 : 0, isFinal: i === count - 1 }),
      );
    expect(readAll(cut(4))).toEqual([hexOf(Buffer.from("abababab"))]);
    expect(readAll(cut(5))).toEqual([
      "fault 1002 Not a WebSocket frame: a message is cut into too many frames.",
    ]);
    expect(readAll(cut(3), { messageBytesMax: 6 })).toEqual([hexOf(Buffer.from("ababab"))]);
    expect(readAll(cut(3), { messageBytesMax: 5 })).toEqual([
      "fault 1009 A message has at most 5 bytes.",
    ]);
  });

  test("E9 a message of the largest size is read, one byte more is told by its head alone", () => {
    expect(readAll([frame(bytes(1000))], { messageBytesMax: 1000 })).toHaveLength(1);
    const tooLarge = frame(bytes(1001)).subarray(0, 8);
    expect(readAll([tooLarge], { messageBytesMax: 1000 })).toEqual([
      "fault 1009 A message has at most 1000 bytes.",
    ]);
    const absurd = Uint8Array.of(
      0x82,
      0xff,
      0x7f,
      0xff,
      0xff,
      0xff,
      0xff,
      0xff,
      0xff,
      0xff,
      0,
      0,
      0,
      0,
    );
    expect(readAll([absurd], { messageBytesMax: 1000 })).toEqual([
      "fault 1009 A message has at most 1000 bytes.",
    ]);
  });

  test.each<[string, Uint8Array, string]>([
    [
      "a frame without a mask",
      frame("a", { isMasked: false }),
      "fault 1002 Not a WebSocket frame: a frame of a client is masked.",
    ],
    [
      "a reserved bit",
      frame("a", { reserved: 4 }),
      "fault 1002 Not a WebSocket frame: a reserved bit is set.",
    ],
    [
      "an unknown opcode",
      frame("a", { opcode: 3 }),
      "fault 1002 Not a WebSocket frame: 3 is no opcode.",
    ],
    [
      "an unknown control opcode",
      frame("a", { opcode: 11 }),
      "fault 1002 Not a WebSocket frame: 11 is no opcode.",
    ],
    [
      "a continuation of nothing",
      frame("a", { opcode: 0 }),
      "fault 1002 Not a WebSocket frame: there is no message to continue.",
    ],
    [
      "a new message in the middle of one",
      Buffer.concat([frame("a", { isFinal: false }), frame("b")]),
      "fault 1002 Not a WebSocket frame: a message is not finished.",
    ],
    [
      "a ping of 126 bytes",
      frame(bytes(126), { opcode: 9 }),
      "fault 1002 Not a WebSocket frame: a control frame is short and whole.",
    ],
    [
      "a ping that is cut",
      frame("a", { opcode: 9, isFinal: false }),
      "fault 1002 Not a WebSocket frame: a control frame is short and whole.",
    ],
    [
      "a close of one byte",
      frame(Uint8Array.of(3), { opcode: 8 }),
      "fault 1002 Not a WebSocket frame: a close code has two bytes.",
    ],
    [
      "a close with the code 1006",
      closing(1006),
      "fault 1002 Not a WebSocket frame: 1006 is no close code.",
    ],
    [
      "a close with the code 2999",
      closing(2999),
      "fault 1002 Not a WebSocket frame: 2999 is no close code.",
    ],
    [
      "a close whose reason is not UTF-8",
      frame(Uint8Array.of(3, 0xe8, 0xff), { opcode: 8 }),
      "fault 1007 The reason of a close is UTF-8.",
    ],
    ["a text message", frame("hello", { opcode: 1 }), "text"],
  ])("E9 %s is told, and nothing is read behind it", (_name, chunk, told) => {
    expect(readAll([chunk, frame("later")])).toEqual([told]);
    expect(readAll([Buffer.concat([chunk, frame("later")])])).toEqual([told]);
  });

  test("E9 a close is told with its code, and pings and pongs may come between", () => {
    expect(
      readAll([
        frame("p", { opcode: 9 }),
        frame("q", { opcode: 10 }),
        frame("", { opcode: 9 }),
        closing(1000, "bye ü"),
      ]),
    ).toEqual(["ping p", "ping ", "close 1000"]);
    expect(readAll([frame("", { opcode: 8 })])).toEqual(["close undefined"]);
    expect(readAll([closing(4999)])).toEqual(["close 4999"]);
  });

  test("E9 random bytes never throw, and are never kept beyond the bounds", () => {
    const random = new SeededRandom(2);
    for (let i = 0; i < 2000; i++) {
      const chunks = Array.from({ length: 1 + random.below(4) }, () =>
        Uint8Array.from({ length: random.below(60) }, () => random.below(256)),
      );
      expect(() => readAll(chunks, { messageBytesMax: 100 })).not.toThrow();
    }
  });
});
