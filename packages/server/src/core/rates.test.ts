import { down } from "@fanwire/protocol";
import { client, type WireFrame } from "@fanwire/testkit";
import { describe, expect, test } from "vitest";
import { claimsOf, keyedHub } from "./claims.testkit.ts";
import type { TestClient, TestHub } from "./hub.testkit.ts";
import type { Rate, RateTable } from "./rate-limit.ts";
import type { Settings } from "./settings.ts";

const everything = { sub: ["**"], pub: ["**"] };
const plenty = (limit: string): Rate => ({ perSecond: 1_000_000, burst: 1_000_000, limit });

/** A hub where one rate alone is low. */
function hubWith(
  low: Partial<Record<keyof RateTable, [perSecond: number, burst: number]>>,
  settings: Partial<Settings> = {},
): TestHub {
  const rate = (kind: keyof RateTable): Rate => {
    const limit = `${kind}PerSecond`;
    const [perSecond, burst] = low[kind] ?? [1_000_000, 1_000_000];
    return { perSecond, burst, limit };
  };
  return keyedHub({
    rates: {
      publish: rate("publish"),
      publishBytes: rate("publishBytes"),
      subscribe: rate("subscribe"),
      auth: rate("auth"),
      ping: rate("ping"),
      excess: rate("excess"),
    },
    ...settings,
  });
}

/** The codes of answers, 0 for OK; of a refusal also the time to wait. */
const answers = (frames: readonly WireFrame[]): unknown[] =>
  frames.map((frame) => (frame[0] === down.OK ? 0 : [frame[2], frame[4]]));

const publish = (c: TestClient, times: number, payload?: Uint8Array): unknown[] => {
  for (let i = 1; i <= times; i++) c.send(client.publish(i, "a", payload));
  return answers(c.take());
};

describe("L7", () => {
  test("L7 publications: the burst passes, one more waits for its turn, and then passes", () => {
    const hub = hubWith({ publish: [10, 3] });
    const c = hub.joinAs(claimsOf(everything));
    expect(publish(c, 4)).toEqual([0, 0, 0, [300, 100]]);
    hub.advance(99);
    expect(publish(c, 1)).toEqual([[300, 1]]);
    hub.advance(1);
    expect(publish(c, 2)).toEqual([0, [300, 100]]);
    hub.advance(10_000);
    expect(publish(c, 4)).toEqual([0, 0, 0, [300, 100]]);
    expect(hub.broker.counts.limited).toEqual({ publishPerSecond: 4 });
  });

  test("L7 their bytes: as many as the burst pass, one more waits", () => {
    const hub = hubWith({ publishBytes: [100, 1000] });
    const c = hub.joinAs(claimsOf(everything));
    expect(publish(c, 1, new Uint8Array(1000))).toEqual([0]);
    expect(publish(c, 1, new Uint8Array(1))).toEqual([[300, 10]]);
    hub.advance(10);
    expect(publish(c, 1, new Uint8Array(1))).toEqual([0]);
    expect(hub.broker.counts.limited).toEqual({ publishBytesPerSecond: 1 });
  });

  test("L7 a payload above the burst waits until the bucket is full, and is not refused for ever", () => {
    const hub = hubWith({ publishBytes: [1000, 1000] });
    const c = hub.joinAs(claimsOf(everything));
    expect(publish(c, 1, new Uint8Array(5000))).toEqual([0]);
    hub.advance(4999);
    expect(publish(c, 1, new Uint8Array(5000))).toEqual([[300, 1]]);
    hub.advance(1);
    expect(publish(c, 1, new Uint8Array(5000))).toEqual([0]);
  });

  test("L7 SUBSCRIBE frames are counted, not their entries", () => {
    const hub = hubWith({ subscribe: [10, 2] });
    const c = hub.joinAs(claimsOf(everything));
    for (let i = 1; i <= 3; i++) c.send(client.subscribe(i, `a${i}`, `b${i}`, `c${i}`));
    const frames = c.take();
    expect(frames.map(([op]) => op)).toEqual([down.OK, down.OK, down.REFUSED]);
    expect(answers(frames)[2]).toEqual([300, 100]);
    expect(hub.broker.counts.subscriptions).toBe(6);
    expect(hub.broker.counts.limited).toEqual({ subscribePerSecond: 1 });
  });

  test("L7 fresh tokens", () => {
    const hub = hubWith({ auth: [1, 2] });
    const c = hub.joinAs(claimsOf(everything));
    for (let i = 1; i <= 2; i++) {
      c.send(client.auth(i, "t"));
      hub.verified(claimsOf(everything));
    }
    c.take();
    c.send(client.auth(3, "t"));
    expect(hub.asked).toEqual([]);
    expect(answers(c.take())).toEqual([[300, 1000]]);
    expect(hub.broker.counts.limited).toEqual({ authPerSecond: 1 });
  });

  test("L7 sec/33 a PING above the rate is not answered, and does no harm", () => {
    const hub = hubWith({ ping: [1, 10] });
    const c = hub.joinAs(claimsOf(everything));
    for (let i = 0; i < 11; i++) c.send(client.ping(i));
    expect(c.take()).toHaveLength(10);
    expect(hub.broker.counts.limited).toEqual({ pingPerSecond: 1 });
    hub.advance(1000);
    c.send(client.ping(99));
    expect(c.take()).toEqual([[down.PONG, 99]]);
  });

  test("L7 a token sets how fast its bearer publishes, up or down, with a burst in proportion", () => {
    const hub = hubWith({ publish: [10, 20] });
    const limits = (publishPerSecond: number) => ({ ...everything, limits: { publishPerSecond } });
    const fast = hub.joinAs(claimsOf(limits(1000), { subject: "fast" }));
    const slow = hub.joinAs(claimsOf(limits(1), { subject: "slow" }));
    expect(publish(fast, 2001).filter((answer) => answer === 0)).toHaveLength(2000);
    expect(publish(slow, 3)).toEqual([0, 0, [300, 1000]]);
  });

  test("L7 sessions are limited each for itself, and a hub without keys limits nobody", () => {
    const hub = hubWith({ publish: [10, 1] });
    const [a, b] = [hub.joinAs(claimsOf(everything)), hub.joinAs(claimsOf(everything))];
    expect([publish(a, 2), publish(b, 2)]).toEqual([
      [0, [300, 100]],
      [0, [300, 100]],
    ]);
    const open = hubWith({ publish: [10, 1] }, { isOpen: true });
    expect(publish(open.join(), 500).every((answer) => answer === 0)).toBe(true);
  });
});

