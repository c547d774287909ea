import { down, limits } from "@fanwire/protocol";
import { client, SeededRandom } from "@fanwire/testkit";
import { describe, expect, test } from "vitest";
import { type TestClient, TestHub } from "./hub.testkit.ts";

describe("R1", () => {
  test("R1 a turn's publications leave in one write for each session, whatever number of streams they came by", () => {
    const hub = new TestHub();
    const [c, p, q] = [hub.join(), hub.join(), hub.join()];
    c.send(client.subscribe(1, "a", "b", "*"));
    c.take();
    p.say(client.publish(0, "a"), client.publish(0, "b"), client.publish(0, "c"));
    q.say(client.publish(0, "a"));
    expect(c.writes).toEqual([]);
    hub.flush();
    expect(c.writes).toHaveLength(1);
    expect(c.take()).toHaveLength(7);
  });
});

describe("R2", () => {
  test("R2 every subscriber of a stream is given the same bytes", () => {
    const hub = new TestHub();
    const all = Array.from({ length: 5 }, () => hub.join());
    for (const c of all) c.send(client.subscribe(1, "a"));
    all[0]!.send(client.publish(0, "a"), client.publish(0, "a"));
    const buffers = new Set(all.map((c) => c.buffers[0]));
    expect(buffers.size).toBe(1);
    expect(all.map((c) => c.buffers.length)).toEqual([1, 1, 1, 1, 1]);
  });
});

describe("R3", () => {
  test("R3 a large turn leaves as messages of at most 64 KiB in one write, a larger frame alone", () => {
    const hub = new TestHub({ payloadBytesMax: 200_000 });
    const [c, p] = [hub.join(), hub.join()];
    c.send(client.subscribe(1, "a"));
    c.take();
    const sizes = [40_000, 40_000, 10_000, 150_000, 10, 60_000, 10];
    for (const size of sizes) p.say(client.publish(0, "a", new Uint8Array(size)));
    hub.flush();
    expect(c.writes).toHaveLength(1);
    const messages = c.writes[0]!;
    const large = messages.filter((m) => m.length > limits.downMessageBytesMax);
    expect(large).toHaveLength(1);
    expect(messages.length).toBeLessThan(sizes.length);
    expect(c.take().map((f) => (f.at(-1) as Uint8Array).length)).toEqual(sizes);
  });
});

describe("R4", () => {
  test("R4 publications come before replies", () => {
    const hub = new TestHub();
    const [c, p] = [hub.join(), hub.join()];
    c.send(client.subscribe(1, "a"));
    c.take();
    c.say(client.ping(5));
    p.say(client.publish(0, "a"));
    hub.flush();
    expect(c.take().map(([op]) => op)).toEqual([down.PUBLICATION, down.PONG]);
  });

  test("R4 what a subscription gets of the turn of its grant comes behind its grant", () => {
    const hub = new TestHub();
    const [c, p] = [hub.join(), hub.join()];
    c.say(client.subscribe(1, "a", "*"));
    p.say(client.publish(0, "a"));
    hub.flush();
    expect(c.writes).toHaveLength(1);
    expect(c.take().map(([op]) => op)).toEqual([
      down.OK,
      down.PUBLICATION,
      down.PATTERN_PUBLICATION,
    ]);
  });
});

describe("R5", () => {
  test("R5 a publisher that subscribes gets the publication before its OK", () => {
    const c = new TestHub().join();
    c.send(client.subscribe(1, "a"));
    c.take();
    c.send(client.publish(2, "a"));
    expect(c.take().map(([op]) => op)).toEqual([down.PUBLICATION, down.OK]);
  });

  test("R5 also when it subscribed in the same turn", () => {
    const c = new TestHub().join();
    c.send(client.subscribe(1, "a", "*"), client.publish(2, "a"));
    expect(c.take().map((f) => f.slice(0, 2))).toEqual([
      [down.OK, 1],
      [down.PUBLICATION, 100],
      [down.PATTERN_PUBLICATION, 101],
      [down.OK, 2],
    ]);
  });

  test.each(["a", "*"])("R5 also while a long round of %s is being paid", (pattern) => {
    const hub = new TestHub();
    const all = Array.from({ length: 5 }, () => hub.join());
    for (const c of all) c.send(client.subscribe(1, pattern));
    for (const c of all) c.take();
    const last = all[4]!;
    all[0]!.say(client.publish(0, "a", 1));
    hub.slice(1); // one of five is paid
    last.say(client.publish(2, "a", 2), client.ping(9));
    hub.slice(1);
    last.say(client.publish(3, "a", 3));
    hub.flush(1);
    const seen = last.take().map(([op, , ...rest]) => [op, rest.at(-1)]);
    const firstOk = seen.findIndex(([op]) => op === down.OK);
    expect(seen.filter(([op]) => op === down.OK)).toHaveLength(2);
    expect(
      seen
        .slice(firstOk)
        .some(([op]) => op === down.PUBLICATION || op === down.PATTERN_PUBLICATION),
    ).toBe(false);
    expect(seen.filter(([op]) => op !== down.OK && op !== down.PONG)).toHaveLength(3);
  });
});

