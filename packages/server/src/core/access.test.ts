import { down } from "@fanwire/protocol";
import { client, type WireFrame } from "@fanwire/testkit";
import { describe, expect, test } from "vitest";
import { claimsOf, keyedHub } from "./claims.testkit.ts";
import type { TestClient, TestHub } from "./hub.testkit.ts";
import { refusal } from "./refusal.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const rights = { sub: ["a.**"], pub: ["a.**"] };

const ops = (frames: readonly WireFrame[]): unknown[] => frames.map(([op]) => op);
const payloads = (frames: readonly WireFrame[]): unknown[] =>
  frames
    .filter(([op]) => op === down.PUBLICATION || op === down.PATTERN_PUBLICATION)
    .map((frame) => (frame.at(-1) as Uint8Array)[0]);

/** A session that follows `a.x`, and somebody who publishes there. */
function pair(hub: TestHub, claims = claimsOf(rights)): [TestClient, TestClient] {
  const c = hub.joinAs(claims);
  c.send(client.subscribe(1, "a.x"));
  c.take();
  const publisher = hub.joinAs(
    claimsOf(rights, {
      subject: "bob",
      tokenId: "t2",
      keyId: "k2",
      expiresAt: claims.issuedAt + 100 * DAY,
    }),
  );
  return [c, publisher];
}

describe("J1", () => {
  test("J1 HELLO waits for its token to be verified, and WELCOME says when it expires", () => {
    const hub = keyedHub();
    const c = hub.connect();
    c.send(client.hello(1, false, "a.b.c"));
    expect(hub.asked.map(({ token }) => token)).toEqual(["a.b.c"]);
    expect(c.take()).toEqual([]);
    expect(c.isWelcome).toBe(false);
    const claims = claimsOf(rights);
    hub.verified(claims);
    const [welcome] = c.take();
    expect(welcome?.[0]).toBe(down.WELCOME);
    expect(welcome?.at(-1)).toBe(claims.expiresAt);
    expect(c.isWelcome).toBe(true);
  });

  test.each([
    ["unauthenticated", 4502],
    ["token-expired", 4003],
    ["revoked", 4504],
    ["internal", 4007],
  ] as const)("J1 a token that is %s closes with %i and the sentence", (name, code) => {
    const hub = keyedHub();
    const c = hub.connect();
    c.send(client.hello(1, false, "a.b.c"));
    hub.verified(refusal(name, "Because."));
    expect(c.closedWith).toEqual({ code, text: "Because." });
    expect(c.take()).toEqual([]);
  });

  test("J1 without a token the connection is closed as unauthenticated", () => {
    const c = keyedHub().connect();
    c.send(client.hello());
    expect(c.closedWith?.code).toBe(4502);
  });

  test("J1 what came with the upgrade is good until HELLO says another", () => {
    const hub = keyedHub();
    const bearer = { token: "up.gra.de", claims: null };
    hub.connect("x", bearer).send(client.hello());
    hub.connect("y", bearer).send(client.hello(1, false, "he.l.lo"));
    const ticket = { token: null, claims: claimsOf(rights) };
    const third = hub.connect("z", ticket);
    third.send(client.hello(1, false, "he.l.lo"));
    expect(hub.asked.map(({ token }) => token)).toEqual(["up.gra.de", "he.l.lo", "he.l.lo"]);
    expect(third.isWelcome).toBe(false);
    const fourth = hub.connect("w", ticket);
    fourth.send(client.hello());
    expect(fourth.isWelcome).toBe(true);
  });

  test("J1 sec/4 while its token is verified a client says nothing, and waits no longer than for HELLO", () => {
    const hub = keyedHub({ greetingMs: 10_000 });
    const [talks, waits] = [hub.connect(), hub.connect()];
    for (const c of [talks, waits]) c.send(client.hello(1, false, "a.b.c"));
    talks.send(client.ping(1));
    expect(talks.closedWith?.code).toBe(4500);
    hub.advance(10_200);
    expect(waits.closedWith?.code).toBe(4001);
    hub.verified(claimsOf(rights));
    hub.verified(claimsOf(rights));
    expect([talks.isWelcome, waits.isWelcome]).toEqual([false, false]);
    expect(hub.broker.counts.sessions).toBe(0);
  });

  test("J1 a token that expired while it was verified lets nobody in", () => {
    const hub = keyedHub();
    const c = hub.connect();
    c.send(client.hello(1, false, "a.b.c"));
    hub.advance(2000);
    hub.verified(claimsOf(rights, { expiresAt: hub.clock.time }));
    expect(c.closedWith?.code).toBe(4003);
  });
});

