import { describe, expect, test } from "vitest";
import { Connection } from "./connection.ts";
import { BINARY, frame, headBytes, keyAt, type Message } from "./frame.ts";
import { Lane, READ_AT } from "./lane.ts";
import { Ledger } from "./ledger.ts";
import { blankPayload } from "./marker.ts";
import { plain } from "./wires/plain.ts";

/** A message as a server frames it. */
function fromServer(body: Uint8Array, first = 0x82): Buffer {
  const head = Buffer.alloc(headBytes(body.length) - 4);
  head[0] = first;
  if (head.length === 2) head[1] = body.length;
  else if (head.length === 4) {
    head[1] = 126;
    head.writeUInt16BE(body.length, 2);
  } else {
    head[1] = 127;
    head.writeBigUInt64BE(BigInt(body.length), 2);
  }
  return Buffer.concat([head, body]);
}

function payload(sequence: number, bytes = 128): Uint8Array {
  const filled = blankPayload(bytes, 1);
  new DataView(filled.buffer).setUint32(8, sequence, true);
  return filled;
}

const SWITCH = Buffer.from("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n");

class Fed {
  readonly lane: Lane = new Lane(65_536);
  readonly ledger: Ledger = new Ledger(new Uint32Array(1), 1);
  readonly written: Buffer[] = [];
  readonly client: Connection;

  constructor() {
    const { lane, ledger } = this;
    this.client = new Connection({
      lane,
      ledger,
      wire: plain,
      topic: 0,
      each: null,
      isTimed: true,
    });
  }

  static async upgraded(): Promise<Fed> {
    const fed = new Fed();
    const opened = fed.open();
    fed.feed(SWITCH);
    await opened;
    return fed;
  }

  open(): Promise<void> {
    const outlet = { write: (bytes: Uint8Array) => void this.written.push(Buffer.from(bytes)) };
    return this.client.open({ ...outlet, end() {} }, "GET / HTTP/1.1\r\n\r\n");
  }

  feed(bytes: Uint8Array, piece: number = bytes.length): void {
    for (let at = 0; at < bytes.length; at += piece) {
      const part = bytes.subarray(at, at + piece);
      this.lane.bytes.fill(0xee, READ_AT); // what an earlier read left must not matter
      this.lane.bytes.set(part, READ_AT);
      this.client.feed(part.length);
    }
  }
}

describe("a client", () => {
  test.each([1, 2, 3, 7, 131, 1000])(
    "reads messages that come in pieces of %i bytes",
    async (piece) => {
      const fed = new Fed();
      const opened = fed.open();
      const all: Buffer[] = [SWITCH];
      for (let i = 0; i < 50; i++)
        all.push(fromServer(payload(i, [24, 125, 126, 128, 4000][i % 5])));
      const [head, ...rest] = all;
      fed.feed(head!, piece);
      await opened;
      fed.client.begin();
      fed.feed(Buffer.concat(rest), piece);
      expect(fed.ledger.delivered).toBe(50);
      expect(Object.values(fed.ledger.faults)).toEqual([0, 0, 0, 0, 0, 0, 0]);
    },
  );

  test("reads a message whose length takes eight bytes", async () => {
    const fed = await Fed.upgraded();
    fed.client.begin();
    fed.feed(fromServer(payload(0, 70_000)), 65_000);
    expect(fed.ledger.delivered).toBe(1);
  });

  test("keeps messages for whoever sets it up, and answers pings", async () => {
    const fed = await Fed.upgraded();
    fed.feed(Buffer.concat([fromServer(Buffer.from("one")), fromServer(Buffer.from("!"), 0x89)]));
    expect(Buffer.from((await fed.client.receive()).body).toString()).toBe("one");
    expect(unmasked(fed.written.at(-1)!)).toEqual({ opcode: 10, body: Buffer.from("!") });
  });

  test("says which status an upgrade got that was refused", () => {
    const fed = new Fed();
    void fed.open();
    expect(() => fed.feed(Buffer.from("HTTP/1.1 403 Forbidden\r\n\r\n"))).toThrow("403 Forbidden");
  });

  test("tells those who wait that it was closed, and with which code", async () => {
    const fed = await Fed.upgraded();
    const waiting = fed.client.receive();
    fed.feed(fromServer(Uint8Array.of(0x0f, 0xa2), 0x88));
    fed.client.lost();
    await expect(waiting).rejects.toThrow("4002");
  });

  test("does not take a message in fragments for one", async () => {
    const fed = await Fed.upgraded();
    fed.client.begin();
    expect(() => fed.feed(fromServer(payload(0), 0x02))).toThrow("fragments");
  });
});

describe("a frame of a client", () => {
  test.each([0, 1, 125, 126, 65_535, 65_536])("of %i bytes is masked and whole", (length) => {
    const body = new Uint8Array(length).map((_, i) => i * 7);
    expect(unmasked(frame({ opcode: BINARY, body }))).toEqual({
      opcode: BINARY,
      body: Buffer.from(body),
    });
  });

  test("is masked as the key says, wherever it falls", () => {
    const framed = frame({ opcode: BINARY, body: new Uint8Array(16) });
    for (let place = 0; place < 8; place++)
      expect(framed.readUInt32LE(headBytes(16) + place)).toBe(keyAt(place));
  });
});

function unmasked(framed: Buffer): Message {
  const short = framed[1]! & 0x7f;
  const head = short < 126 ? 6 : short === 126 ? 8 : 14;
  const mask = framed.subarray(head - 4, head);
  const body = framed.subarray(head).map((byte, i) => byte ^ mask[i & 3]!);
  return { opcode: framed[0]! & 0x0f, body: Buffer.from(body) };
}