describe("L8", () => {
  const low = { publish: [10, 1], excess: [10, 5] } as const;

  test("L8 who goes on against refusals is closed as flooding, and others are not concerned", () => {
    const hub = hubWith({ publish: [...low.publish], excess: [...low.excess] });
    const [c, other] = [hub.joinAs(claimsOf(everything)), hub.joinAs(claimsOf(everything))];
    publish(c, 6);
    expect(c.closedWith).toBeUndefined();
    publish(c, 1);
    expect(c.closedWith?.code).toBe(4006);
    expect(publish(other, 1)).toEqual([0]);
    expect(hub.broker.counts.closed).toEqual({ flooding: 1 });
    expect(hub.broker.counts.limited["excessPerSecond"]).toBe(1);
  });

  test.each([
    ["PONG that nobody asked for", () => client.pong(1)],
    ["UNSUBSCRIBE of what is not followed", () => client.unsubscribe(1, "nothing")],
    ["SEEN that says nothing new", () => client.seen(0)],
  ])("L8 sec/36 %s counts as excess", (_what, frame) => {
    const hub = hubWith({ excess: [10, 5] });
    const c = hub.joinAs(claimsOf(everything));
    for (let i = 0; i < 5; i++) c.send(frame());
    expect(c.closedWith).toBeUndefined();
    c.send(frame());
    expect(c.closedWith?.code).toBe(4006);
  });

  test("L8 the rest of a message is not read when its beginning was a flood", () => {
    const hub = hubWith({ publish: [10, 1], excess: [10, 2] });
    const c = hub.joinAs(claimsOf(everything));
    c.send(...Array.from({ length: 1000 }, () => client.publish(0, "a")));
    expect(c.closedWith?.code).toBe(4006);
    expect(hub.broker.counts.refused).toBeLessThan(10);
  });
});