describe("J7", () => {
  function renewed(hub: TestHub, c: TestClient, claims = claimsOf(rights), id = 9): WireFrame[] {
    c.send(client.auth(id, "fresh.to.ken"));
    hub.verified(claims);
    return c.take();
  }

  test("J7 a fresh token keeps what is allowed, without a gap, and its answer says when it expires", () => {
    const hub = keyedHub();
    const [c, publisher] = pair(hub);
    publisher.send(client.publish(0, "a.x", 1));
    c.send(client.auth(9, "fresh.to.ken"));
    publisher.send(client.publish(0, "a.x", 2));
    const fresh = claimsOf(rights, { expiresAt: hub.clock.time + 2 * HOUR });
    hub.verified(fresh);
    publisher.send(client.publish(0, "a.x", 3));
    const frames = c.take();
    expect(payloads(frames)).toEqual([1, 2, 3]);
    expect(frames.find(([op]) => op === down.OK)).toEqual([down.OK, 9, fresh.expiresAt]);
    hub.advance(1.5 * HOUR);
    expect(c.closedWith?.code).not.toBe(4003);
  });

  test("J7 a subscription that the fresh token does not allow ends at once, with what was not sent of it", () => {
    const hub = keyedHub();
    const [c, publisher] = pair(hub);
    c.send(client.subscribe(2, "a.y", "a.*"));
    c.take();
    c.say(client.auth(9, "fresh.to.ken"));
    publisher.say(client.publish(0, "a.x", 1), client.publish(0, "a.y", 2)); // joined, not sent
    hub.verified(claimsOf({ sub: ["a.y"] }));
    publisher.send(client.publish(0, "a.x", 3), client.publish(0, "a.y", 4));
    const frames = c.take();
    expect(payloads(frames)).toEqual([2, 4]);
    const ended = frames.filter(([op]) => op === down.ENDED);
    expect(ended.map((frame) => frame[2])).toEqual([202, 202]);
    c.send(client.subscribe(3, "a.x"));
    expect((c.take()[0]![2] as unknown[][])[0]![0]).toBe(202);
  });

  test("J7 what was allowed to publish is asked again", () => {
    const hub = keyedHub();
    const c = hub.joinAs(claimsOf(rights));
    c.send(client.publish(1, "a.x"), client.publish(2, "a.y"));
    const alias = c.take()[0]![2] as number;
    renewed(hub, c, claimsOf({ pub: ["a.y"] }));
    c.send(client.publish(3, "a.x"));
    expect(c.take()[0]![2]).toBe(202);
    c.send(client.publish(4, alias));
    expect(c.take()[0]?.slice(0, 3)).toEqual([down.REFUSED, 4, 406]);
    c.send(client.publish(5, "a.y"));
    expect(ops(c.take())).toEqual([down.OK]);
  });

  test.each([
    ["another subject", { subject: "bob" }],
    ["another issuer", { issuer: "else" }],
  ])("J7 a token of %s is refused, and nothing changes", (_what, more) => {
    const hub = keyedHub();
    const [c, publisher] = pair(hub);
    const frames = renewed(hub, c, claimsOf({ sub: ["**"] }, more));
    expect(frames.map((frame) => frame.slice(0, 3))).toEqual([[down.REFUSED, 9, 202]]);
    publisher.send(client.publish(0, "a.x", 1));
    expect(payloads(c.take())).toEqual([1]);
    c.send(client.subscribe(2, "b"));
    expect((c.take()[0]![2] as unknown[][])[0]![0]).toBe(202);
  });

  test("J7 a token that is not good is refused, and the session goes on", () => {
    const hub = keyedHub();
    const [c, publisher] = pair(hub);
    c.send(client.auth(9, "x"));
    hub.broker.verified(hub.asked.shift()!.link, 9, refusal("unauthenticated", "No."));
    publisher.send(client.publish(0, "a.x", 1));
    const frames = c.take();
    expect(frames.find(([op]) => op === down.REFUSED)?.slice(1, 4)).toEqual([9, 200, "No."]);
    expect(payloads(frames)).toEqual([1]);
  });

  test("J7 one at a time: a second AUTH before the answer is refused", () => {
    const hub = keyedHub();
    const [c] = pair(hub);
    c.send(client.auth(1, "x"), client.auth(2, "y"));
    expect(hub.asked).toHaveLength(1);
    expect(c.take().map((frame) => frame.slice(0, 3))).toEqual([[down.REFUSED, 2, 300]]);
    hub.verified(claimsOf(rights));
    expect(c.take().map((frame) => frame.slice(0, 2))).toEqual([[down.OK, 1]]);
  });

  test("J7 a hub without keys asks for no token", () => {
    const hub = keyedHub({ isOpen: true });
    const c = hub.join();
    c.send(client.auth(1, "x"));
    expect(c.take().map((frame) => frame.slice(0, 3))).toEqual([[down.REFUSED, 1, 101]]);
    expect(hub.asked).toEqual([]);
  });
});

