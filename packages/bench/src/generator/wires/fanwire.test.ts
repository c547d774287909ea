import {
  down,
  type Frame,
  gapFrame,
  helloFrame,
  patternPublicationFrame,
  publicationFrame,
  publishFrame,
  publishOk,
  Reader,
  readHead,
  seenFrame,
  subscribeFrame,
  subscribeOk,
  upFrames,
  upPongFrame,
  welcomeFrame,
  Writer,
} from "@fanwire/protocol";
import { describe, expect, test } from "vitest";
import { Connection } from "../connection.ts";
import { Lane, READ_AT } from "../lane.ts";
import { Ledger } from "../ledger.ts";
import { blankPayload } from "../marker.ts";
import { fanwire } from "./fanwire.ts";
import { PublicationView } from "./publications.ts";

const SUB = 70_000;

function bytesOf<T extends { readonly op: number }>(
  described: Frame<T>,
  value: Omit<T, "op">,
): Uint8Array {
  const w = new Writer();
  described.write(w, value);
  return w.take();
}

function payload(sequence: number): Uint8Array {
  const filled = blankPayload(128, 1);
  new DataView(filled.buffer).setUint32(8, sequence, true);
  return filled;
}

const tail = { time: 1.7e12, from: null, encoding: 0, meta: null };
const publication = (offset: number, sequence: number): Uint8Array =>
  bytesOf(publicationFrame, { ...tail, sub: SUB, offset, payload: payload(sequence) });
const gap = (next: number, missed: number): Uint8Array =>
  bytesOf(gapFrame, { sub: SUB, topic: null, epoch: 5, next, missed, reason: 2 });

/** A client on a hub that is played by the test. */
class Played {
  readonly lane: Lane = new Lane(200_000);
  readonly ledger: Ledger = new Ledger(new Uint32Array(1), 1);
  readonly client: Connection;
  readonly said: ReturnType<Frame<never>["read"]>[] = [];

  constructor() {
    const { lane, ledger } = this;
    this.client = new Connection({
      lane,
      ledger,
      wire: fanwire,
      topic: 0,
      each: null,
      isTimed: true,
    });
  }

  /** Subscribed to a topic whose head is this. */
  static async subscribed(headOffset: number, pattern = "t.0"): Promise<Played> {
    const played = new Played();
    const write = (bytes: Uint8Array): void => played.#hear(Buffer.from(bytes));
    const opened = played.client.open({ write, end() {} }, "\r\n\r\n");
    played.feedBytes(Buffer.from("HTTP/1.1 101 Switching Protocols\r\n\r\n"));
    await opened;
    const subscribed = fanwire.subscribe(played.client, [pattern]);
    played.feed(
      bytesOf(welcomeFrame, {
        version: 1,
        session: "s",
        secret: "x",
        now: 1,
        limits: new Map(),
        features: [],
        expires: null,
      }),
    );
    const isTopic = !pattern.includes("*");
    const [epoch, head] = isTopic ? [5, headOffset] : [null, null];
    played.feed(
      bytesOf(subscribeOk, {
        id: 1,
        outcomes: [{ granted: true, sub: SUB, epoch, head, mark: null, replay: 0 }],
      }),
    );
    await subscribed;
    played.client.begin();
    return played;
  }

  /** Frames in one message. */
  feed(...frames: readonly Uint8Array[]): void {
    const body = Buffer.concat(frames);
    const head =
      body.length < 126
        ? Buffer.of(0x82, body.length)
        : Buffer.of(0x82, 126, body.length >> 8, body.length & 0xff);
    this.feedBytes(Buffer.concat([head, body]));
  }

  feedBytes(bytes: Uint8Array): void {
    this.lane.bytes.set(bytes, READ_AT);
    this.client.feed(bytes.length);
  }

  #hear(framed: Buffer): void {
    if (framed[0] !== 0x82) return;
    const head = (framed[1]! & 0x7f) < 126 ? 6 : 8;
    const mask = framed.subarray(head - 4, head);
    const r = new Reader().reset(framed.subarray(head).map((byte, i) => byte ^ mask[i & 3]!));
    const frameHead = { count: 0, op: 0 };
    while (r.left > 0) {
      readHead(r, frameHead);
      const described = upFrames.find(({ op }) => op === frameHead.op)!;
      this.said.push(described.read(r, frameHead.count) as never);
    }
  }
}

