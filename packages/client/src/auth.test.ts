import { describe, expect, test } from "vitest";
import type { TokenReason } from "./auth.ts";
import { ClientError } from "./errors.ts";
import { Bench, hub, turn } from "./fake-hub.testkit.ts";

const HELLO = 1;
const AUTH = 2;
const HUB_NOW = 1_700_000_000_000;

const noop = (): void => {};

/** A function `token` whose answers a test gives, one after the other. */
class Issuer {
  readonly asked: TokenReason[] = [];
  readonly signals: AbortSignal[] = [];
  readonly #answers: ((token: string | Promise<never>) => void)[] = [];

  readonly token = ({
    reason,
    signal,
  }: {
    readonly reason: TokenReason;
    readonly signal: AbortSignal;
  }): Promise<string> => {
    this.asked.push(reason);
    this.signals.push(signal);
    return new Promise((resolve) => this.#answers.push(resolve));
  };

  /** Answers what was asked first and is not answered. */
  async give(token: string | Error): Promise<void> {
    this.#answers.shift()!(typeof token === "string" ? token : Promise.reject(token));
    await turn();
  }
}

/** A client that follows `a` over a live link, with a token of the issuer. */
async function live(leftMs: number | null): Promise<[Bench, Issuer]> {
  const issuer = new Issuer();
  const bench = new Bench({ token: issuer.token });
  bench.client.topic("a").subscribe(noop);
  await issuer.give("t1");
  bench.socket.welcome({}, "s1", leftMs);
  await turn();
  bench.grant({ sub: 1 });
  return [bench, issuer];
}

/** Time passes, and the hub answers pings. */
async function pass(bench: Bench, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 10_000) {
    await bench.clock.pass(Math.min(left, 10_000));
    bench.socket.say(hub.ping(1));
  }
}

const tokenIn = (bench: Bench): unknown => bench.socket.framesOf(HELLO)[0]?.[2];

describe("N23", () => {
  test("N23 a token that is given stands in HELLO, and nothing waits for it", () => {
    const bench = new Bench({ token: "t" });
    bench.client.topic("a").subscribe(noop);
    bench.socket.open();
    expect(tokenIn(bench)).toBe("t");
  });

  test.each([
    ["that is given", "t\n"],
    ["that a function gives", () => " t\r\n"],
  ])(
    "N23 a token %s is told without the line break of the file that it was read from",
    async (_what, token) => {
      const bench = new Bench({ token });
      bench.client.topic("a").subscribe(noop);
      await turn();
      bench.socket.open();
      expect(tokenIn(bench)).toBe("t");
    },
  );

  test("N23 what is no token is none, with the reason", async () => {
    const bench = new Bench({ token: () => 5 as unknown as string });
    void bench.client.ready();
    await turn();
    expect(bench.client.status.get()).toMatchObject({
      state: "waiting",
      cause: { code: "no-token", cause: expect.any(TypeError) },
    });
  });

  test("N23 a function is asked before each connection, and the socket is opened with what it gives", async () => {
    const issuer = new Issuer();
    const bench = new Bench({ token: issuer.token });
    await turn();
    expect(issuer.asked).toEqual([]);
    bench.client.topic("a").subscribe(noop);
    await turn();
    expect(bench.sockets).toEqual([]);
    expect(bench.client.status.get()).toEqual({ state: "connecting", attempt: 1 });
    await issuer.give("t1");
    bench.socket.open();
    expect(tokenIn(bench)).toBe("t1");
    bench.socket.end();
    await bench.clock.pass(2000);
    await issuer.give("t2");
    bench.socket.open();
    expect(tokenIn(bench)).toBe("t2");
    expect(issuer.asked).toEqual(["connect", "connect"]);
  });

  test("N23 a function may give a token at once, and one that throws is one that rejects", async () => {
    const bench = new Bench({ token: () => "t" });
    void bench.client.ready();
    await turn();
    bench.socket.open();
    expect(tokenIn(bench)).toBe("t");
    const thrown = new Bench({
      token: () => {
        throw new Error("offline");
      },
    });
    void thrown.client.ready();
    await turn();
    expect(thrown.client.status.get()).toMatchObject({
      state: "waiting",
      cause: { code: "no-token", message: "offline", retryable: true },
    });
  });

  test("N23 no token for now: tried again with the next attempt", async () => {
    const issuer = new Issuer();
    const bench = new Bench({ token: issuer.token });
    void bench.client.ready();
    await issuer.give(new Error("offline"));
    expect(bench.client.status.get()).toMatchObject({ state: "waiting", attempt: 2 });
    await bench.clock.pass(1000);
    await issuer.give("t");
    expect(bench.sockets).toHaveLength(1);
  });

  test("N23 an error that is not retryable ends the client with it", async () => {
    const issuer = new Issuer();
    const bench = new Bench({ token: issuer.token });
    const ready = bench.client.ready();
    const signedOut = new ClientError("unauthenticated", { message: "signed out" });
    void issuer.give(signedOut);
    await expect(ready).rejects.toBe(signedOut);
    expect(await bench.client.closed).toBe(signedOut);
  });
});

