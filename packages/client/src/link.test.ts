import { encodePayload } from "@fanwire/protocol";
import { expect, test } from "vitest";
import { Bench, hub, turn } from "./fake-hub.testkit.ts";
import type { Status } from "./status.ts";

const HELLO = 1;
const SUBSCRIBE = 3;
const UNSUBSCRIBE = 4;
const PUBLISH = 5;
const PONG = 7;
const PING = 8;
const SEEN = 9;

const noop = (): void => {};

const follow = (bench: Bench): unknown => bench.client.topic("a").subscribe(noop);

/** A client that follows `a` over a live link, granted at offset 0. */
async function following(bench: Bench, limits?: Readonly<Record<string, number>>): Promise<void> {
  follow(bench);
  bench.socket.welcome(limits);
  await turn();
  bench.grant({ sub: 1 });
}

test("N1 nothing is opened before the client is used", async () => {
  const bench = new Bench();
  bench.client.topic("a");
  await turn();
  expect(bench.sockets).toEqual([]);
  expect(bench.client.status.get()).toEqual({ state: "idle" });
  follow(bench);
  expect(bench.sockets).toHaveLength(1);
  expect(bench.socket).toMatchObject({ protocols: "fanwire.1", binaryType: "arraybuffer" });
});

test("N1 HELLO is the first frame, and the only one before WELCOME", async () => {
  const bench = new Bench();
  follow(bench);
  void bench.client.topic("a").publish(1);
  bench.socket.open();
  await turn();
  const about = { sdk: "fanwire-js", version: "0.0.0", flow: true };
  expect(bench.socket.frames).toEqual([[HELLO, 1, null, new Map(Object.entries(about)), null]]);
});

test("N27 HELLO of the next link tells the session and the secret of the last WELCOME", async () => {
  const bench = new Bench();
  await following(bench);
  bench.client.reconnect();
  bench.socket.open();
  expect(bench.socket.frames[0]![4]).toEqual(["s1", "secret"]);
  bench.socket.say(hub.welcome({}, "s2"));
  bench.client.reconnect();
  bench.socket.open();
  expect(bench.socket.frames[0]![4]).toEqual(["s2", "secret"]);
});

test("N5 after WELCOME all that waits leaves in one message, the subscriptions in one frame", async () => {
  const bench = new Bench();
  bench.client.topic("a").subscribe(noop);
  bench.client.topic("b.*").subscribe(noop);
  void bench.client.topic("c").publish(1);
  bench.socket.welcome();
  await turn();
  expect(bench.socket.messages).toHaveLength(2);
  expect(bench.socket.frames.slice(1)).toEqual([
    [
      SUBSCRIBE,
      1,
      [
        ["a", null, null],
        ["b.*", null, null],
      ],
    ],
    [PUBLISH, 2, "c", new Map([["id", [2 ** 52, 1, 1]]]), 3, null, Uint8Array.of(1)],
  ]);
});

test("N3 a lost link comes back after its wait, and tells why it waits", async () => {
  const bench = new Bench();
  await following(bench);
  const seen: Status[] = [];
  bench.client.status.subscribe((status) => seen.push(status));
  await bench.clock.pass(6000);
  bench.socket.end(1006);
  expect(bench.client.status.get()).toMatchObject({
    state: "waiting",
    attempt: 1,
    retryAt: bench.clock.wallNow() + 125,
    cause: { code: "unreachable", closeCode: 1006, retryable: true },
  });
  await bench.clock.pass(124);
  expect(bench.sockets).toHaveLength(1);
  await bench.clock.pass(1);
  expect(bench.sockets).toHaveLength(2);
  bench.socket.end(1006);
  await bench.clock.pass(250);
  expect(bench.sockets).toHaveLength(3);
  bench.socket.welcome({}, "s2");
  expect(seen.map(({ state }) => state)).toEqual([
    "live",
    "waiting",
    "connecting",
    "waiting",
    "connecting",
    "live",
  ]);
  expect(bench.client.status.get()).toEqual({ state: "live", session: "s2" });
});

test("N4 a close code of 4500 and above closes the client, with the reason", async () => {
  const bench = new Bench();
  await following(bench);
  bench.socket.end(4503, "not here");
  const cause = { code: "forbidden", message: "not here", closeCode: 4503, retryable: false };
  expect(bench.client.status.get()).toMatchObject({ state: "closed", cause });
  expect(await bench.client.closed).toMatchObject(cause);
  await expect(bench.client.ready()).rejects.toMatchObject(cause);
  expect(bench.clock.timers.size).toBe(0);
});