describe("L9", () => {
  test("L9 one connection of a subject too many is closed with 4005; one that goes makes room", () => {
    const hub = keyedHub({ subjectConnectionsMax: 2 });
    const [first, second] = [hub.joinAs(claimsOf({})), hub.joinAs(claimsOf({}))];
    const third = hub.joinAs(claimsOf({}));
    expect(third.closedWith?.code).toBe(4005);
    expect(hub.broker.counts.limited).toEqual({ subjectConnectionsMax: 1 });
    expect(hub.joinAs(claimsOf({}, { subject: "bob" })).isWelcome).toBe(true);
    expect(hub.joinAs(claimsOf({}, { issuer: "else" })).isWelcome).toBe(true);
    first.disconnect();
    expect(hub.joinAs(claimsOf({})).isWelcome).toBe(true);
    expect(second.closedWith).toBeUndefined();
  });

  test("L9 a token may raise it", () => {
    const hub = keyedHub({ subjectConnectionsMax: 1 });
    const claims = claimsOf({ limits: { connections: 3 } });
    const all = Array.from({ length: 4 }, () => hub.joinAs(claims));
    expect(all.map(({ isWelcome }) => isWelcome)).toEqual([true, true, true, false]);
  });

  test("L9 different patterns of all sessions of a subject; the same one counts once", () => {
    const hub = keyedHub({ subjectPatternsMax: 2 });
    const [a, b] = [hub.joinAs(claimsOf(everything)), hub.joinAs(claimsOf(everything))];
    const codes = (c: TestClient, ...patterns: string[]): unknown[] => {
      c.send(client.subscribe(1, ...patterns));
      return (c.take()[0]![2] as unknown[][]).map(([code]) => code);
    };
    expect(codes(a, "a.*", "b.*")).toEqual([0, 0]);
    expect(codes(b, "a.*", "c.*", "c.d")).toEqual([0, 302, 0]);
    expect(hub.broker.counts.limited).toEqual({ subjectPatternsMax: 1 });
    a.send(client.unsubscribe(2, "a.*", "b.*"));
    expect(codes(b, "c.*", "d.*")).toEqual([0, 302]);
  });

  test("L9 a token sets the subscriptions and patterns of its bearer's sessions", () => {
    const hub = keyedHub({ subscriptionsMax: 1, patternsMax: 1 });
    const c = hub.joinAs(claimsOf({ ...everything, limits: { subscriptions: 3, patterns: 2 } }));
    c.send(client.subscribe(1, "a.*", "b.*", "c.*", "d", "e"));
    expect((c.take()[0]![2] as unknown[][]).map(([code]) => code)).toEqual([0, 0, 302, 0, 301]);
  });
});

describe("L10", () => {
  const newTopics: Rate = { perSecond: 10, burst: 3, limit: "newTopicsPerSecond" };
  const fresh = (c: TestClient, ...names: string[]): unknown[] => {
    for (const [i, name] of names.entries()) c.send(client.publish(i + 1, name));
    return answers(c.take());
  };

  test("L10 sec/36 new topics of a subject: the burst, then one at a time, by all its sessions together", () => {
    const hub = keyedHub({ newTopics });
    const [a, b] = [hub.joinAs(claimsOf(everything)), hub.joinAs(claimsOf(everything))];
    expect(fresh(a, "t1", "t2")).toEqual([0, 0]);
    expect(fresh(b, "t3", "t4", "t1")).toEqual([0, [303, 100], 0]);
    b.send(client.subscribe(1, "t5", "t1"));
    expect((b.take()[0]![2] as unknown[][]).map(([code]) => code)).toEqual([303, 0]);
    hub.advance(100);
    expect(fresh(a, "t6", "t7")).toEqual([0, [303, 100]]);
    expect(hub.broker.counts.limited).toEqual({ newTopicsPerSecond: 3 });
    expect(fresh(hub.joinAs(claimsOf(everything, { subject: "bob" })), "t8")).toEqual([0]);
  });

  test("L10 topics that a grant names do not count", () => {
    const hub = keyedHub({ newTopics });
    const names = ["n1", "n2", "n3", "n4", "user.ada.x"];
    const c = hub.joinAs(claimsOf({ pub: [...names.slice(0, 4), "user.{sub}.x", "**"] }));
    expect(fresh(c, ...names)).toEqual([0, 0, 0, 0, 0]);
    expect(fresh(c, "t1", "t2", "t3", "t4")).toEqual([0, 0, 0, [303, 100]]);
  });

  test("L10 to go and come back is no way out", () => {
    const hub = keyedHub({ newTopics });
    const a = hub.joinAs(claimsOf(everything));
    expect(fresh(a, "t1", "t2", "t3")).toEqual([0, 0, 0]);
    a.disconnect();
    const b = hub.joinAs(claimsOf(everything));
    expect(fresh(b, "t4")).toEqual([[303, 100]]);
    b.disconnect();
    hub.advance(1000);
    expect(hub.broker.subjects).toBe(0);
  });

  test("L10 a token sets it", () => {
    const hub = keyedHub({ newTopics });
    const claims = claimsOf({ ...everything, limits: { newTopicsPerSecond: 1000 } });
    const names = Array.from({ length: 300 }, (_, i) => `t${i}`);
    expect(fresh(hub.joinAs(claims), ...names).every((answer) => answer === 0)).toBe(true);
  });
});

describe("L12", () => {
  test("L12 what is bounded for everybody is counted too", () => {
    const hub = keyedHub({
      subscriptionsMax: 1,
      payloadBytesMax: 10,
      newTopics: plenty("newTopicsPerSecond"),
    });
    const c = hub.joinAs(claimsOf(everything));
    c.send(client.subscribe(1, "a", "b"), client.publish(2, "a", new Uint8Array(11)));
    expect(hub.broker.counts.limited).toEqual({ subscriptionsMax: 1, payloadBytesMax: 1 });
  });
});
