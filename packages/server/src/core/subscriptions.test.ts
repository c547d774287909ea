import { down } from "@fanwire/protocol";
import { client } from "@fanwire/testkit";
import { describe, expect, test } from "vitest";
import { TestHub } from "./hub.testkit.ts";

/** `[sub, offset]` of a topic's publications, `[sub, topic, offset]` of a pattern's. */
const publications = (frames: readonly (readonly unknown[])[]): unknown[] =>
  frames.flatMap((f) =>
    f[0] === down.PUBLICATION
      ? [[f[1], f[2]]]
      : f[0] === down.PATTERN_PUBLICATION
        ? [[f[1], f[2], f[4]]]
        : [],
  );

const MARK: unknown = expect.any(Uint8Array);

describe("U1", () => {
  test("U1 an OK has an outcome for each entry, in their order", () => {
    const hub = new TestHub();
    const c = hub.join();
    c.send(client.publish(0, "a"), client.publish(0, "a"));
    c.send(client.subscribe(5, "a", "b.*", "c"));
    expect(c.take()).toEqual([
      [
        down.OK,
        5,
        [
          [0, 100, 5000, 2, null, 0],
          [0, 101, null, null, MARK, 0],
          [0, 102, 5001, 0, null, 0],
        ],
      ],
    ]);
  });

  test("U1 no entries, an empty OK", () => {
    const c = new TestHub().join();
    c.send(client.subscribe(1));
    expect(c.take()).toEqual([[down.OK, 1, []]]);
  });
});

describe("U2", () => {
  test("U2 a subscription gets what is shown after its grant and nothing from before, also within one turn", () => {
    const hub = new TestHub();
    const [early, late, publisher] = [hub.join(), hub.join(), hub.join()];
    early.send(client.subscribe(1, "a", "*"));
    early.take();
    publisher.say(client.publish(0, "a", 1), client.publish(0, "a", 2));
    late.say(client.subscribe(1, "a", "*"));
    publisher.say(client.publish(0, "a", 3));
    hub.flush();
    publisher.send(client.publish(0, "a", 4));
    expect(publications(early.take())).toEqual([
      [100, 1],
      [100, 2],
      [100, 3],
      [101, "a", 1],
      [101, "a", 2],
      [101, "a", 3],
      [100, 4],
      [101, "a", 4],
    ]);
    const taken = late.take();
    expect(taken[0]).toEqual([
      down.OK,
      1,
      [
        [0, 100, 5000, 2, null, 0],
        [0, 101, null, null, MARK, 0],
      ],
    ]);
    expect(publications(taken)).toEqual([
      [100, 3],
      [101, "a", 3],
      [100, 4],
      [101, "a", 4],
    ]);
  });
});

describe("U3", () => {
  test("U3 subscribing again is granted with the same number and changes nothing", () => {
    const hub = new TestHub();
    const c = hub.join();
    c.send(client.subscribe(1, "a", "*", "a", "*"));
    c.send(client.subscribe(2, "a"));
    c.take();
    expect(hub.broker.counts.subscriptions).toBe(2);
    c.send(client.publish(0, "a"));
    expect(publications(c.take())).toEqual([
      [100, 1],
      [101, "a", 1],
    ]);
  });

  test("U3 it does not count against the limits", () => {
    const hub = new TestHub({ subscriptionsMax: 1, patternsMax: 1 });
    const c = hub.join();
    c.send(client.subscribe(1, "*", "*"));
    expect(c.take()).toEqual([
      [
        down.OK,
        1,
        [
          [0, 100, null, null, MARK, 0],
          [0, 100, null, null, MARK, 0],
        ],
      ],
    ]);
  });
});

describe("U4", () => {
  test("U4 each of several overlapping subscriptions gets its own copy", () => {
    const hub = new TestHub();
    const c = hub.join();
    c.send(client.subscribe(1, "a.b", "a.*", "a.**", "*.b", "**"));
    c.take();
    c.send(client.publish(0, "a.b"));
    const subs = publications(c.take()).map((p) => (p as number[])[0]!);
    expect(subs.toSorted((a, b) => a - b)).toEqual([100, 101, 102, 103, 104]);
  });
});

describe("U5", () => {
  test("U5 what was published before an UNSUBSCRIBE comes before its OK, and nothing after", () => {
    const hub = new TestHub();
    const [c, publisher] = [hub.join(), hub.join()];
    c.send(client.subscribe(1, "a", "a.**"));
    c.take();
    publisher.say(client.publish(0, "a", 1));
    c.say(client.unsubscribe(2, "a", "a.**", "never.followed", "..nonsense.."));
    publisher.say(client.publish(0, "a", 2));
    hub.flush();
    publisher.send(client.publish(0, "a", 3));
    const taken = c.take();
    expect(publications(taken)).toEqual([
      [100, 1],
      [101, "a", 1],
    ]);
    expect(taken.at(-1)).toEqual([down.OK, 2]);
    expect(hub.broker.counts.subscriptions).toBe(0);
  });

  test("U5 joined and left in one turn: a grant, an OK, nothing else", () => {
    const hub = new TestHub();
    const [c, publisher] = [hub.join(), hub.join()];
    publisher.say(client.publish(0, "a", 1));
    c.say(client.subscribe(1, "a"));
    publisher.say(client.publish(0, "a", 2));
    c.say(client.unsubscribe(2, "a"));
    publisher.say(client.publish(0, "a", 3));
    hub.flush();
    expect(c.take().map(([op]) => op)).toEqual([down.OK, down.OK]);
  });

  test("U5 left and joined again in one turn: the publication between is missed, the others are not", () => {
    const hub = new TestHub();
    const [c, publisher] = [hub.join(), hub.join()];
    c.send(client.subscribe(1, "a"));
    c.take();
    publisher.say(client.publish(0, "a", 1));
    c.say(client.unsubscribe(2, "a"));
    publisher.say(client.publish(0, "a", 2));
    c.say(client.subscribe(3, "a"));
    publisher.say(client.publish(0, "a", 3));
    hub.flush();
    expect(c.take().map((f) => f.slice(0, 3))).toEqual([
      [down.PUBLICATION, 100, 1],
      [down.OK, 2],
      [down.OK, 3, [[0, 100, 5000, 2, null, 0]]],
      [down.PUBLICATION, 100, 3],
    ]);
  });
});