test("N4 an unknown code acts by its range", async () => {
  const comes = new Bench();
  await following(comes);
  comes.socket.end(4477);
  expect(comes.client.status.get()).toMatchObject({
    state: "waiting",
    cause: { code: "unreachable", closeCode: 4477 },
  });
  const stays = new Bench();
  await following(stays);
  stays.socket.end(4999);
  expect(stays.client.status.get().state).toBe("closed");
});

test("N4 a link that is lost without a code comes back: Deno tells 0, others 1006", async () => {
  const bench = new Bench();
  await following(bench);
  bench.socket.end(0);
  const cause = { code: "unreachable", closeCode: 1006, retryable: true };
  expect(bench.client.status.get()).toMatchObject({ state: "waiting", cause });
});

test("N6 PING is answered with its number, and SEEN with it", async () => {
  const bench = new Bench();
  await following(bench);
  const ping = hub.ping(77);
  const before = hub.publication(1, 1, "x");
  bench.socket.say(before, ping);
  await turn();
  const granted = bench.socket.messages.length;
  expect(granted).toBeGreaterThan(0);
  expect(bench.socket.frames.slice(-2)).toEqual([
    [PONG, 77],
    [SEEN, hub.granted(1, { sub: 1 }).length + before.length + ping.length],
  ]);
});

test("N7 SEEN is said for 32 KiB at once, for 8 KiB after 2 s, and the message of WELCOME does not count", async () => {
  const bench = new Bench({}, 0);
  await following(bench);
  const granted = hub.granted(1, { sub: 1 }).length;
  const large = hub.publication(1, 1, "x".repeat(32_768));
  bench.socket.say(large);
  await turn();
  expect(bench.socket.framesOf(SEEN)).toEqual([[SEEN, granted + large.length]]);
  const almost = hub.publication(1, 2, "x".repeat(8000));
  bench.socket.say(almost);
  await bench.clock.pass(5000);
  expect(bench.socket.framesOf(SEEN)).toHaveLength(1);
  const little = hub.publication(1, 3, "x".repeat(200));
  bench.socket.say(little);
  await bench.clock.pass(1999);
  expect(bench.socket.framesOf(SEEN)).toHaveLength(1);
  await bench.clock.pass(1);
  expect(bench.socket.framesOf(SEEN)[1]).toEqual([
    SEEN,
    granted + large.length + almost.length + little.length,
  ]);
});

/** A message of so many bytes every 10 ms, for so long. Returns the bytes between one SEEN and the next. */
async function stream(bench: Bench, bytes: number, ms: number): Promise<number[]> {
  const before = bench.socket.framesOf(SEEN).length;
  const message = Uint8Array.of(0x92, 63, 0xc5, 0, 0, ...new Uint8Array(bytes - 5));
  new DataView(message.buffer).setUint16(3, bytes - 5);
  for (let at = 0; at < ms; at += 10) {
    bench.socket.say(message);
    await bench.clock.pass(10);
  }
  const seen = bench.socket.framesOf(SEEN).map(([, total]) => total as number);
  return seen.slice(before).map((total, i) => total - (seen[before + i - 1] ?? 0));
}

test("N7 a fast client says SEEN for half of what the last half second brought, at most for 1 MiB", async () => {
  const bench = new Bench({}, 0);
  await following(bench);
  await stream(bench, 20_000, 1500);
  const seen = await stream(bench, 20_000, 2000);
  expect(seen.length).toBeGreaterThan(5);
  expect(new Set(seen)).toEqual(new Set([500_000]));
  await stream(bench, 60_000, 1500);
  expect(new Set(await stream(bench, 60_000, 2000))).toEqual(new Set([1_080_000]));
});

test("N7 after a pause 32 KiB are told at once again", async () => {
  const bench = new Bench({}, 0);
  await following(bench);
  await stream(bench, 20_000, 1500);
  await bench.clock.pass(2000);
  bench.socket.say(hub.ping(1));
  await turn();
  const [told] = await stream(bench, 32_768, 10);
  expect(told).toBe(32_768);
});

