import { down } from "@fanwire/protocol";
import { client } from "@fanwire/testkit";
import { describe, expect, test } from "vitest";
import { TestHub } from "./hub.testkit.ts";

const codes = (outcomes: unknown): unknown[] => (outcomes as unknown[][]).map(([code]) => code);

describe("L1", () => {
  test("L1 one subscription too many is refused, those that stand are not concerned", () => {
    const hub = new TestHub({ subscriptionsMax: 3 });
    const c = hub.join();
    c.send(client.subscribe(1, "a", "b", "c", "d"));
    expect(codes(c.take()[0]?.[2])).toEqual([0, 0, 0, 301]);
    c.send(client.unsubscribe(2, "b"), client.subscribe(3, "d"));
    c.take();
    c.send(client.publish(0, "a"), client.publish(0, "d"));
    expect(c.takeOnly(down.PUBLICATION)).toHaveLength(2);
  });

  test("L1 one pattern too many is refused, topics are not", () => {
    const hub = new TestHub({ patternsMax: 2 });
    const c = hub.join();
    c.send(client.subscribe(1, "a.*", "b.*", "c.*", "c.d"));
    expect(codes(c.take()[0]?.[2])).toEqual([0, 0, 302, 0]);
    c.send(client.unsubscribe(2, "a.*"), client.subscribe(3, "c.*"));
    expect(codes(c.take()[1]?.[2])).toEqual([0]);
  });

  test("L1 the limits are of one session", () => {
    const hub = new TestHub({ subscriptionsMax: 1, patternsMax: 1 });
    for (const c of [hub.join(), hub.join()]) {
      c.send(client.subscribe(1, "a.*"));
      expect(codes(c.take()[0]?.[2])).toEqual([0]);
    }
  });
});

describe("L2", () => {
  test("L2 the topic that nobody follows and that was unused longest is forgotten", () => {
    const hub = new TestHub({ topicsMax: 3 });
    const c = hub.join();
    c.send(client.subscribe(1, "a"));
    for (const topic of ["b", "c", "b", "d"]) c.send(client.publish(0, topic)); // c goes
    c.take();
    c.send(client.publish(1, "b"), client.publish(2, "d"), client.publish(3, "a"));
    expect(
      c
        .take()
        .filter(([op]) => op === down.OK)
        .map((f) => f[4]),
    ).toEqual([3, 2, 1]);
    c.send(client.publish(4, "c"));
    expect(c.take()[0]?.[4]).toBe(1);
    expect(hub.broker.topics).toBe(3);
  });

  test("L2 when all are followed, a new one is refused, to publishers and to subscribers", () => {
    const hub = new TestHub({ topicsMax: 2 });
    const c = hub.join();
    c.send(client.subscribe(1, "a", "b", "c"));
    expect(codes(c.take()[0]?.[2])).toEqual([0, 0, 303]);
    c.send(client.publish(2, "c"), client.publish(3, "a"));
    expect(c.take().map((f) => [f[0], f[2]])).toEqual([
      [down.PUBLICATION, 1],
      [down.REFUSED, 303],
      [down.OK, expect.any(Number)],
    ]);
    c.send(client.unsubscribe(4, "a"), client.publish(5, "c"));
    expect(c.take().map(([op]) => op)).toEqual([down.OK, down.OK]);
  });
});

describe("L3", () => {
  test("L3 a session whose socket holds more than unsentBytesMax is closed as lagging, at the bound it is not", () => {
    const hub = new TestHub({ unsentBytesMax: 100_000 });
    const [slow, other] = [hub.join(), hub.join()];
    for (const c of [slow, other]) c.send(client.subscribe(1, "a"));
    slow.unsentBytes = 100_000;
    other.send(client.publish(0, "a"));
    expect(slow.closedWith).toBeUndefined();
    slow.unsentBytes = 100_001;
    other.send(client.publish(0, "a"));
    expect(slow.closedWith).toMatchObject({ code: 4002, text: expect.stringContaining("100001") });
    expect(hub.broker.counts).toMatchObject({
      sessions: 1,
      subscriptions: 1,
      closed: { lagging: 1 },
    });
    other.send(client.publish(0, "a"));
    expect(other.takeOnly(down.PUBLICATION)).toHaveLength(3);
  });
});

describe("L4", () => {
  const settings = { pingMs: 20_000, pingTimeoutMs: 5000 };

  test("L4 a silent client is sent a PING, and closed as stale when it does not answer", () => {
    const hub = new TestHub(settings);
    const c = hub.join();
    hub.advance(20_200);
    expect(c.take().map(([op]) => op)).toEqual([down.PING]);
    expect(c.closedWith).toBeUndefined();
    hub.advance(5300);
    expect(c.closedWith?.code).toBe(4001);
  });

  test("L4 a client that answers stays, and is pinged again", () => {
    const hub = new TestHub(settings);
    const c = hub.join();
    let pings = 0;
    for (let i = 0; i < 60; i++) {
      hub.advance(2000);
      for (const [op, n] of c.take())
        if (op === down.PING) {
          pings++;
          c.send(client.pong(n as number));
        }
    }
    expect(c.closedWith).toBeUndefined();
    expect(pings).toBeGreaterThanOrEqual(5);
    expect(pings).toBeLessThanOrEqual(12);
  });

  test("L4 a client that is sent publications and says nothing is pinged too, and one that talks but gets nothing", () => {
    const hub = new TestHub(settings);
    const [listener, talker] = [hub.join(), hub.join()];
    listener.send(client.subscribe(1, "a"));
    for (let i = 0; i < 21; i++) {
      hub.advance(1000);
      talker.send(client.publish(0, "a"));
    }
    expect(listener.takeOnly(down.PING)).toHaveLength(1);
    expect(talker.takeOnly(down.PING)).toHaveLength(1);
  });

  test("L4 sessions that came together are pinged apart, within a fifth of the time", () => {
    const hub = new TestHub(settings);
    const all = Array.from({ length: 200 }, () => hub.join());
    const pingedIn = (ms: number): number => {
      hub.advance(ms);
      return all.filter((c) => c.takeOnly(down.PING).length > 0).length;
    };
    expect(pingedIn(15_900)).toBe(0);
    const each = Array.from({ length: 4 }, () => pingedIn(1050));
    expect(each.reduce((sum, n) => sum + n)).toBe(200);
    expect(Math.min(...each)).toBeGreaterThan(40);
    expect(Math.max(...each)).toBeLessThan(60);
  });
});

describe("L5", () => {
  test("L5 a PING is answered with its number", () => {
    const c = new TestHub().join();
    c.send(client.ping(0), client.ping(123_456));
    expect(c.take()).toEqual([
      [down.PONG, 0],
      [down.PONG, 123_456],
    ]);
  });
});

describe("L6", () => {
  test("L6 SEEN up to what was sent since WELCOME stands", () => {
    const hub = new TestHub();
    const c = hub.join();
    c.send(client.seen(0));
    c.send(client.ping(1));
    const bytes = c.writes.flat().reduce((sum, message) => sum + message.length, 0);
    c.send(client.seen(bytes), client.seen(bytes));
    expect(c.closedWith).toBeUndefined();
    c.send(client.seen(bytes + 1));
    expect(c.closedWith?.code).toBe(4500);
  });

  test("L6 SEEN that falls is malformed", () => {
    const c = new TestHub().join();
    c.send(client.ping(1));
    c.send(client.seen(2), client.seen(1));
    expect(c.closedWith?.code).toBe(4500);
  });
});