describe("N24", () => {
  test("N24 30 s before it expires a fresh token goes to the hub, on the same link, and so on", async () => {
    const [bench, issuer] = await live(3_600_000);
    await pass(bench, 3_569_000);
    expect(issuer.asked).toEqual(["connect"]);
    await pass(bench, 2000);
    expect(issuer.asked).toEqual(["connect", "expiring"]);
    await issuer.give("t2");
    const [, id, token] = bench.socket.framesOf(AUTH)[0]!;
    expect(token).toBe("t2");
    bench.socket.say(hub.authOk(id as number, HUB_NOW + 7_200_000));
    await pass(bench, 3_590_000);
    expect(issuer.asked).toEqual(["connect", "expiring"]);
    await pass(bench, 20_000);
    expect(issuer.asked).toEqual(["connect", "expiring", "expiring"]);
    expect(bench.sockets).toHaveLength(1);
    expect(bench.client.status.get().state).toBe("live");
  });

  test("N24 a short life is renewed after half of it", async () => {
    const [bench, issuer] = await live(20_000);
    await pass(bench, 9900);
    expect(issuer.asked).toEqual(["connect"]);
    await pass(bench, 200);
    expect(issuer.asked).toEqual(["connect", "expiring"]);
  });

  test("N24 without a fresh one, and when the hub refuses for now, it is asked again", async () => {
    const [bench, issuer] = await live(20_000);
    await pass(bench, 10_000);
    await issuer.give(new Error("offline"));
    await pass(bench, 4900);
    expect(issuer.asked).toHaveLength(2);
    await pass(bench, 200);
    expect(issuer.asked).toHaveLength(3);
    await issuer.give("t2");
    bench.socket.say(
      hub.refused(bench.socket.framesOf(AUTH)[0]![1] as number, "rate-limited", 700),
    );
    await pass(bench, 600);
    expect(issuer.asked).toHaveLength(3);
    await pass(bench, 200);
    expect(issuer.asked).toEqual(["connect", "expiring", "expiring", "expiring"]);
  });

  test("N24 a text, and a token that does not expire, are not renewed", async () => {
    const text = new Bench({ token: "t" });
    void text.client.topic("a").subscribe(noop);
    text.socket.welcome({}, "s1", 1000);
    await turn();
    await pass(text, 60_000);
    expect(text.socket.framesOf(AUTH)).toEqual([]);
    const [bench, issuer] = await live(null);
    await pass(bench, 60_000);
    expect(issuer.asked).toEqual(["connect"]);
  });
});