test("N7 not all clients of a stream say SEEN at the same moment", async () => {
  const firsts: unknown[] = [];
  for (const chance of [0, 0.5, 0.99]) {
    const bench = new Bench({}, chance);
    await following(bench);
    const seen = await stream(bench, 1000, 400);
    firsts.push(seen[0]);
  }
  expect(firsts).toEqual([33_011, 29_011, 25_011]);
});

test("N8 a silent hub is asked, and left when it does not answer", async () => {
  const bench = new Bench();
  await following(bench);
  await bench.clock.pass(32_999);
  expect(bench.socket.framesOf(PING)).toEqual([]);
  await bench.clock.pass(1);
  expect(bench.socket.framesOf(PING)).toHaveLength(1);
  await bench.clock.pass(1999);
  expect(bench.client.status.get().state).toBe("live");
  await bench.clock.pass(1);
  expect(bench.client.status.get()).toMatchObject({
    state: "waiting",
    cause: { code: "unreachable" },
  });
  expect(bench.socket.closeCode).toBe(1000);
});

test("N8 whatever comes is an answer, and the times are those of WELCOME", async () => {
  const bench = new Bench();
  await following(bench, { pingMs: 3000, pingTimeoutMs: 1000 });
  await bench.clock.pass(3000);
  expect(bench.socket.framesOf(PING)).toHaveLength(1);
  bench.socket.say(hub.pong(1));
  await bench.clock.pass(2999);
  expect(bench.socket.framesOf(PING)).toHaveLength(1);
  await bench.clock.pass(1001);
  expect(bench.client.status.get().state).toBe("waiting");
});

test("N9 after a sleep what came meanwhile is read before the link is judged", async () => {
  const bench = new Bench();
  await following(bench);
  bench.clock.sleep(3_600_000);
  await bench.clock.pass(0); // the timer runs before the socket's messages
  expect(bench.client.status.get().state).toBe("live");
  expect(bench.socket.framesOf(PING)).toHaveLength(1);
  bench.socket.say(hub.ping(1));
  await bench.clock.pass(30_000);
  expect(bench.client.status.get().state).toBe("live");
  expect(bench.sockets).toHaveLength(1);
});

test("N9 a sleep in the middle of the question is followed by one more", async () => {
  const bench = new Bench();
  await following(bench);
  await bench.clock.pass(33_000);
  bench.clock.sleep(60_000);
  await bench.clock.pass(0);
  expect(bench.client.status.get().state).toBe("live");
  expect(bench.socket.framesOf(PING)).toHaveLength(2);
  await bench.clock.pass(2000);
  expect(bench.client.status.get().state).toBe("waiting");
});

test("N10 MOVING: the link is used until its time, then a new one is opened at once", async () => {
  const bench = new Bench();
  await following(bench);
  bench.socket.say(hub.moving(700));
  void bench.client.topic("b").publish(1);
  await bench.clock.pass(699);
  expect(bench.socket.framesOf(PUBLISH)).toHaveLength(1);
  expect(bench.sockets).toHaveLength(1);
  bench.confirm();
  await bench.clock.pass(1);
  expect(bench.sockets).toHaveLength(2);
  expect(bench.sockets[0]!.closeCode).toBe(1000);
});

test("N10 MOVING: closed before its time, it comes back at its time", async () => {
  const bench = new Bench();
  await following(bench);
  bench.socket.say(hub.moving(5000));
  bench.socket.end(4000);
  expect(bench.client.status.get()).toMatchObject({ state: "waiting", cause: { code: "moving" } });
  await bench.clock.pass(4999);
  expect(bench.sockets).toHaveLength(1);
  await bench.clock.pass(1);
  expect(bench.sockets).toHaveLength(2);
});

test("N12 reconnect gives the link up for a new one at once", async () => {
  const bench = new Bench();
  await following(bench);
  bench.client.reconnect();
  expect(bench.sockets).toHaveLength(2);
  expect(bench.sockets[0]!.closeCode).toBe(1000);
  expect(bench.client.status.get()).toEqual({ state: "connecting", attempt: 1 });
  bench.socket.end();
  bench.client.reconnect();
  expect(bench.sockets).toHaveLength(3);
});

