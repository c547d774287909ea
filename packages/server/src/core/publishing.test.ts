import { down } from "@fanwire/protocol";
import { client, type WireFrame } from "@fanwire/testkit";
import { describe, expect, test } from "vitest";
import { TestHub } from "./hub.testkit.ts";

const refusal = (frames: readonly WireFrame[]): unknown => {
  const [frame] = frames;
  expect(frame?.[0]).toBe(down.REFUSED);
  expect(frame?.[3]).toMatch(/^\S.*\.$/su);
  return frame?.[2];
};

describe("A1", () => {
  test("A1 offsets of a topic count from 1, whoever publishes", () => {
    const hub = new TestHub();
    const [a, b] = [hub.join(), hub.join()];
    a.send(client.publish(1, "t"));
    b.send(client.publish(1, "t"));
    a.send(client.publish(2, "t"), client.publish(3, "u"));
    expect([a.take(), b.take()].flat().map((f) => f.slice(1, 5))).toEqual([
      [1, 100, 5000, 1],
      [2, 100, 5000, 3],
      [3, 101, 5001, 1],
      [1, 100, 5000, 2],
    ]);
  });

  test("A1 a topic that was forgotten comes back with another epoch", () => {
    const hub = new TestHub({ topicsMax: 1 });
    const c = hub.join();
    c.send(client.publish(1, "a"), client.publish(2, "b"), client.publish(3, "a"));
    expect(c.take().map((f) => f.slice(3, 5))).toEqual([
      [5000, 1],
      [5001, 1],
      [5002, 1],
    ]);
  });
});

describe("A2", () => {
  test("A2 with an id there is one OK, without none", () => {
    const c = new TestHub().join();
    c.send(client.publish(0, "a"), client.publish(9, "a"), client.publish(0, "a"));
    expect(c.take()).toEqual([[down.OK, 9, 100, 5000, 2, 0, false]]);
  });

  test("A2 confirm 0 may be asked for", () => {
    const c = new TestHub().join();
    c.send(client.publish(9, "a", 0, { options: { confirm: 0 } }));
    expect(c.take()).toEqual([[down.OK, 9, 100, 5000, 1, 0, false]]);
  });
});

describe("A3", () => {
  test("A3 payload, encoding and meta reach subscribers as they were, with the hub's time", () => {
    const hub = new TestHub();
    const c = hub.join();
    c.send(client.subscribe(1, "a", "*"));
    c.take();
    const payload = Uint8Array.of(0xc1, 0, 0xff);
    const meta = { key: "k", del: true, h: new Map([["trace", "ü"]]) };
    c.send(client.publish(0, "a", payload, { encoding: 0x73, meta }));
    const tail = [hub.clock.time, null, 0x73, new Map(Object.entries(meta)), payload];
    expect(c.take()).toEqual([
      [down.PUBLICATION, 100, 1, ...tail],
      [down.PATTERN_PUBLICATION, 101, "a", 5000, 1, ...tail],
    ]);
  });

  test.each([0, 1, 125, 126, 1000, 65_535, 65_536])(
    "A3 a payload of %d bytes comes through",
    (size) => {
      const hub = new TestHub();
      const c = hub.join();
      c.send(client.subscribe(1, "a"));
      c.take();
      const payload = new Uint8Array(size).map((_, i) => i * 7);
      c.send(client.publish(0, "a", payload));
      expect(c.take()[0]?.at(-1)).toEqual(payload);
    },
  );

  test("A3 a publication is copied out of the message that brought it", () => {
    const hub = new TestHub();
    const [c, publisher] = [hub.join(), hub.join()];
    c.send(client.subscribe(1, "a"));
    c.take();
    const bytes = client.publish(0, "a", Uint8Array.of(1, 2, 3));
    hub.broker.received(publisher, bytes);
    bytes.fill(0xc1);
    hub.flush();
    expect(c.take()[0]?.at(-1)).toEqual(Uint8Array.of(1, 2, 3));
  });
});