describe("J8", () => {
  test("J8 sec/15 after its token has expired a session gets what it follows, and may do nothing new", () => {
    const hub = keyedHub({ tokenGraceMs: 25_000, pingMs: DAY });
    const [c, publisher] = pair(hub, claimsOf(rights, { expiresAt: 1_700_000_060_000 }));
    c.send(client.publish(1, "a.y"));
    const alias = c.take()[0]![2] as number;
    hub.advance(60_200);
    publisher.send(client.publish(0, "a.x", 1));
    expect(payloads(c.take())).toEqual([1]);
    c.send(client.publish(2, "a.y"));
    expect(c.take()[0]?.slice(0, 3)).toEqual([down.REFUSED, 2, 201]);
    c.send(client.publish(3, alias));
    expect(c.take()[0]?.slice(0, 3)).toEqual([down.REFUSED, 3, 201]);
    c.send(client.subscribe(4, "a.z"));
    expect((c.take()[0]![2] as unknown[][])[0]![0]).toBe(201);
    hub.advance(24_500);
    expect(c.closedWith).toBeUndefined();
    hub.advance(1000);
    expect(c.closedWith?.code).toBe(4003);
    expect(c.closedWith?.text).toMatch(/fresh/u);
  });

  test("J8 a fresh token within the grace, and all goes on", () => {
    const hub = keyedHub({ tokenGraceMs: 25_000, pingMs: DAY });
    const [c, publisher] = pair(hub, claimsOf(rights, { expiresAt: 1_700_000_060_000 }));
    hub.advance(70_000);
    c.take();
    c.send(client.auth(1, "fresh.to.ken"));
    hub.verified(claimsOf(rights, { expiresAt: hub.clock.time + HOUR }));
    c.send(client.publish(2, "a.y"));
    publisher.send(client.publish(0, "a.x", 1));
    expect(ops(c.take())).toEqual([down.OK, down.OK, down.PUBLICATION]);
    hub.advance(100_000);
    expect(c.closedWith).toBeUndefined();
  });

  test("J8 sec/15 a token of 40 days expires after 40 days", () => {
    const hub = keyedHub({ pingMs: 10 * HOUR, pingTimeoutMs: 10 * HOUR, tokenGraceMs: 1000 });
    const c = hub.joinAs(claimsOf(rights, { expiresAt: 1_700_000_000_000 + 40 * DAY }));
    const answer = (): void => {
      for (const [op, n] of c.take()) if (op === down.PING) c.send(client.pong(n as number));
    };
    for (let hours = 0; hours < 40 * 24 - 1; hours++) {
      hub.advance(HOUR);
      answer();
    }
    expect(c.closedWith).toBeUndefined();
    hub.advance(HOUR + 1500);
    expect(c.closedWith?.code).toBe(4003);
  });

  test("J8 a token is taken for as long as clocks may differ", () => {
    const hub = keyedHub({ tokenGraceMs: 1000, tokenToleranceMs: 10_000, pingMs: DAY });
    const c = hub.joinAs(claimsOf(rights, { expiresAt: 1_700_000_020_000 }));
    hub.advance(29_500);
    c.send(client.publish(1, "a.x"));
    expect(ops(c.take())).toEqual([down.OK]);
    hub.advance(700);
    c.send(client.publish(2, "a.x"));
    expect(c.take()[0]?.slice(0, 3)).toEqual([down.REFUSED, 2, 201]);
    hub.advance(1000);
    expect(c.closedWith?.code).toBe(4003);
  });

  test("J8 a clock that is set back gives the time that it says", () => {
    const hub = keyedHub({ tokenGraceMs: 1000 });
    const c = hub.joinAs(claimsOf(rights, { expiresAt: 1_700_000_020_000 }));
    hub.clock.time -= 10_000;
    hub.advance(22_000);
    expect(c.closedWith).toBeUndefined();
    hub.advance(10_000);
    expect(c.closedWith?.code).toBe(4003);
  });
});