test("N13 a link that nothing needs is closed, and opened when it is needed again", async () => {
  const bench = new Bench({ idleMs: 5000 });
  const subscription = bench.client.topic("a").subscribe(noop);
  bench.socket.welcome();
  await turn();
  bench.grant({ sub: 1 });
  subscription.unsubscribe();
  await bench.clock.pass(5249);
  expect(bench.client.status.get().state).toBe("live");
  await bench.clock.pass(1);
  expect(bench.client.status.get()).toEqual({ state: "idle" });
  expect(bench.socket.closeCode).toBe(1000);
  expect(bench.clock.timers.size).toBe(0);
  void bench.client.ready();
  expect(bench.sockets).toHaveLength(2);
});

test("N13 with idleMs Infinity the link stays", async () => {
  const bench = new Bench({ idleMs: Infinity });
  const ready = bench.client.ready();
  bench.socket.welcome();
  await ready;
  bench.socket.say(hub.ping(1));
  await bench.clock.pass(30_000);
  bench.socket.say(hub.ping(2));
  await bench.clock.pass(30_000);
  expect(bench.client.status.get().state).toBe("live");
});

test("N14 close waits for what was sent, then closes with 1000", async () => {
  const bench = new Bench();
  const subscription = bench.client.topic("a").subscribe(noop);
  bench.socket.welcome();
  await turn();
  bench.grant({ sub: 1 });
  const published = bench.client.topic("b").publish("last");
  const closed = bench.client.close();
  expect(subscription.state.get()).toBe("ended");
  await turn();
  expect(bench.socket.framesOf(PUBLISH)).toHaveLength(1);
  expect(bench.socket.closeCode).toBeUndefined();
  bench.confirm({ offset: 9 });
  await closed;
  expect(await published).toMatchObject({ position: "5:9" });
  expect(bench.socket.closeCode).toBe(1000);
  expect(bench.client.status.get()).toEqual({ state: "closed", cause: undefined });
  expect(await bench.client.closed).toBeUndefined();
  expect(bench.clock.timers.size).toBe(0);
});

test("N14 close does not wait for ever", async () => {
  const bench = new Bench();
  await following(bench);
  const published = bench.client.topic("b").publish(1, { timeoutMs: Infinity });
  const closed = bench.client.close();
  const refused = expect(published).rejects.toMatchObject({ code: "unknown-outcome" });
  await bench.clock.pass(10_000);
  await closed;
  await refused;
});

test("N14 without a link what was not sent is refused, and after it everything is", async () => {
  const bench = new Bench();
  const published = bench.client.topic("b").publish(1);
  await Promise.all([
    bench.client.close(),
    expect(published).rejects.toMatchObject({ code: "closed" }),
  ]);
  await expect(bench.client.topic("b").publish(2)).rejects.toMatchObject({ code: "closed" });
  await expect(bench.client.ready()).rejects.toMatchObject({ code: "closed" });
  const subscription = bench.client.topic("b").subscribe();
  expect(subscription.state.get()).toBe("ended");
  await expect(subscription.ready).rejects.toMatchObject({ code: "closed" });
  await bench.client.close();
  bench.client.reconnect();
  expect(bench.sockets).toHaveLength(1);
  expect(bench.clock.timers.size).toBe(0);
});

test("N14 while it closes nothing new is taken", async () => {
  const bench = new Bench();
  await following(bench);
  void bench.client.topic("b").publish(1);
  const closed = bench.client.close();
  await expect(bench.client.topic("b").publish(2)).rejects.toMatchObject({ code: "closed" });
  expect(bench.client.topic("c").subscribe(noop).state.get()).toBe("ended");
  bench.confirm();
  await closed;
});

test("N15 aborting the signal closes at once, with the reason as cause", async () => {
  const controller = new AbortController();
  const bench = new Bench({ signal: controller.signal });
  await following(bench);
  const published = bench.client.topic("b").publish(1);
  await turn();
  controller.abort("enough");
  expect(bench.socket.closeCode).toBe(1000);
  await expect(published).rejects.toMatchObject({ code: "unknown-outcome" });
  expect(await bench.client.closed).toMatchObject({ code: "aborted", cause: "enough" });
  const late = new Bench({ signal: controller.signal });
  expect(late.client.status.get().state).toBe("closed");
});

