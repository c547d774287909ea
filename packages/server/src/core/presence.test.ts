import { decodePayload, down } from "@fanwire/protocol";
import { client, type WireFrame } from "@fanwire/testkit";
import { describe, expect, test } from "vitest";
import { claimsOf, keyedHub } from "./claims.testkit.ts";
import { type TestClient, TestHub } from "./hub.testkit.ts";

/** Who is there, by session: what it says of itself, and null for who has gone. */
const members = (frames: readonly WireFrame[]): unknown[] =>
  frames
    .filter(([op]) => op === down.PUBLICATION || op === down.PATTERN_PUBLICATION)
    .map((frame) => {
      const meta = frame.at(-2) as ReadonlyMap<string, unknown>;
      const isGone = meta.get("del") === true;
      return [meta.get("key"), isGone ? null : (frame.at(-1) as Uint8Array)[0], frame.at(-4)];
    });

const answer = (frames: readonly WireFrame[]): unknown =>
  frames[0]?.[0] === down.OK ? 0 : frames[0]?.[2];

describe("I6", () => {
  test("I6 a member is there from ENTER to LEAVE, and says something else by another ENTER", () => {
    const hub = new TestHub();
    const [watcher, a] = [hub.join(), hub.join()];
    watcher.send(client.subscribe(1, "$presence.room"));
    watcher.take();
    a.send(client.enter(1, "room", 5), client.enter(2, "room", 6), client.leave(3, "room"));
    expect(a.take().map(([op]) => op)).toEqual([down.OK, down.OK, down.OK]);
    const id = "session-1";
    expect(members(watcher.take())).toEqual([
      [id, 5, null],
      [id, 6, null],
      [id, null, null],
    ]);
  });

  test("I6 whoever goes without a word is gone from everywhere, and one who is not heard within the bound of pings", () => {
    const hub = new TestHub({ pingMs: 20_000, pingTimeoutMs: 5000 });
    const [watcher, cut, silent] = [hub.join(), hub.join(), hub.join()];
    watcher.send(client.subscribe(1, "$presence.a", "$presence.b"));
    for (const c of [cut, silent]) c.send(client.enter(1, "a", 1), client.enter(2, "b", 1));
    watcher.take();
    cut.disconnect();
    hub.flush();
    expect(members(watcher.take())).toEqual([
      ["session-1", null, null],
      ["session-1", null, null],
    ]);
    for (let ms = 0; ms < 25_500; ms += 500) {
      hub.advance(500);
      watcher.send(client.ping(1));
    }
    expect(members(watcher.take())).toEqual([
      ["session-2", null, null],
      ["session-2", null, null],
    ]);
  });

  test("I6 LEAVE of what it is no member of changes nothing", () => {
    const hub = new TestHub();
    const [watcher, a, b] = [hub.join(), hub.join(), hub.join()];
    a.send(client.enter(1, "room", 5));
    watcher.send(client.subscribe(1, "$presence.room"));
    watcher.take();
    b.send(client.leave(1, "room"), client.leave(2, "other"));
    expect(b.take().map(([op]) => op)).toEqual([down.OK, down.OK]);
    expect(members(watcher.take())).toEqual([]);
  });

  test.each([
    ["no topic", "a b", 1, 102],
    ["a pattern", "a.*", 1, 102],
    ["2,049 bytes", "a", new Uint8Array(2049), 104],
  ])("I6 %s is refused", (_what, topic, payload, code) => {
    const c = new TestHub().join();
    c.send(client.enter(1, topic, payload));
    expect(answer(c.take())).toBe(code);
  });

  test("I6 a session is a member of 256 topics, and of one more when it has left one", () => {
    const hub = new TestHub();
    const c = hub.join();
    for (let i = 0; i < 256; i++) c.send(client.enter(1, `t${i}`));
    c.take();
    c.send(client.enter(1, "more"));
    expect(answer(c.take())).toBe(303);
    c.send(client.enter(1, "t0", 9));
    expect(answer(c.take())).toBe(0);
    c.send(client.leave(1, "t0"), client.enter(2, "more"));
    expect(c.take().map(([op]) => op)).toEqual([down.OK, down.OK]);
  });

  test("I6 when everybody has gone nothing stays", () => {
    const hub = new TestHub();
    const all = Array.from({ length: 20 }, () => hub.join());
    for (const [i, c] of all.entries()) c.send(client.enter(1, `room.${i % 3}`, i));
    for (const c of all) c.disconnect();
    hub.flush();
    hub.advance(40 * 60_000);
    expect([hub.broker.topics, hub.broker.keptBytes]).toEqual([0, 0]);
  });
});