describe("N25", () => {
  test("N25 a refused token is asked for once more, then the client is closed with the hub's reason", async () => {
    const issuer = new Issuer();
    const bench = new Bench({ token: issuer.token });
    const ready = bench.client.ready({ timeoutMs: Infinity });
    const closed = expect(ready).rejects.toMatchObject({
      code: "unauthenticated",
      closeCode: 4502,
    });
    await issuer.give("t1");
    bench.socket.open();
    bench.socket.end(4502, "No.");
    await bench.clock.pass(1000);
    expect(issuer.asked).toEqual(["connect", "refused"]);
    await issuer.give("t2");
    bench.socket.open();
    bench.socket.end(4502, "No.");
    await closed;
    await bench.clock.pass(60_000);
    expect(bench.sockets).toHaveLength(2);
  });

  test("N25 one that is let in may be refused again later", async () => {
    const [bench, issuer] = await live(null);
    for (let i = 0; i < 3; i++) {
      bench.socket.end(4502, "No.");
      await bench.clock.pass(1000);
      await issuer.give("next");
      bench.socket.welcome();
      await turn();
    }
    expect(issuer.asked).toEqual(["connect", "refused", "refused", "refused"]);
    expect(bench.client.status.get().state).toBe("live");
  });

  test.each([4502, 4003])("N25 a text that is answered with %i closes the client", async (code) => {
    const bench = new Bench({ token: "t" });
    void bench.client.topic("a").subscribe(noop);
    bench.socket.open();
    bench.socket.end(code, "No.");
    expect(await bench.client.closed).toMatchObject({ closeCode: code, message: "No." });
  });

  test("N25 an expired token is fetched anew, as often as it expires", async () => {
    const [bench, issuer] = await live(null);
    for (let i = 0; i < 3; i++) {
      bench.socket.end(4003);
      await bench.clock.pass(2000);
      await issuer.give("t");
      bench.socket.open();
    }
    expect(issuer.asked).toEqual(["connect", "connect", "connect", "connect"]);
  });

  test("N25 a revoked one is over", async () => {
    const [bench] = await live(null);
    bench.socket.end(4504, "The token was revoked.");
    expect(await bench.client.closed).toMatchObject({ code: "revoked" });
  });

  test("N25 a fresh token that is refused is asked for once more, and then the old one stays", async () => {
    const [bench, issuer] = await live(20_000);
    await pass(bench, 10_000);
    for (const token of ["t2", "t3"]) {
      await issuer.give(token);
      const [, id] = bench.socket.framesOf(AUTH).at(-1)!;
      bench.socket.say(hub.refused(id as number, "forbidden"));
      await turn();
    }
    expect(issuer.asked).toEqual(["connect", "expiring", "refused"]);
    await pass(bench, 60_000);
    expect(issuer.asked).toHaveLength(3);
    expect(bench.client.status.get().state).toBe("live");
  });
});

describe("N26", () => {
  test("N26 a token that comes when nobody wants it any more is not used", async () => {
    const issuer = new Issuer();
    const bench = new Bench({ token: issuer.token });
    void bench.client.ready();
    await turn();
    bench.client.reconnect();
    await turn();
    expect(issuer.signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    await issuer.give("old");
    expect(bench.sockets).toEqual([]);
    await issuer.give("new");
    bench.socket.open();
    expect(tokenIn(bench)).toBe("new");
  });

  test("N26 the link drops while a fresh token is fetched: the next connection asks for its own", async () => {
    const [bench, issuer] = await live(20_000);
    await pass(bench, 10_000);
    bench.socket.end();
    expect(issuer.signals[1]?.aborted).toBe(true);
    await bench.clock.pass(1000);
    await issuer.give("late");
    expect(bench.sockets).toHaveLength(1);
    await issuer.give("t3");
    bench.socket.welcome({}, "s2", 20_000);
    await turn();
    expect(issuer.asked).toEqual(["connect", "expiring", "connect"]);
    await pass(bench, 10_100);
    expect(issuer.asked).toHaveLength(4);
  });

  test("N26 a closed client wants none", async () => {
    const issuer = new Issuer();
    const bench = new Bench({ token: issuer.token });
    const ready = bench.client.ready();
    const over = expect(ready).rejects.toMatchObject({ code: "closed" });
    await bench.client.close();
    await over;
    expect(issuer.signals[0]?.aborted).toBe(true);
    await issuer.give("t");
    expect(bench.sockets).toEqual([]);
  });
});