test("N16 bytes that are no frames give the link up; frames before them stand", async () => {
  const bench = new Bench();
  const got: unknown[] = [];
  bench.client.topic("a").subscribe(({ data }) => got.push(data));
  bench.socket.welcome();
  await turn();
  bench.grant({ sub: 1 });
  bench.socket.say(hub.publication(1, 1, "x"), Uint8Array.of(0xc1), hub.publication(1, 2, "y"));
  expect(got).toEqual(["x"]);
  expect(bench.client.status.get()).toMatchObject({
    state: "waiting",
    cause: { code: "malformed" },
  });
  expect(bench.socket.closeCode).toBe(1000);
});

test("N16 a text message is no frame", async () => {
  const bench = new Bench();
  await following(bench);
  bench.socket.onmessage!({ data: "5" });
  expect(bench.client.status.get().state).toBe("waiting");
});

test("N16 frames with an unknown opcode are ignored", async () => {
  const bench = new Bench();
  await following(bench);
  bench.socket.say(Uint8Array.of(0x93, 63, 1, 0x91, 2), hub.ping(4));
  await turn();
  expect(bench.socket.framesOf(PONG)).toEqual([[PONG, 4]]);
});

test("N17 what an earlier socket still tells is not heard", async () => {
  const bench = new Bench();
  await following(bench);
  const [old] = bench.sockets;
  bench.client.reconnect();
  old!.say(hub.welcome({}, "old"));
  old!.end(4503);
  expect(bench.client.status.get()).toEqual({ state: "connecting", attempt: 1 });
});

test("N17 a new link in the middle of a message leaves the rest of it unheard", async () => {
  const bench = new Bench();
  const got: unknown[] = [];
  bench.client.topic("a").subscribe(({ data }) => {
    got.push(data);
    bench.client.reconnect();
  });
  bench.socket.welcome();
  await turn();
  bench.grant({ sub: 1 });
  bench.socket.say(hub.publication(1, 1, "x"), hub.publication(1, 2, "y"), hub.ping(1));
  expect(got).toEqual(["x"]);
  bench.socket.welcome();
  await turn();
  expect(bench.socket.frames.map(([op]) => op)).toEqual([HELLO, SUBSCRIBE]);
});

test("N17 what is no frame behind that does not touch the new link", async () => {
  const bench = new Bench();
  bench.client.topic("a").subscribe(() => bench.client.reconnect());
  bench.socket.welcome();
  await turn();
  bench.grant({ sub: 1 });
  bench.socket.say(hub.publication(1, 1, "x"), Uint8Array.of(0xc1));
  expect(bench.client.status.get()).toEqual({ state: "connecting", attempt: 1 });
});

test("N18 what one turn says leaves in one message, within the hub's bound of a batch", async () => {
  const bench = new Bench();
  const socket = await bench.welcome({ batchBytesMax: 5000 });
  for (let i = 0; i < 10; i++) void bench.client.topic("a").publish(new Uint8Array(900));
  await turn();
  expect(socket.messages.slice(1).map(({ length }) => length <= 5000)).toEqual([true, true]);
  expect(socket.framesOf(PUBLISH)).toHaveLength(10);
});

test("N18 subscriptions that do not fit one batch are asked for in several, and left so", async () => {
  const bench = new Bench();
  const subscriptions = Array.from({ length: 300 }, (_, i) =>
    bench.client.topic(`topic.${i}`).subscribe(noop),
  );
  bench.socket.welcome({ batchBytesMax: 2000 });
  await turn();
  const asked = bench.socket.framesOf(SUBSCRIBE).flatMap(([, , list]) => list as unknown[]);
  expect(asked).toHaveLength(300);
  for (const [, id, list] of bench.socket.framesOf(SUBSCRIBE))
    bench.socket.say(
      hub.granted(id as number, ...(list as unknown[]).map((_, i) => ({ sub: i + 1 }))),
    );
  for (const subscription of subscriptions) subscription.unsubscribe();
  await bench.clock.pass(250);
  const left = bench.socket.framesOf(UNSUBSCRIBE).flatMap(([, , list]) => list as unknown[]);
  expect(left).toHaveLength(300);
  expect(bench.socket.messages.every(({ length }) => length <= 2000)).toBe(true);
});