describe("R6", () => {
  test("R6 joining and leaving in the middle of a turn cause no write", () => {
    const hub = new TestHub();
    const [a, b, p] = [hub.join(), hub.join(), hub.join()];
    a.send(client.subscribe(1, "t"));
    a.take();
    p.say(client.publish(0, "t"));
    b.say(client.subscribe(1, "t"));
    a.say(client.unsubscribe(2, "t"));
    p.say(client.publish(0, "t"));
    expect([a, b, p].map((c) => c.writes.length)).toEqual([0, 0, 0]);
    hub.flush();
    expect([a, b].map((c) => c.writes.length)).toEqual([1, 1]);
  });
});

describe("R7", () => {
  test("R7 a round is paid in slices, and a short one is not behind a long one", () => {
    const hub = new TestHub();
    const many = Array.from({ length: 20 }, () => hub.join());
    const [one, p] = [hub.join(), hub.join()];
    for (const c of many) c.send(client.subscribe(1, "long"));
    one.send(client.subscribe(1, "short"));
    p.say(client.publish(0, "long"));
    hub.slice(4);
    one.take();
    p.say(client.publish(0, "short"));
    hub.slice(4);
    expect(one.take()).toHaveLength(1);
    hub.flush(4);
    for (const c of many) expect(c.takeOnly(down.PUBLICATION)).toHaveLength(1);
  });

  test("R7 while a round is being paid, the stream's next batch grows and is joined once", () => {
    const hub = new TestHub();
    const many = Array.from({ length: 4 }, () => hub.join());
    for (const c of many) c.send(client.subscribe(1, "a"));
    for (const c of many) c.take();
    many[0]!.say(client.publish(0, "a", 1));
    hub.slice(1);
    for (let i = 2; i < 6; i++) {
      many[0]!.say(client.publish(0, "a", i));
      if (i < 4) hub.slice(1);
    }
    hub.flush(1);
    expect(many.map((c) => c.writes.length)).toEqual([2, 2, 2, 2]);
  });
});

describe("R8", () => {
  interface Follower {
    readonly client: TestClient;
    /** Last offset by topic, for each stream that it follows. */
    readonly last: Map<string, number>;
    /** Pattern by stream number, from grants. */
    readonly streams: Map<number, string>;
    asked: string[];
    readonly follows: Set<string>;
  }

  /** Checks every frame that a follower got: grants before publications, offsets that rise by one, nothing of other streams. */
  function check(follower: Follower): number {
    let publications = 0;
    for (const frame of follower.client.take()) {
      const [op, first] = frame as [number, number];
      if (op === down.OK && Array.isArray(frame[2]))
        frame[2].forEach((outcome: number[], i) => {
          const pattern = follower.asked[i]!;
          follower.streams.set(outcome[1]!, pattern);
          for (const key of follower.last.keys())
            if (key.startsWith(`${pattern} `)) follower.last.delete(key);
          if (outcome[3] !== null) follower.last.set(`${pattern} ${pattern}`, outcome[3]!);
        });
      if (op !== down.PUBLICATION && op !== down.PATTERN_PUBLICATION) continue;
      publications++;
      const pattern = follower.streams.get(first);
      expect(pattern, "a publication of a stream that was granted").toBeDefined();
      const topic = op === down.PUBLICATION ? pattern! : (frame[2] as string);
      const offset = (op === down.PUBLICATION ? frame[2] : frame[4]) as number;
      const key = `${pattern} ${topic}`;
      const last = follower.last.get(key);
      if (last !== undefined) expect(offset, `offset of ${key}`).toBe(last + 1);
      follower.last.set(key, offset);
    }
    return publications;
  }

  test("R8 offsets rise by one through 300 random schedules of joining, leaving, publishing and slicing", () => {
    let publications = 0;
    for (let seed = 1; seed <= 300; seed++) {
      const random = new SeededRandom(seed);
      const hub = new TestHub();
      const followers: Follower[] = [];
      const names = ["a", "b", "a.x", "*", "a.**", "**"];
      const act = (): void => {
        const roll = random.below(10);
        const follower = followers.length > 0 ? random.of(followers) : undefined;
        if (roll === 0 || follower === undefined) {
          followers.push({
            client: hub.join(),
            last: new Map(),
            streams: new Map(),
            asked: [],
            follows: new Set(),
          });
        } else if (roll === 1) {
          // one SUBSCRIBE at a time, so that its outcome can be told
          hub.flush(3);
          publications += check(follower);
          follower.asked = [random.of(names)].filter((name) => !follower.follows.has(name));
          follower.asked.forEach((name) => follower.follows.add(name));
          follower.client.say(client.subscribe(1, ...follower.asked));
        } else if (roll === 2) {
          const name = random.of(names);
          follower.follows.delete(name);
          follower.client.say(client.unsubscribe(2, name));
        } else if (roll === 3 && random.below(5) === 0) {
          publications += check(follower);
          follower.client.disconnect();
          followers.splice(followers.indexOf(follower), 1);
        } else if (roll < 8)
          follower.client.say(
            client.publish(random.below(2), random.of(["a", "b", "a.x"]), random.below(256)),
          );
        else if (hub.isFlushScheduled) hub.slice(1 + random.below(3));
      };
      try {
        for (let i = 0; i < 120; i++) act();
        hub.flush(2);
        for (const follower of followers) publications += check(follower);
      } catch (error) {
        throw new Error(`seed ${seed}`, { cause: error });
      }
    }
    expect(publications).toBeGreaterThan(10_000);
  });
});