describe("U6", () => {
  test("U6 an entry that cannot be granted is refused, the others are granted", () => {
    const c = new TestHub().join();
    c.send(client.subscribe(1, "a..b", "a", "a.**.b"));
    expect(c.take()[0]?.[2]).toEqual([
      [103, expect.stringContaining('"a..b" is no pattern: it has an empty level'), null],
      [0, 100, 5000, 0, null, 0],
      [103, expect.stringContaining("** may only be the last level"), null],
    ]);
  });

  test.each([
    ["an unknown option", "a", { filter: "x" }, null, 105],
    ["a lag that does not exist", "a", { lag: 4 }, null, 105],
    ["a lag that is no number", "a", { lag: "latest" }, null, 105],
    ["the latest of each key, without state", "a", { lag: 2 }, null, 105],
    ["an interval without lag", "a", { intervalMs: 100 }, null, 105],
    ["an interval of 0", "a", { intervalMs: 0, lag: 1 }, null, 105],
    ["an interval above 5 s", "a", { intervalMs: 5001, lag: 1 }, null, 105],
    ["a negative number", "a", null, -1, 105],
    ["more than the last 1,000,000", "a", null, 1_000_001, 105],
    ["the last n of a pattern", "a.*", null, 5, 105],
    ["a position of a pattern", "a.*", null, { epoch: 1, offset: 1 }, 105],
    ["an epoch of 0", "a", null, { epoch: 0, offset: 1 }, 105],
    ["a mark of a topic", "a", null, { mark: new Uint8Array(3), topics: [] }, 105],
    ["a mark that no hub wrote", "a.*", null, { mark: new Uint8Array(27), topics: [] }, 105],
  ])("U6 %s is refused", (_name, pattern, options, from, code) => {
    const hub = new TestHub();
    const c = hub.join();
    c.send(client.subscribeWith(1, pattern, from, options));
    expect(c.take()[0]?.[2]).toEqual([[code, expect.stringMatching(/^\S.*\.$/u), null]]);
    expect(hub.broker.counts).toMatchObject({ subscriptions: 0, refused: 1 });
  });

  test("U6 from 0 and an empty map of options ask for nothing special", () => {
    const c = new TestHub().join();
    c.send(client.subscribeWith(1, "a", 0, {}));
    expect(c.take()[0]?.[2]).toEqual([[0, 100, 5000, 0, null, 0]]);
  });
});

describe("U7", () => {
  test("U7 a stream has the same number for all, and another one when it comes again", () => {
    const hub = new TestHub();
    const [a, b] = [hub.join(), hub.join()];
    const subOf = (): unknown => (a.take()[0]![2] as unknown[][])[0]?.[1];
    a.send(client.subscribe(1, "x.*"));
    const first = subOf();
    b.send(client.subscribe(1, "x.*"));
    expect((b.take()[0]![2] as unknown[][])[0]?.[1]).toBe(first);
    for (const c of [a, b]) c.send(client.unsubscribe(2, "x.*"));
    a.take();
    a.send(client.subscribe(3, "x.*"));
    expect(subOf()).not.toBe(first);
  });
});

describe("U8", () => {
  test("U8 a pattern gets the publications of topics that appear later, with topic, epoch and offset", () => {
    const hub = new TestHub();
    const c = hub.join();
    c.send(client.subscribe(1, "a.**"));
    c.take();
    c.send(client.publish(0, "a", 1), client.publish(0, "a.b.c", 2), client.publish(0, "b", 3));
    expect(c.take().map((f) => f.slice(0, 5))).toEqual([
      [down.PATTERN_PUBLICATION, 100, "a", 5000, 1],
      [down.PATTERN_PUBLICATION, 100, "a.b.c", 5001, 1],
    ]);
  });

  test("U8 a topic that is published to all the time notices patterns that appear and vanish", () => {
    const hub = new TestHub();
    const [c, publisher] = [hub.join(), hub.join()];
    const publish = (): unknown[] => {
      publisher.send(client.publish(0, "a.b"));
      return publications(c.take()).map((p) => (p as unknown[])[0]);
    };
    expect(publish()).toEqual([]);
    for (const pattern of ["a.*", "**", "*.b", "a.b.**", "b.*"])
      c.send(client.subscribe(1, pattern));
    c.take();
    expect(publish()).toHaveLength(4);
    c.send(client.unsubscribe(2, "**", "a.*"));
    c.take();
    expect(publish()).toHaveLength(2);
    c.disconnect();
    expect(hub.broker.counts.subscriptions).toBe(0);
  });

  test("U8 patterns with a wildcard at the first level do not get the hub's own topics", () => {
    const hub = new TestHub();
    const c = hub.join();
    c.send(client.subscribe(1, "**", "*.hub", "$sys.*"));
    c.take();
    const self = hub.broker.openedLocal(hub.connect(), "hub");
    const bytes = Uint8Array.of(1);
    hub.broker.publish(self, "$sys.hub", { encoding: 0, meta: null, bytes, from: 0, to: 1 });
    hub.flush();
    expect(publications(c.take())).toEqual([[102, "$sys.hub", 1]]);
  });
});
