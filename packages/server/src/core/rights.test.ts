import { down } from "@fanwire/protocol";
import { client, type WireFrame } from "@fanwire/testkit";
import { describe, expect, test } from "vitest";
import { claimsOf, keyedHub } from "./claims.testkit.ts";
import { grantFor } from "./policy.ts";

const subscribed = (frames: readonly WireFrame[]): unknown[] =>
  (frames.find(([op]) => op === down.OK)![2] as unknown[][]).map(([code]) => code);

const published = (frames: readonly WireFrame[]): unknown =>
  frames[0]?.[0] === down.OK ? 0 : frames[0]?.[2];

describe("W1", () => {
  test("W1 nothing is allowed that the token does not grant", () => {
    const hub = keyedHub();
    const c = hub.joinAs(claimsOf({ sub: ["prices.**"], pub: ["chat.ada"] }));
    c.send(client.subscribe(1, "prices.eur", "prices.**", "chat.ada", "**", "*.eur"));
    expect(subscribed(c.take())).toEqual([0, 0, 202, 202, 202]);
    c.send(client.publish(2, "chat.ada"));
    expect(published(c.take())).toBe(0);
    c.send(client.publish(3, "prices.eur"));
    expect(published(c.take())).toBe(202);
  });

  test("W1 a token that grants nothing lets nobody do anything", () => {
    const c = keyedHub().joinAs(claimsOf({}));
    c.send(client.subscribe(1, "a"));
    expect(subscribed(c.take())).toEqual([202]);
    c.send(client.publish(2, "a"));
    expect(published(c.take())).toBe(202);
  });

  test("W1 sec/54 a topic that exists is refused in the same words as one that does not", () => {
    const hub = keyedHub();
    const owner = hub.joinAs(claimsOf({ pub: ["there"], sub: ["there"] }, { subject: "bob" }));
    owner.send(client.publish(1, "there"), client.subscribe(2, "there"));
    const c = hub.joinAs(claimsOf({}));
    const answers = (name: string): unknown => {
      c.send(client.subscribe(1, name), client.publish(2, name));
      return JSON.parse(JSON.stringify(c.take()).replaceAll(name, "NAME"));
    };
    expect(answers("there")).toEqual(answers("never"));
  });

  test("W1 no two grants allow together what neither allows alone", () => {
    const c = keyedHub().joinAs(claimsOf({ sub: ["a.*", "b.*"] }));
    c.send(client.subscribe(1, "*.x", "a.x", "b.x"));
    expect(subscribed(c.take())).toEqual([202, 0, 0]);
  });

  test("W1 sec/18 a refused subscription gets nothing by any way in: live, history, position, mark, latest", () => {
    const hub = keyedHub({
      topics: [{ match: "secret.**" as never, history: { count: 10, bytes: 1000, ageMs: 60_000 } }],
    });
    const owner = hub.joinAs(claimsOf({ pub: ["**"], sub: ["**"] }, { subject: "bob" }));
    owner.send(client.publish(1, "secret.a", 1), client.publish(2, "secret.a", 2));
    const c = hub.joinAs(claimsOf({ sub: ["open.**"] }));
    for (const from of [null, 0, 2, { epoch: 0, offset: 0 }, { epoch: 5000, offset: 1 }])
      for (const options of [null, { lag: 1 }, { lag: 1, intervalMs: 100 }])
        for (const pattern of ["secret.a", "secret.*", "**"]) {
          c.send(client.subscribeWith(1, pattern, from, options));
          expect(subscribed(c.take())).not.toEqual([0]);
        }
    owner.send(client.publish(3, "secret.a", 3));
    hub.advance(1000);
    expect(c.take()).toEqual([]);
  });
});

describe("W1 sec/17", () => {
  const levels = ["a", "b"];
  const topics = names(levels, 3);
  const patterns = [
    ...names([...levels, "*"], 3),
    "**",
    ...names([...levels, "*"], 2).map((name) => `${name}.**`),
  ];

  /** What a pattern matches (T4), said in another way than the hub does it. */
  const shape = (pattern: string): RegExp => {
    const text = pattern.replaceAll(".", "[.]").replaceAll("[.]**", "([.]a|[.]b)#");
    return new RegExp(
      `^${text.replaceAll("**", ".+").replaceAll("*", "[^.]+").replaceAll("#", "*")}$`,
      "u",
    );
  };

  function names(of: readonly string[], depth: number): string[] {
    const each = [...of];
    for (let i = 1, last: string[] = each; i < depth; i++) {
      last = last.flatMap((name) => of.map((level) => `${name}.${level}`));
      each.push(...last);
    }
    return each;
  }

  test("W1 sec/17 in a small world a grant allows a pattern exactly when it matches all that the pattern matches", () => {
    // topics of one level more than any pattern names, so that ** is told from *
    const world = [...topics, ...names(levels, 4).filter((name) => name.split(".").length === 4)];
    let allowed = 0;
    for (const grant of patterns) {
      const claims = claimsOf({ sub: [grant] });
      for (const asked of patterns) {
        const isCovered = world.every(
          (topic) => !shape(asked).test(topic) || shape(grant).test(topic),
        );
        expect([grant, asked, grantFor(claims, "sub", asked as never) !== undefined]).toEqual([
          grant,
          asked,
          isCovered,
        ]);
        if (isCovered) allowed++;
      }
    }
    expect(allowed).toBeGreaterThan(patterns.length);
    expect(allowed).toBeLessThan(patterns.length ** 2);
  });
});