describe("the plainest publication", () => {
  const view = new PublicationView();

  test.each([1, 127, 128, 255, 256, 65_535, 65_536, 2 ** 32, 2 ** 53 - 1])(
    "is found with the offset %d",
    (offset) => {
      for (const sub of [1, 200, 40_000, 2 ** 30])
        for (const size of [24, 255, 256, 65_535]) {
          const frame = bytesOf(publicationFrame, {
            ...tail,
            sub,
            offset,
            payload: blankPayload(size, 1),
          });
          expect(view.read(frame, 0)).toBe(frame.length);
          expect([view.offset, view.payloadAt]).toEqual([offset, frame.length - size]);
        }
    },
  );

  test("is not what has a from, a meta, or another opcode", () => {
    const value = { ...tail, sub: 1, offset: 1, payload: blankPayload(24, 1) };
    expect(view.read(bytesOf(publicationFrame, { ...value, from: "x" }), 0)).toBe(0);
    expect(view.read(bytesOf(publicationFrame, { ...value, meta: new Map() }), 0)).toBe(0);
    expect(view.read(gap(1, 0), 0)).toBe(0);
  });
});

describe("a client of the hub", () => {
  test("says HELLO with flow, subscribes, and counts what comes in one batch", async () => {
    const played = await Played.subscribed(4);
    expect(played.said).toEqual([
      expect.objectContaining({
        op: helloFrame.op,
        client: new Map<string, unknown>([
          ["sdk", "fanwire-bench"],
          ["flow", true],
        ]),
      }),
      { op: subscribeFrame.op, id: 1, entries: [{ pattern: "t.0", from: null, options: null }] },
    ]);
    played.feed(publication(5, 0), publication(6, 1), publication(7, 2));
    expect(played.ledger.delivered).toBe(3);
    expect(played.ledger.faults).toMatchObject({ holes: 0, offsets: 0, disorder: 0 });
  });

  test("takes a gap with exact bounds for what is missing", async () => {
    const played = await Played.subscribed(0);
    played.feed(publication(1, 0), gap(5, 3), publication(5, 4));
    expect(played.ledger.faults).toMatchObject({
      gaps: 1,
      missed: 3,
      wrongGaps: 0,
      holes: 0,
      offsets: 0,
    });
  });

  test("notices a gap with wrong bounds, and a jump without one", async () => {
    const wrong = await Played.subscribed(0);
    wrong.feed(publication(1, 0), gap(5, 2), publication(5, 4));
    expect(wrong.ledger.faults).toMatchObject({ wrongGaps: 1, holes: 1 });
    const silent = await Played.subscribed(0);
    silent.feed(publication(1, 0), publication(5, 4));
    expect(silent.ledger.faults).toMatchObject({ gaps: 0, holes: 3, offsets: 1 });
  });

  test("counts the publications of a pattern", async () => {
    const played = await Played.subscribed(0, "t.*");
    const value = { ...tail, sub: SUB, topic: "t.0", epoch: 3, offset: 9, payload: payload(0) };
    played.feed(bytesOf(patternPublicationFrame, value));
    expect(played.ledger.delivered).toBe(1);
  });

  test("answers PING, and reports what it has seen after 64 KiB", async () => {
    const played = await Played.subscribed(0);
    played.feed(Uint8Array.of(0x92, down.PING, 7));
    expect(played.said.at(-1)).toEqual({ op: upPongFrame.op, n: 7 });
    let bytes = 0;
    for (let i = 0; i < 500; i++) {
      const frame = publication(i + 1, i);
      bytes += frame.length;
      played.feed(frame);
    }
    const seen = played.said.filter(({ op }) => op === seenFrame.op) as { bytes: number }[];
    expect(seen.length).toBeGreaterThan(0);
    expect(seen.at(-1)!.bytes).toBeLessThanOrEqual(bytes + 100);
  });
});

test("a publisher learns aliases from the hub and publishes by them", async () => {
  const played = new Played();
  const heard: Uint8Array[] = [];
  const write = (bytes: Uint8Array): void => void heard.push(bytes);
  const opened = played.client.open({ write, end() {} }, "");
  played.feedBytes(Buffer.from("HTTP/1.1 101 Switching Protocols\r\n\r\n"));
  await opened;
  const announced = fanwire.announce(played.client, ["p.0", "p.1"]);
  played.feed(Uint8Array.of(0xc0)); // stands for WELCOME, which is not looked at
  const ok = { epoch: 1, offset: 1, level: 0, duplicate: false };
  played.feed(bytesOf(publishOk, { ...ok, id: 1, alias: 501 }));
  played.feed(bytesOf(publishOk, { ...ok, id: 2, alias: 502 }));
  await announced;
  const outgoing = { topic: "p.1", index: 1, payload: payload(0) };
  const [message] = fanwire.publishMany!([outgoing, outgoing]);
  const r = new Reader().reset(message!.body);
  const head = { count: 0, op: 0 };
  for (let i = 0; i < 2; i++) {
    readHead(r, head);
    expect(publishFrame.read(r, head.count)).toMatchObject({ id: 0, topic: 502 });
  }
  expect(r.left).toBe(0);
});