describe("I7", () => {
  test("I7 whoever subscribes gets those who are there, with their subjects, then who comes and goes", () => {
    const hub = keyedHub();
    const rights = { presence: ["room.**"] };
    const ada = hub.joinAs(claimsOf(rights));
    const bob = hub.joinAs(claimsOf(rights, { subject: "bob", tokenId: "t2" }));
    ada.send(client.enter(1, "room.1", 1));
    bob.send(client.enter(1, "room.1", 2));
    bob.send(client.enter(2, "room.2", 3));
    const c = hub.joinAs(claimsOf(rights, { subject: "eve", tokenId: "t3" }));
    c.send(client.subscribe(1, "$presence.room.1"));
    expect(members(c.take())).toEqual([
      ["session-0", 1, "ada"],
      ["session-1", 2, "bob"],
    ]);
    bob.disconnect();
    hub.flush();
    expect(members(c.take())).toEqual([["session-1", null, "bob"]]);
    c.send(client.subscribe(2, "$presence.room.**"));
    expect(members(c.take())).toEqual([["session-0", 1, "ada"]]);
  });

  test("I7 a member's own connection is one of many of its subject", () => {
    const hub = keyedHub();
    const claims = claimsOf({ presence: ["room"] });
    const [a, b] = [hub.joinAs(claims), hub.joinAs(claims)];
    for (const c of [a, b]) c.send(client.enter(1, "room", 1));
    const watcher = hub.joinAs(claims);
    watcher.send(client.subscribe(1, "$presence.room"));
    expect(members(watcher.take())).toHaveLength(2);
    a.disconnect();
    hub.flush();
    expect(members(watcher.take())).toEqual([["session-0", null, "ada"]]);
  });
});

describe("I8", () => {
  test("I8 sec/53 the members of a topic are for those with the presence right, whatever else they have", () => {
    const hub = keyedHub();
    const member = hub.joinAs(claimsOf({ presence: ["room.**"] }));
    member.send(client.enter(1, "room.1", 1));
    expect(answer(member.take())).toBe(0);
    member.send(client.enter(2, "else", 1));
    expect(answer(member.take())).toBe(202);
    const other = hub.joinAs(
      claimsOf({ sub: ["**", "$presence.**"], pub: ["**"] }, { subject: "bob" }),
    );
    other.send(
      client.subscribe(1, "$presence.room.1", "$presence.**"),
      client.enter(2, "room.1", 1),
    );
    const [subscribed, entered] = other.take();
    expect((subscribed![2] as unknown[][]).map(([code]) => code)).toEqual([202, 202]);
    expect(entered?.slice(0, 3)).toEqual([down.REFUSED, 2, 202]);
    other.send(client.publish(3, "$presence.room.1", 1));
    expect(answer(other.take())).toBe(202);
  });

  test("I8 a fresh token without the right ends the membership, and the member is told", () => {
    const hub = keyedHub();
    const [c, watcher] = [
      hub.joinAs(claimsOf({ presence: ["a", "b"] })),
      hub.joinAs(claimsOf({ presence: ["**"] }, { subject: "bob" })),
    ];
    c.send(client.enter(1, "a", 1), client.enter(2, "b", 1));
    watcher.send(client.subscribe(1, "$presence.*"));
    watcher.take();
    c.send(client.auth(3, "fresh"));
    hub.verified(claimsOf({ presence: ["b"] }));
    expect(members(watcher.take())).toEqual([["session-0", null, "ada"]]);
    const told = c.take().filter(([op]) => op === down.REFUSED);
    expect(told.map((frame) => [frame[1], frame[2], frame[5]])).toEqual([[0, 202, "$presence.a"]]);
  });
});

/** How many members and subjects there are, as they are told; null for nobody. */
const counts = (frames: readonly WireFrame[]): unknown[] =>
  frames
    .filter(([op]) => op === down.PUBLICATION)
    .map((frame) => {
      const bytes = frame.at(-1) as Uint8Array;
      if (bytes.length === 0) return null;
      const { members: all, subjects } = decodePayload(bytes) as Record<string, number>;
      return [all, subjects];
    });

