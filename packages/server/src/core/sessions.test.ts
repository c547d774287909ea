import { down, up } from "@fanwire/protocol";
import { batch, client, hex } from "@fanwire/testkit";
import { describe, expect, test } from "vitest";
import { TestHub } from "./hub.testkit.ts";

describe("S1", () => {
  test("S1 HELLO is answered by WELCOME, alone in its message", () => {
    const hub = new TestHub({ payloadBytesMax: 1000, pingMs: 20_000 });
    const c = hub.connect();
    c.send(client.hello());
    expect(c.writes.map((write) => write.length)).toEqual([1]);
    expect(c.take()).toEqual([
      [
        down.WELCOME,
        1,
        "session-0",
        "secret",
        hub.clock.time,
        new Map([
          ["payloadBytesMax", 1000],
          ["batchBytesMax", 262_144],
          ["subscriptionsMax", 4096],
          ["patternsMax", 64],
          ["pingMs", 20_000],
          ["pingTimeoutMs", 10_000],
        ]),
        ["patterns", "queues"],
        null,
      ],
    ]);
    expect(hub.broker.counts.sessions).toBe(1);
  });
});

describe("S2", () => {
  test.each([
    ["another frame", client.ping(1)],
    ["a publication", client.publish(1, "a")],
    ["HELLO and something behind it", batch(client.hello(), client.ping(1))],
    ["bytes that are no frame", hex("c1")],
    ["nothing", hex("")],
  ])("S2 before WELCOME %s is malformed", (_name, bytes) => {
    const hub = new TestHub();
    const c = hub.connect();
    c.send(bytes);
    expect(c.closedWith?.code).toBe(4500);
    expect(hub.broker.counts.sessions).toBe(0);
  });

  test("S2 a HELLO of greetingBytesMax stands, one byte more does not", () => {
    const padded = (bytes: number): Uint8Array => {
      const head = client.hello();
      head[0] = 0x96; // one element more, which is skipped: a bin
      const filler = bytes - head.length - 3;
      return batch(
        head,
        hex("c5"),
        Uint8Array.of(filler >> 8, filler & 0xff),
        new Uint8Array(filler),
      );
    };
    const hub = new TestHub({ greetingBytesMax: 1000 });
    const [a, b] = [hub.connect(), hub.connect()];
    a.send(padded(1000));
    expect(a.take()[0]?.[0]).toBe(down.WELCOME);
    b.send(padded(1001));
    expect(b.closedWith?.code).toBe(4500);
  });

  test("S2 a client that has not said HELLO by greetingMs is stale", () => {
    const hub = new TestHub({ greetingMs: 5000 });
    const c = hub.connect();
    hub.advance(4900);
    expect(c.closedWith).toBeUndefined();
    hub.advance(300);
    expect(c.closedWith).toMatchObject({ code: 4001, text: expect.stringContaining("5000 ms") });
  });

  test("S2 a client that said HELLO in time is not stale", () => {
    const hub = new TestHub({ greetingMs: 5000 });
    const c = hub.join();
    hub.advance(6000);
    expect(c.closedWith).toBeUndefined();
  });
});

describe("S3", () => {
  test("S3 another version is unsupported", () => {
    const hub = new TestHub();
    const c = hub.connect();
    c.send(client.hello(2));
    expect(c.closedWith).toMatchObject({ code: 4501, text: expect.stringContaining("not 2") });
  });
});

describe("S4", () => {
  test("S4 HELLO on a live session is malformed", () => {
    const hub = new TestHub();
    const c = hub.join();
    c.send(client.hello());
    expect(c.closedWith?.code).toBe(4500);
  });
});

describe("S5", () => {
  test("S5 a text message closes the connection, before and after WELCOME", () => {
    const hub = new TestHub();
    for (const c of [hub.connect(), hub.join()]) {
      hub.broker.receivedText(c);
      expect(c.closedWith?.code).toBe(4506);
    }
  });
});

describe("S6", () => {
  test("S6 frames before a malformed one stand, and their replies come before the close", () => {
    const hub = new TestHub();
    const [c, other] = [hub.join(), hub.join()];
    other.send(client.subscribe(1, "a"));
    other.take();
    c.send(client.publish(7, "a", 1), hex("c1"), client.publish(8, "a", 2));
    expect(c.take().map(([op, id]) => [op, id])).toEqual([[down.OK, 7]]);
    expect(c.closedWith?.code).toBe(4500);
    expect(other.takeOnly(down.PUBLICATION)).toHaveLength(1);
  });

  test("S6 a closed session is not heard any more", () => {
    const hub = new TestHub();
    const c = hub.join();
    c.send(hex("c1"));
    c.send(client.publish(1, "a"));
    expect(c.take()).toEqual([]);
    expect(hub.broker.counts.publications).toBe(0);
  });

  test("S6 a topic that is not UTF-8 is malformed", () => {
    const hub = new TestHub();
    const c = hub.join();
    c.send(hex("97 05 01 a2c328 c0 00 c0 c400"));
    expect(c.closedWith).toMatchObject({ code: 4500, text: expect.stringContaining("UTF-8") });
  });
});

describe("S7", () => {
  test.each([
    ["AUTH", client.raw(up.AUTH, 3, "token")],
    ["an opcode of request and reply", client.raw(24, 3)],
    ["an unknown opcode", client.raw(127, 3, null)],
  ])("S7 %s is refused as unsupported", (_name, bytes) => {
    const hub = new TestHub();
    const c = hub.join();
    c.send(bytes);
    expect(c.take().map((f) => f.slice(0, 3))).toEqual([[down.REFUSED, 3, 101]]);
    expect(c.closedWith).toBeUndefined();
  });
});

describe("S8", () => {
  test("S8 a claim of an earlier session gets a new one", () => {
    const hub = new TestHub();
    const c = hub.connect();
    c.send(hex("95 01 01 c0 c0 92 a161 a162"));
    expect(c.take()[0]?.slice(0, 3)).toEqual([down.WELCOME, 1, "session-0"]);
  });
});

describe("S9", () => {
  test("S9 nothing of a connection that is gone stays", () => {
    const hub = new TestHub();
    const [c, greeting] = [hub.join(), hub.connect()];
    c.send(client.subscribe(1, "a", "b.*", "**"));
    c.say(client.publish(0, "a"));
    c.disconnect();
    greeting.disconnect();
    hub.flush();
    expect(hub.broker.counts).toMatchObject({ sessions: 0, subscriptions: 0 });
    const other = hub.join();
    other.send(client.publish(1, "a"));
    expect(other.take().map(([op]) => op)).toEqual([down.OK]);
    c.disconnect();
    expect(hub.broker.counts.sessions).toBe(1);
  });
});
