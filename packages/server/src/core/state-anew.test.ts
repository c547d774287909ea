import { down } from "@fanwire/protocol";
import { client } from "@fanwire/testkit";
import { describe, expect, test } from "vitest";
import { flowBounds } from "./flow.ts";
import type { TestClient, TestHub } from "./hub.testkit.ts";
import { grant, hubOf, pairs, rule, set, told } from "./states.testkit.ts";

describe("I2", () => {
  /** Room for few publications. */
  const flow = {
    ...flowBounds,
    windowBytesMin: 400,
    lateBytes: 200,
    unreportedBytes: 100,
    pageBytes: 150,
    smallPageBytes: 150,
  };

  /** What there is by key, for who reads all that comes and begins anew where it is told to. */
  function readAll(hub: TestHub, c: TestClient, map = new Map<string, number>()): unknown {
    for (let i = 0; i < 100; i++) {
      for (const frame of c.take())
        if (frame[0] === down.GAP && frame[6] === 5) map.clear();
        else
          for (const { key, value } of told([frame]))
            if (value === null) map.delete(key);
            else map.set(key, value);
      c.see();
      hub.advance(100);
    }
    return Object.fromEntries(map);
  }

  const KEYS = Array.from({ length: 20 }, (_, i) => `key-${i}`);

  test("I2 who is told the state so slowly that a deletion is forgotten meanwhile begins anew", () => {
    const hub = hubOf({ flow });
    const [c, p] = [hub.join("c", true), hub.join()];
    for (const key of KEYS) p.send(set("s.a", key, 1));
    c.send(client.subscribe(1, "s.a"));
    p.send(set("s.a", "key-0", null));
    hub.advance(700_000);
    expect(readAll(hub, c)).toEqual(Object.fromEntries(KEYS.slice(1).map((key) => [key, 1])));
  });

  test("I2 who was behind for longer than a deletion is known is told once to begin anew, however large the state is", () => {
    const hub = hubOf({ flow });
    const [c, p] = [hub.join("c", true), hub.join()];
    p.send(set("s.a", "gone", 1));
    c.send(client.subscribe(1, "s.a"));
    for (const key of KEYS) p.send(set("s.a", key, 1));
    p.send(set("s.a", "gone", null));
    hub.advance(700_000);
    expect(readAll(hub, c)).toEqual(Object.fromEntries(KEYS.map((key) => [key, 1])));
    p.send(set("s.a", "new", 2));
    expect(pairs(c.take())).toEqual([["new", 2]]);
  });

  test("I2 so does who follows a pattern, and gets all values behind the gap", () => {
    const hub = hubOf({ flow });
    const [c, p] = [hub.join("c", true), hub.join()];
    p.send(set("s.a", "gone", 1));
    c.send(client.subscribe(1, "s.*"));
    for (const key of KEYS) p.send(set("s.a", key, 1));
    p.send(set("s.a", "gone", null));
    hub.advance(700_000);
    expect(readAll(hub, c)).toEqual(Object.fromEntries(KEYS.map((key) => [key, 1])));
  });

  test("I2 who is cut in the middle of it goes on from the mark before, and what it has had since", () => {
    const hub = hubOf({ flow });
    const [c, p] = [hub.join("c", true), hub.join()];
    c.send(client.subscribe(1, "s.*"));
    const mark = grant(c.take())[4] as Uint8Array;
    for (const key of KEYS) p.send(set("s.a", key, 1));
    p.send(set("s.a", "gone", null));
    hub.advance(700_000);
    const [d, e] = [hub.join("d", true), hub.join("e", true)];
    d.send(client.subscribeWith(1, "s.*", { mark, topics: [] }));
    const page = d.take();
    expect(page.filter(([op]) => op === down.MARK || op === down.CAUGHT_UP)).toEqual([]);
    const had = told(page);
    const kept = new Map(had.map(({ key, value }) => [key, value!]));
    const gap = page.find(([op]) => op === down.GAP)!;
    const before = { topic: "s.a", epoch: gap[3] as number, offset: (gap[4] as number) - 1 };
    for (const { from, map } of [
      { from: { ...before, offset: had.at(-1)!.offset }, map: kept },
      { from: before, map: new Map<string, number>() },
    ]) {
      e.send(client.subscribeWith(1, "s.*", { mark, topics: [from] }));
      expect(readAll(hub, e, map)).toEqual(Object.fromEntries(KEYS.map((key) => [key, 1])));
      e.send(client.unsubscribe(2, "s.*"));
    }
  });

  test("I2 who catches up with a pattern so slowly that a deletion is forgotten meanwhile begins that topic anew", () => {
    const hub = hubOf({ flow });
    const [c, p] = [hub.join("c", true), hub.join()];
    p.send(set("s.a", "gone", 1));
    c.send(client.subscribe(1, "s.*"));
    const map = new Map([["gone", 1]]);
    for (const key of KEYS) p.send(set("s.a", key, 1));
    for (const { key, value } of told(c.take())) map.set(key, value!);
    for (const key of KEYS) p.send(set("s.a", key, 2));
    p.send(set("s.a", "gone", null));
    hub.advance(100);
    c.see(); // and it is given a page
    hub.advance(700_000);
    expect(readAll(hub, c, map)).toEqual(Object.fromEntries(KEYS.map((key) => [key, 2])));
  });
});

describe("I3", () => {
  /** A durable state with a key that expires in a second, and somebody who follows it. */
  function expiring(): { hub: TestHub; c: TestClient; p: TestClient } {
    const hub = hubOf({ topics: [rule("s.**", { durable: true })] });
    const [c, p] = [hub.join(), hub.join()];
    c.send(client.subscribe(1, "s.a"));
    p.send(set("s.a", "x", 1, { ttl: 1000 }));
    hub.store();
    c.take();
    return { hub, c, p };
  }

  test("I3 what replaces a value and is being stored when that expires is not deleted in its place", () => {
    const { hub, c, p } = expiring();
    p.send(set("s.a", "x", 2));
    hub.advance(5000);
    hub.store();
    hub.advance(5000);
    hub.store();
    expect(pairs(c.take())).toEqual([["x", 2]]);
  });

  test("I3 when that could not be stored the value expires all the same", () => {
    const { hub, c, p } = expiring();
    p.send(set("s.a", "x", 2));
    hub.advance(5000);
    hub.refuse();
    hub.advance(1200);
    hub.store();
    expect(pairs(c.take())).toEqual([["x", null]]);
  });

  test("I3 a deletion for which there is no room comes when there is some, and once", () => {
    const { hub, c, p } = expiring();
    p.send(set("s.a", "y", 2, { ttl: 1500 }));
    hub.store();
    hub.advance(2000);
    expect(hub.appended.length).toBe(2);
    hub.refuse();
    hub.advance(60_000);
    expect(hub.appended.length).toBe(2);
    hub.store();
    expect(pairs(c.take())).toEqual([
      ["y", 2],
      ["x", null],
      ["y", null],
    ]);
    hub.advance(60_000);
    expect(hub.appended).toEqual([]);
  });
});