/** So many members of room, who say their number modulo 256. */
function crowd(hub: TestHub, count: number): TestClient[] {
  return Array.from({ length: count }, (_, i) => {
    const member = hub.join();
    member.send(client.enter(1, "room", i % 256));
    return member;
  });
}

describe("I9", () => {
  test("I9 of 1,000 members all is told; the next one is counted, and told when one of them leaves", () => {
    const hub = new TestHub();
    const all = crowd(hub, 1000);
    const [watcher, counter] = [hub.join(), hub.join()];
    watcher.send(client.subscribe(1, "$presence.room"));
    counter.send(client.subscribe(1, "$members.room"));
    hub.advance(1100);
    expect(members(watcher.take())).toHaveLength(1000);
    expect(counts(counter.take()).at(-1)).toEqual([1000, 1000]);
    const late = hub.join();
    late.send(client.enter(1, "room", 7));
    hub.advance(1100);
    late.send(client.enter(2, "room", 8));
    expect(late.take().map(([op]) => op)).toEqual([down.OK, down.OK]);
    expect(members(watcher.take())).toEqual([]);
    expect(counts(counter.take())).toEqual([[1001, 1001]]);
    all[5]!.send(client.leave(2, "room"));
    expect(members(watcher.take())).toEqual([
      ["session-5", null, null],
      ["session-1002", 8, null],
    ]);
  });

  test("I9 who waits for a place and goes is told nobody, and leaves nothing", () => {
    const hub = new TestHub();
    const all = crowd(hub, 1002);
    const watcher = hub.join();
    watcher.send(client.subscribe(1, "$presence.room"));
    watcher.take();
    const kept = hub.broker.keptBytes;
    all[1001]!.send(client.enter(2, "room", new Uint8Array(101)));
    expect(hub.broker.keptBytes).toBe(kept + 100);
    all[1001]!.disconnect();
    all[1000]!.send(client.leave(2, "room"));
    hub.flush();
    expect(members(watcher.take())).toEqual([]);
    for (const member of all.slice(0, 1001)) member.disconnect();
    watcher.disconnect();
    hub.flush();
    hub.advance(40 * 60_000);
    expect([hub.broker.topics, hub.broker.keptBytes]).toEqual([0, 0]);
  });
});

describe("I10", () => {
  test("I10 the count of members and of their subjects is told at once, then once a second while it changes", () => {
    const hub = keyedHub();
    const joined = (subject: string, i: number): TestClient =>
      hub.joinAs(claimsOf({ presence: ["room"] }, { subject, tokenId: `t${i}` }));
    const watcher = joined("eve", 0);
    watcher.send(client.subscribe(1, "$members.room"));
    expect(counts(watcher.take())).toEqual([]);
    const three = ["ada", "ada", "bob"].map(joined);
    three[0]!.send(client.enter(1, "room", 1));
    expect(counts(watcher.take())).toEqual([[1, 1]]);
    for (const one of three) one.send(client.enter(2, "room", 2));
    expect(counts(watcher.take())).toEqual([]);
    hub.advance(1100);
    expect(counts(watcher.take())).toEqual([[3, 2]]);
    three[1]!.send(client.enter(3, "room", 9));
    hub.advance(5000);
    expect(counts(watcher.take())).toEqual([]);
    const late = joined("tom", 9);
    late.send(client.subscribe(1, "$members.room"));
    expect(counts(late.take())).toEqual([[3, 2]]);
    for (const one of three) one.disconnect();
    hub.flush();
    hub.advance(1100);
    expect(counts(watcher.take())).toEqual([[2, 2], null]);
  });

  test("I10 counts are for those with the presence right, and published by nobody else", () => {
    const hub = keyedHub();
    const c = hub.joinAs(claimsOf({ sub: ["**", "$members.**"], pub: ["**"], presence: ["a"] }));
    c.send(client.subscribe(1, "$members.a", "$members.b"));
    expect((c.take()[0]![2] as unknown[][]).map(([code]) => code)).toEqual([0, 202]);
    c.send(client.publish(2, "$members.a", 1));
    expect(answer(c.take())).toBe(202);
  });
});