describe("A4", () => {
  test("A4 the alias of an OK and that of a grant stand for the name", () => {
    const c = new TestHub().join();
    c.send(client.publish(1, "a"), client.subscribe(2, "b"), client.publish(3, "c"));
    c.take();
    c.send(
      client.publish(4, 100),
      client.publish(5, 101),
      client.publish(6, 102),
      client.publish(7, 100),
    );
    expect(
      c
        .take()
        .filter(([op]) => op === down.OK)
        .map((f) => f.slice(1, 5)),
    ).toEqual([
      [4, 100, 5000, 2],
      [5, 101, 5001, 1],
      [6, 102, 5002, 2],
      [7, 100, 5000, 3],
    ]);
  });

  test("A4 an alias that was told to another connection is unknown, and so is that of a pattern, and 0", () => {
    const hub = new TestHub();
    const [a, b] = [hub.join(), hub.join()];
    a.send(client.publish(1, "a"), client.subscribe(2, "x.*"));
    a.take();
    for (const [to, alias] of [
      [b, 100],
      [a, 101],
      [a, 0],
      [a, 5],
    ] as const) {
      to.send(client.publish(3, alias));
      expect(refusal(to.take())).toBe(406);
    }
    expect(hub.broker.counts.publications).toBe(1);
  });

  test("A4 an alias of a topic that was forgotten is unknown", () => {
    const c = new TestHub({ topicsMax: 1 }).join();
    c.send(client.publish(1, "a"), client.publish(2, "b"));
    c.take();
    c.send(client.publish(3, 100));
    expect(refusal(c.take())).toBe(406);
  });

  test("A4 of 1,025 aliases the oldest is unknown again", () => {
    const c = new TestHub().join();
    for (let i = 0; i < 1025; i++) c.say(client.publish(1, `t${i}`));
    c.send();
    c.take();
    c.send(client.publish(2, 100), client.publish(3, 101));
    expect(c.take().map(([op]) => op)).toEqual([down.REFUSED, down.OK]);
  });
});

describe("A5", () => {
  test("A5 clients do not publish to the hub's own topics", () => {
    const hub = new TestHub();
    const c = hub.join();
    for (const topic of ["$sys.hub", "$anything"]) {
      c.send(client.publish(1, topic));
      expect(refusal(c.take())).toBe(202);
    }
    expect(hub.broker.topics).toBe(0);
  });

  test("A5 neither by the alias of a topic that they follow", () => {
    const c = new TestHub().join();
    c.send(client.subscribe(1, "$sys.hub"));
    c.take();
    c.send(client.publish(2, 100));
    expect(refusal(c.take())).toBe(202);
  });
});

