import { once } from "node:events";
import { connect } from "node:net";
import { filesOf, firstPair, type Pair } from "../http/certificates.testkit.ts";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Admission, type Applicant } from "./admission.ts";
import { mint, start, startKeyed } from "./keyed-hub.testkit.ts";
import { answerOf, exchange, RawClient, upgrade, upgradeHead } from "./raw-client.testkit.ts";

describe("E13 by the clock", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** Ten a second, three at once, waiting for half a second. */
  const bounds = { connectPerSecond: 10, connectBurst: 3, connectWaitMs: 500 };

  class Door {
    readonly admission = new Admission(bounds);
    readonly admitted: string[] = [];
    readonly #applicants = new Map<string, Applicant>();

    apply(...names: readonly string[]): (number | undefined)[] {
      return names.map((name) => {
        const applicant = { admit: () => void this.admitted.push(name) };
        this.#applicants.set(name, applicant);
        return this.admission.apply(applicant);
      });
    }

    leave(name: string): void {
      this.admission.leave(this.#applicants.get(name)!);
    }
  }

  test("E13 as many as the burst come in at once, the next in their order, and those that would wait too long not at all", () => {
    const door = new Door();
    expect(door.apply("a", "b", "c", "d", "e", "f", "g", "h", "i")).toEqual([
      ...Array.from({ length: 8 }, () => undefined),
      1,
    ]);
    expect(door.admitted).toEqual(["a", "b", "c"]);
    vi.advanceTimersByTime(99);
    expect(door.admitted).toHaveLength(3);
    vi.advanceTimersByTime(1);
    expect(door.admitted).toEqual(["a", "b", "c", "d"]);
    vi.advanceTimersByTime(400);
    expect(door.admitted).toEqual(["a", "b", "c", "d", "e", "f", "g", "h"]);
    vi.advanceTimersByTime(10_000);
    expect(door.apply("1", "2", "3", "4")).toEqual([undefined, undefined, undefined, undefined]);
    expect(door.admitted.slice(8)).toEqual(["1", "2", "3"]);
  });

  test("E13 the burst is whole in a process that has just started", () => {
    const admission = new Admission(
      { connectPerSecond: 1, connectBurst: 100, connectWaitMs: 0 },
      () => 0,
    );
    const admit = vi.fn<() => void>();
    for (let i = 0; i < 100; i++) expect(admission.apply({ admit })).toBeUndefined();
    expect(admission.apply({ admit })).toBe(1);
    expect(admit).toHaveBeenCalledTimes(100);
  });

  test("E13 who goes away while it waits leaves its turn to those behind", () => {
    const door = new Door();
    door.apply("a", "b", "c", "d", "e", "f", "g", "h");
    for (const name of ["d", "e", "f", "g"]) door.leave(name);
    expect(door.apply("i", "j", "k", "l", "m")).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      1,
    ]);
    vi.advanceTimersByTime(100);
    expect(door.admitted).toEqual(["a", "b", "c", "h"]);
    vi.advanceTimersByTime(100);
    expect(door.admitted.at(-1)).toBe("i");
    for (const name of ["j", "k", "l"]) door.leave(name);
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(10_000);
    expect(door.admitted).toHaveLength(5);
  });

  test("E13 when the hub stops, all that wait have their turn at once", () => {
    const door = new Door();
    door.apply("a", "b", "c", "d", "e");
    door.admission.stop();
    expect(door.admitted).toEqual(["a", "b", "c", "d", "e"]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("E13", () => {
  /** Two at once, and the next one in many seconds. */
  const limits = { connectPerSecond: 1, connectBurst: 2, connectWaitMs: 60_000 };

  test("E13 above the burst an upgrade waits, and a client that goes away meanwhile leaves nothing", async () => {
    const { hub, url, port } = await startKeyed({ limits });
    const token = await mint();
    await Promise.all([RawClient.join(url, { token }), RawClient.join(url, { token })]);
    const waiting = Array.from({ length: 20 }, () => connect(port, "127.0.0.1"));
    for (const socket of waiting) socket.write(upgradeHead("/"));
    await expect.poll(() => hub.stats().connections).toBe(22);
    expect(hub.stats().sessions).toBe(2);
    for (const [i, socket] of waiting.entries())
      if (i % 3 === 0) socket.destroy();
      else if (i % 3 === 1) socket.resetAndDestroy();
      else socket.end();
    await expect.poll(() => hub.stats().connections).toBe(2);
  });

  test("E13 what a waiting client has sent too early is there when its turn comes", async () => {
    const { hub, url, port } = await startKeyed({
      limits: { connectPerSecond: 20, connectBurst: 1 },
    });
    const [, received] = await Promise.all([
      RawClient.join(url, { token: await mint() }),
      // a masked ping with the payload "hi"
      exchange(port, `${upgradeHead("/")}\u0089\u0082\0\0\0\0hi`, "\u008A\u0002hi"),
    ]);
    expect(answerOf(received).status).toBe(101);
    await expect.poll(() => hub.stats().connections).toBe(1);
  });

  test.each([
    ["", {}],
    ["over TLS ", { tls: firstPair }],
  ])(
    "E13 %sall that wait come in, and one that goes away meanwhile does not",
    async (_name, { tls }: { tls?: Pair }) => {
      const { hub, url } = await startKeyed({
        ...(tls && { tls: filesOf(tls) }),
        limits: { connectPerSecond: 50, connectBurst: 1, subjectConnectionsMax: 100 },
      });
      const token = await mint();
      const gone = new RawClient(url, "fanwire.1", { ca: firstPair.cert });
      const joined = Array.from({ length: 12 }, () =>
        RawClient.join(url, { token, ca: firstPair.cert }),
      );
      gone.ws.terminate();
      await Promise.all([gone.closed, ...joined]);
      await expect.poll(() => hub.stats().connections).toBe(12);
      expect(hub.stats()).toMatchObject({ connections: 12, sessions: 12, limited: {} });
    },
  );

  test("E13 who would wait too long gets 503 with Retry-After", async () => {
    const { hub, port } = await startKeyed({ limits: { ...limits, connectWaitMs: 0 } });
    const answers = await Promise.all(Array.from({ length: 30 }, () => upgrade(port)));
    const refused = answers.filter(({ status }) => status !== 101);
    expect(refused.length).toBeGreaterThan(0);
    for (const answer of refused)
      expect(answer).toMatchObject({
        status: 503,
        headers: { "retry-after": "1" },
        body: "New connections come too fast; try again later.\n",
      });
    await expect
      .poll(() => hub.stats())
      .toMatchObject({ connections: 0, limited: { connectPerSecond: refused.length } });
  });

  test("E13 a hub that stops sends away who waits, at once", async () => {
    const { hub, port } = await startKeyed({ limits });
    const waiting = Array.from({ length: 30 }, () => upgrade(port));
    await expect.poll(() => hub.stats().connections).toBeGreaterThanOrEqual(28);
    await hub.close(0);
    const refused = (await Promise.all(waiting)).filter(({ status }) => status !== 101);
    expect(refused.length).toBeGreaterThan(0);
    for (const answer of refused)
      expect(answer).toMatchObject({
        status: 503,
        body: "The hub is stopping; connect again.\n",
      });
    expect(hub.stats().connections).toBe(0);
  });

  test("E13 without keys nobody waits", async () => {
    const { url } = await start({ limits: { ...limits, connectWaitMs: 0 } });
    await Promise.all(Array.from({ length: 10 }, () => RawClient.join(url)));
  });

  test("E13 a request that is refused for another reason takes no turn", async () => {
    const { port, url } = await startKeyed({ limits: { ...limits, connectWaitMs: 0 } });
    for (let i = 0; i < 5; i++) expect((await upgrade(port, "/?token=x", {})).status).toBe(401);
    const token = await mint();
    const client = await RawClient.join(url, { token });
    client.ws.close();
    await once(client.ws, "close");
  });
});