describe("W2", () => {
  test("W2 {sub} is the subject, whatever it is called", () => {
    const hub = keyedHub();
    const c = hub.joinAs(claimsOf({ sub: ["user.{sub}.**"], pub: ["user.{sub}.**"] }));
    c.send(client.subscribe(1, "user.ada.**", "user.bob.**", "user.*.x", "user.ada.x"));
    expect(subscribed(c.take())).toEqual([0, 202, 202, 0]);
    c.send(client.publish(2, "user.ada.x"));
    expect(
      published(
        c.take().filter(([op]) => op !== down.PATTERN_PUBLICATION && op !== down.PUBLICATION),
      ),
    ).toBe(0);
  });

  test.each([["**"], ["*"], ["a.b"], ["a.**"], ["%"], ["."]])(
    "W2 sec/19 a subject %j widens nothing",
    (subject) => {
      const hub = keyedHub();
      const c = hub.joinAs(claimsOf({ sub: ["user.{sub}"], pub: ["user.{sub}"] }, { subject }));
      c.send(client.subscribe(1, "user.*", "user.**", "user.a", "user.a.b", "user.bob", "**"));
      expect(subscribed(c.take())).toEqual([202, 202, 202, 202, 202, 202]);
      c.send(client.publish(2, "user.a"));
      expect(published(c.take())).toBe(202);
    },
  );

  test("W2 sec/19 a value that begins with $ makes no topic of the hub's own", () => {
    const c = keyedHub().joinAs(
      claimsOf({ sub: ["{sub}.**", "{team}.hub"] }, { subject: "$sys", more: { team: "$sys" } }),
    );
    c.send(client.subscribe(1, "$sys.hub", "$sys.**", "%24sys.hub"));
    expect(subscribed(c.take()).slice(0, 2)).toEqual([202, 202]);
  });

  test("W2 a claim that is missing allows nothing, and other grants are not concerned", () => {
    const c = keyedHub().joinAs(claimsOf({ sub: ["team.{team}.**", "news"] }));
    c.send(client.subscribe(1, "team.a.b", "team.**", "news"));
    expect(subscribed(c.take())).toEqual([202, 202, 0]);
  });
});

describe("W3", () => {
  test("W3 sec/22 ** does not reach the hub's own topics; a grant that names them does, for reading alone", () => {
    const hub = keyedHub();
    const all = hub.joinAs(claimsOf({ sub: ["**"], pub: ["**"] }));
    all.send(client.subscribe(1, "$sys.hub", "$sys.**", "x"));
    expect(subscribed(all.take())).toEqual([202, 202, 0]);
    const operator = hub.joinAs(
      claimsOf({ sub: ["$sys.**"], pub: ["$sys.**"] }, { subject: "op" }),
    );
    operator.send(client.subscribe(1, "$sys.hub", "$sys.**", "x"));
    expect(subscribed(operator.take())).toEqual([0, 0, 202]);
    operator.send(client.publish(2, "$sys.hub"));
    expect(published(operator.take())).toBe(202);
  });
});

describe("W5", () => {
  test("W5 rights are looked up once a subscription and once a publisher's topic, never for a delivery", () => {
    const hub = keyedHub();
    const publisher = hub.joinAs(claimsOf({ pub: ["a.**"] }, { subject: "bob" }));
    const followers = Array.from({ length: 50 }, (_, i) =>
      hub.joinAs(claimsOf({ sub: ["a.**"] }, { subject: `s${i}` })),
    );
    for (const follower of followers) follower.send(client.subscribe(1, "a.x", "a.*"));
    const before = hub.broker.counts.decisions;
    for (let i = 1; i <= 100; i++) publisher.send(client.publish(i, "a.x"));
    expect(hub.broker.counts.decisions - before).toBe(1);
    expect(hub.broker.counts.deliveries).toBe(100 * 50 * 2);
  });

  test("W5 an alias that a publication told needs no second look, also when topics alternate", () => {
    const hub = keyedHub();
    const c = hub.joinAs(claimsOf({ pub: ["a.**"] }));
    c.send(client.publish(1, "a.x"), client.publish(2, "a.y"));
    const [x, y] = c.take().map((frame) => frame[2] as number);
    const before = hub.broker.counts.decisions;
    for (let i = 0; i < 20; i++) c.send(client.publish(10 + i, i % 2 === 0 ? x! : y!));
    expect(c.takeOnly(down.OK)).toHaveLength(20);
    expect(hub.broker.counts.decisions).toBe(before);
  });
});

describe("W6", () => {
  test("W6 the number of a subscription's stream gives no right to publish", () => {
    const hub = keyedHub();
    const c = hub.joinAs(claimsOf({ sub: ["a"] }));
    c.send(client.subscribe(1, "a"));
    const stream = (c.take()[0]![2] as unknown[][])[0]![1] as number;
    c.send(client.publish(2, stream));
    expect(published(c.take())).toBe(202);
  });

  test("W6 a number that was guessed is unknown", () => {
    const hub = keyedHub();
    const owner = hub.joinAs(claimsOf({ pub: ["a"] }, { subject: "bob" }));
    owner.send(client.publish(1, "a"));
    const alias = owner.take()[0]?.[2] as number;
    const c = hub.joinAs(claimsOf({ pub: ["b"] }));
    c.send(client.publish(2, alias));
    expect(published(c.take())).toBe(406);
  });
});