test("N5 1,000 subscriptions that were served come back by one frame, and one byte less room makes it two", async () => {
  const bench = new Bench();
  const names = Array.from({ length: 1000 }, (_, i) => `quotes.${i + 1000}`);
  for (const name of names) bench.client.topic(name).subscribe(noop);
  await bench.welcome();
  bench.grant(...names.map((_, i) => ({ sub: i + 1, head: 7 })));
  bench.client.reconnect();
  await bench.welcome();
  const [frame, ...more] = bench.socket.framesOf(SUBSCRIBE);
  expect(frame![2]).toEqual(names.map((name) => [name, [5, 7], null]));
  expect(more).toEqual([]);
  // a head of 16 bytes is counted with the entries
  const batchBytesMax = 16 + 1000 * encodePayload([names[0], [5, 7], null]).length;
  for (const [room, frames] of [
    [batchBytesMax, 1],
    [batchBytesMax - 1, 2],
  ] as const) {
    bench.client.reconnect();
    await bench.welcome({ batchBytesMax: room });
    expect(bench.socket.framesOf(SUBSCRIBE)).toHaveLength(frames);
  }
});

test("N21 a socket that cannot be made closes the client", () => {
  function impossible(): never {
    throw new Error("mixed content");
  }
  const bench = new Bench({ WebSocket: impossible as unknown as typeof WebSocket });
  const subscription = bench.client.topic("a").subscribe(noop);
  expect(bench.client.status.get()).toMatchObject({
    state: "closed",
    cause: { code: "unreachable" },
  });
  expect(subscription.state.get()).toBe("ended");
});

test("N22 ready connects, and resolves when the link is live", async () => {
  const bench = new Bench();
  const ready = bench.client.ready();
  expect(bench.sockets).toHaveLength(1);
  bench.socket.welcome();
  await ready;
  await bench.client.ready();
});

test("N22 ready ends at its time and by its signal", async () => {
  const bench = new Bench();
  const controller = new AbortController();
  const timed = expect(bench.client.ready({ timeoutMs: 500 })).rejects.toMatchObject({
    code: "timeout",
    retryable: true,
  });
  const aborted = expect(bench.client.ready({ signal: controller.signal })).rejects.toMatchObject({
    code: "aborted",
    cause: "enough",
  });
  controller.abort("enough");
  await bench.clock.pass(500);
  await Promise.all([timed, aborted]);
  await bench.clock.pass(10_000);
  expect(bench.client.status.get()).toEqual({ state: "idle" });
});

/** Time passes, and no server is there: each socket ends as a browser's does. */
async function failing(bench: Bench, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 100) {
    if (bench.client.status.get().state === "connecting") bench.socket.end();
    // oxlint-disable-next-line no-await-in-loop -- one moment after the other
    await bench.clock.pass(100);
  }
}

test("N29 what ends by its time without a link says where there was none, and why", async () => {
  const bench = new Bench();
  const { client } = bench;
  const calls = [
    client.topic("a").publish(1, { timeoutMs: 3000 }),
    client.ready({ timeoutMs: 3000 }),
    client.topic("a").latest({ timeoutMs: 3000 }),
  ];
  const errors = Promise.all(calls.map((call) => call.catch((error: unknown) => error)));
  await failing(bench, 3000);
  for (const error of await errors)
    expect(error).toMatchObject({
      code: "timeout",
      message: "no connection to ws://hub.test/: closed with 1006",
      retryable: true,
      cause: { code: "unreachable", closeCode: 1006, retryable: true },
    });
});

test("N29 the last failure counts, also while the next attempt is made, and none once it is live", async () => {
  const bench = new Bench();
  const { client } = bench;
  const first = client.ready({ timeoutMs: 2000 }).catch((error: unknown) => error);
  bench.socket.end(4007, "No keys.");
  await bench.clock.pass(2000);
  expect(client.status.get().state).toBe("connecting");
  expect(await first).toMatchObject({
    message: "no connection to ws://hub.test/: No keys.",
    cause: { code: "unavailable" },
  });
  void client.ready();
  bench.socket.welcome();
  await turn();
  const second = client
    .topic("a")
    .publish(1, { timeoutMs: 1000 })
    .catch((error: unknown) => error);
  await bench.clock.pass(1000);
  expect(await second).toMatchObject({ code: "timeout", message: "no answer in time" });
  expect(await second).not.toHaveProperty("cause.code");
});

test("N29 without a failure there is no cause", async () => {
  const bench = new Bench();
  const error = bench.client.ready({ timeoutMs: 500 }).catch((thrown: unknown) => thrown);
  await bench.clock.pass(500);
  expect(await error).toMatchObject({
    code: "timeout",
    message: "no connection to ws://hub.test/: not yet",
    cause: undefined,
  });
});