describe("J9", () => {
  test.each([
    ["the token's id", { tokenId: "t1" }],
    ["its key's id", { keyId: "k1" }],
    ["its subject, of any issuer", { subject: "ada", issuedUpTo: 1_699_999_999_000 }],
    [
      "its subject and issuer",
      { subject: "ada", issuer: "fanwire", issuedUpTo: 1_699_999_999_000 },
    ],
  ])("J9 sec/16 by %s: closed at once, and never in again", (_by, revocation) => {
    const hub = keyedHub();
    const [c, other] = pair(hub);
    expect(hub.broker.revoke(revocation)).toBe(1);
    hub.flush();
    expect(c.closedWith?.code).toBe(4504);
    expect(other.closedWith).toBeUndefined();
    const again = hub.connect("again", { token: null, claims: claimsOf(rights) });
    again.send(client.hello());
    expect(again.closedWith?.code).toBe(4504);
    const later = hub.connect();
    later.send(client.hello(1, false, "a.b.c"));
    hub.verified(claimsOf(rights));
    expect(later.closedWith?.code).toBe(4504);
    expect(hub.broker.counts.sessions).toBe(1);
  });

  test.each([
    ["another token's id", { tokenId: "t9" }],
    ["another issuer", { subject: "ada", issuer: "else", issuedUpTo: 2_000_000_000_000 }],
    ["a time before it was issued", { subject: "ada", issuedUpTo: 1_699_999_998_999 }],
  ])("J9 by %s it is not concerned", (_by, revocation) => {
    const hub = keyedHub();
    const [c] = pair(hub);
    expect(hub.broker.revoke(revocation)).toBe(0);
    expect(c.closedWith).toBeUndefined();
    hub.joinAs(claimsOf(rights));
    expect(hub.broker.counts.sessions).toBe(3);
  });

  test("J9 a token that was issued later is good", () => {
    const hub = keyedHub();
    hub.broker.revoke({ subject: "ada", issuedUpTo: 1_700_000_000_000 });
    const c = hub.joinAs(claimsOf(rights, { issuedAt: 1_700_000_000_001 }));
    expect(c.isWelcome).toBe(true);
  });

  test("J9 a fresh token that is revoked renews nothing", () => {
    const hub = keyedHub();
    const [c] = pair(hub);
    hub.broker.revoke({ tokenId: "t7" });
    c.send(client.auth(5, "x"));
    hub.verified(claimsOf(rights, { tokenId: "t7" }));
    expect(c.take().map((frame) => frame.slice(0, 3))).toEqual([[down.REFUSED, 5, 203]]);
    expect(c.closedWith).toBeUndefined();
  });

  test("J9 a session goes by the token that it was renewed with", () => {
    const hub = keyedHub();
    const [c] = pair(hub);
    c.send(client.auth(5, "x"));
    hub.verified(claimsOf(rights, { tokenId: "t7" }));
    expect(hub.broker.revoke({ tokenId: "t1" })).toBe(0);
    expect(hub.broker.revoke({ tokenId: "t7" })).toBe(1);
    expect(c.closedWith?.code).toBe(4504);
  });

  test("J9 it holds until the last token that it concerns has expired", () => {
    const hub = keyedHub({ tokenAgeMaxMs: DAY, tokenToleranceMs: 10_000 });
    hub.broker.revoke({ tokenId: "t1" });
    const lets = (): boolean => {
      const c = hub.connect("c", {
        token: null,
        claims: claimsOf(rights, { expiresAt: hub.clock.time + HOUR }),
      });
      c.send(client.hello());
      c.disconnect();
      return c.isWelcome;
    };
    hub.advance(DAY);
    expect(lets()).toBe(false);
    hub.advance(30_000);
    expect(lets()).toBe(true);
  });
});