describe("A6", () => {
  const headers = (count: number, length: number): Map<string, string> =>
    new Map(Array.from({ length: count }, (_, i) => [`h${i}`, "x".repeat(length)]));

  test.each<[string, number, Parameters<typeof client.publish>]>([
    ["an illegal topic", 102, [1, "a b"]],
    ["a pattern", 102, [1, "a.*"]],
    ["an empty topic", 102, [1, ""]],
    ["a topic of 17 levels", 102, [1, Array.from({ length: 17 }, () => "a").join(".")]],
    ["a payload one byte too large", 104, [1, "a", new Uint8Array(65_537)]],
    ["a meta above 4 KiB", 104, [1, "a", 0, { meta: { h: headers(16, 256) } }]],
    ["an unknown meta entry", 105, [1, "a", 0, { meta: { priority: 1 } }]],
    ["a ttl", 105, [1, "a", 0, { meta: { ttl: 1000 } }]],
    ["an unknown option", 105, [1, "a", 0, { options: { qos: 1 } }]],
    ["an unknown confirm level", 105, [1, "a", 0, { options: { confirm: 3 } }]],
    ["confirm on disk", 101, [1, "a", 0, { options: { confirm: 1 } }]],
    ["an empty id", 105, [1, "a", 0, { options: { id: "" } }]],
    ["an id of 65 characters", 105, [1, "a", 0, { options: { id: "x".repeat(65) } }]],
    ["an id of two numbers", 105, [1, "a", 0, { options: { id: [1, 1] } }]],
    ["a number below its base", 105, [1, "a", 0, { options: { id: [1, 2, 3] } }]],
    ["a condition that is none", 105, [1, "a", 0, { options: { if: [1] } }]],
    ["a condition that does not hold", 401, [1, "a", 0, { options: { if: [1, 1] } }]],
    ["an encoding of 128", 100, [1, "a", 0, { encoding: 128 }]],
  ])("A6 %s is refused and nothing is published", (_name, code, args) => {
    const hub = new TestHub();
    const [c, other] = [hub.join(), hub.join()];
    other.send(client.subscribe(1, "**"));
    other.take();
    c.send(client.publish(...args), client.publish(2, "a", 7));
    const taken = c.take();
    expect(refusal(taken)).toBe(code);
    expect(taken[1]?.slice(0, 2)).toEqual([down.OK, 2]);
    expect(other.takeOnly(down.PATTERN_PUBLICATION)).toHaveLength(1);
    expect(c.closedWith).toBeUndefined();
  });

  test("A6 a payload of the full size and a meta of nearly 4 KiB stand", () => {
    const c = new TestHub().join();
    c.send(client.publish(1, "a", new Uint8Array(65_536), { meta: { h: headers(16, 245) } }));
    expect(c.take()[0]?.[0]).toBe(down.OK);
  });

  test("A6 what a client wrote stands in a refusal quoted and shortened", () => {
    const c = new TestHub().join();
    c.send(client.publish(1, `evil\u001b[31m\n${"x".repeat(500)}`));
    const text = c.take()[0]?.[3] as string;
    expect(text).toContain(String.raw`evil\u001b[31m\n`);
    expect(text.length).toBeLessThan(300);
  });
});

describe("A7", () => {
  test("A7 refused publications without an id are told once a second and topic, with their number", () => {
    const hub = new TestHub();
    const c = hub.join();
    for (let i = 0; i < 5; i++) c.send(client.publish(0, "$sys"), client.publish(0, "a b"));
    const told = (): unknown[] => c.take().map((f) => [f[1], f[2], f[5], f[6]]);
    expect(told()).toEqual([
      [0, 202, "$sys", 1],
      [0, 102, "a b", 1],
    ]);
    hub.advance(1200);
    expect(told()).toEqual([
      [0, 202, "$sys", 4],
      [0, 102, "a b", 4],
    ]);
    hub.advance(5000);
    expect(told()).toEqual([]);
    c.send(client.publish(0, 77));
    expect(told()).toEqual([[0, 406, 77, 1]]);
  });

  test("A7 beyond 32 topics they share one count without a topic", () => {
    const hub = new TestHub();
    const c = hub.join();
    for (let i = 0; i < 40; i++) c.send(client.publish(0, `no topic ${i}`));
    expect(
      c
        .take()
        .map((f) => f[5])
        .slice(31),
    ).toEqual(["no topic 31", null]);
    hub.advance(1200);
    expect(c.take().map((f) => [f[5], f[6]])).toEqual([[null, 7]]);
  });

  test("A7 a session that is gone is told nothing", () => {
    const hub = new TestHub();
    const c = hub.join();
    c.send(client.publish(0, "$sys"), client.publish(0, "$sys"));
    c.take();
    c.disconnect();
    hub.advance(3000);
    expect(c.take()).toEqual([]);
  });
});

describe("A8", () => {
  test("A8 publications of one connection are shown in the order in which they were sent", () => {
    const hub = new TestHub();
    const [c, publisher] = [hub.join(), hub.join()];
    c.send(client.subscribe(1, "a"));
    c.take();
    publisher.say(client.publish(0, "a", 1), client.publish(5, "a", 2), client.publish(0, "b", 9));
    publisher.say(client.publish(0, "a", 3));
    hub.flush();
    expect(c.take().map((f) => (f.at(-1) as Uint8Array)[0])).toEqual([1, 2, 3]);
  });
});
