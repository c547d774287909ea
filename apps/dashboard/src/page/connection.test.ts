import type { Client, ClientError, Gap, Status, Subscription } from "@fanwire/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { HubClock } from "../clock/hub-clock.ts";
import { Connection } from "./connection.ts";
import type { Followed } from "./data/gaps.ts";
import { linkWords } from "./data/link.ts";
import { News } from "./data/news.ts";
import { Value } from "./store.ts";

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("document", { hidden: false });
});
const endings: (() => void)[] = [];
afterEach(() => {
  endings.splice(0).forEach((end) => end());
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const live: Status = { state: "live", session: "s" };
const cause = Object.assign(new Error("The hub cannot be reached."), {
  code: "unreachable",
}) as ClientError;
const waiting = (ms: number): Status => ({
  state: "waiting",
  attempt: 1,
  retryAt: Date.now() + ms,
  cause,
});

/** The page's connection, over a client whose status is set by hand. */
function page(answer: () => Promise<Response> = async () => new Response(null, { status: 204 })) {
  let status: Status = { state: "connecting", attempt: 1 };
  const runs: ((status: Status) => void)[] = [];
  const reconnect = vi.fn();
  const client = {
    status: {
      get: () => status,
      subscribe(run: (status: Status) => void) {
        runs.push(run);
        return () => undefined;
      },
    },
    reconnect,
  } as unknown as Client;
  const ordered = vi.fn(answer);
  vi.stubGlobal("fetch", ordered);
  const news = new News();
  const connection = new Connection(client, new HubClock(client, "page.a.clock"), news, "a");
  const lost = vi.fn();
  endings.push(connection.start(lost));
  const set = (next: Status): void => {
    status = next;
    for (const run of runs) run(next);
  };
  /** Something to follow, whose state and gaps are set by hand. */
  const follow = (followed: Followed) => {
    const state = new Value<"live" | "replaying" | "interrupted" | "ended">("live");
    const told: ((gap: Gap) => void)[] = [];
    const on = (_: "gap", run: (gap: Gap) => void) => void told.push(run);
    connection.follow({ state, on } as unknown as Subscription<unknown>, followed);
    return { state, gap: (gap: Gap) => told.forEach((run) => run(gap)) };
  };
  const badge = () => linkWords(connection.link.get()).shown;
  const said = () => news.item.get()?.sentence;
  return { connection, set, badge, said, lost, ordered, reconnect, follow };
}

const host: Followed = { name: "host.a.**", topics: () => 5, isCharted: true };
const board: Followed = { name: "board.*", topics: () => 1, isCharted: false };
const someGap: Gap = { topic: undefined, missed: undefined, next: undefined, reason: "unknown" };
const hubNow = () => performance.timeOrigin + performance.now();

test("a connection that is lost is told, and so is what comes back with it", () => {
  const { connection, set, badge, said, lost, follow } = page();
  set(live);
  const figures = follow(host);
  connection.counted(100);
  expect(badge()).toBe("Live");
  figures.state.set("interrupted");
  set(waiting(2_000));
  expect(lost).toHaveBeenCalledOnce();
  expect(badge()).toBe("Retry in 2 s");
  expect(said()).toBe("The connection was lost. It comes back by itself.");
  vi.advanceTimersByTime(3_000);
  set(live);
  expect(badge()).toBe("Catching up");
  figures.state.set("replaying");
  for (let n = 101; n <= 130; n++) {
    connection.heard({ time: hubNow() - 2_500, replayed: true });
    connection.counted(n);
  }
  expect(badge()).toBe("Catching up");
  expect(connection.lastCut.get()).toEqual({ ms: 3_000, replayed: undefined });
  figures.state.set("live");
  expect(badge()).toBe("Live");
  expect(said()).toBe("Back after 3.0 s. 30 publications replayed, gap 0, same epoch.");
  expect(connection.lastCut.get()).toEqual({ ms: 3_000, replayed: 30 });
  expect(connection.wire.cuts()[0]?.outcome).toEqual({ replayed: 30, gap: undefined });
  connection.counted(131);
  expect(connection.missed.gaps).toBe(0);
});

test("before anything is followed the return is told without a count", () => {
  const { set, said } = page();
  set(live);
  set(waiting(100));
  vi.advanceTimersByTime(4_000);
  set(live);
  expect(said()).toBe("Back after 4.0 s.");
});

test("after the hub was killed each part says what is left of it", async () => {
  const { connection, set, badge, said, ordered, follow } = page();
  set(live);
  const [figures, drawing] = [follow(host), follow(board)];
  connection.counted(7);
  await connection.kill();
  expect(ordered).toHaveBeenCalledWith("/dev/kill", { method: "POST" });
  set(waiting(100));
  expect(said()).toBe("You killed the hub. It is started again.");
  for (const { state } of [figures, drawing]) state.set("interrupted");
  vi.advanceTimersByTime(1_000);
  set(live);
  drawing.state.set("live");
  figures.state.set("replaying");
  figures.gap(someGap);
  figures.state.set("live");
  expect(badge()).toBe("Live");
  expect(said()).toBe(
    "Back after 1.0 s. host.a.**: 5 topics, some not kept. board.*: gap 0, same epoch.",
  );
  connection.counted(40);
  expect(connection.missed.gaps).toBe(1);
  expect(connection.wire.cuts()[0]?.outcome?.gap).toBe("5 topics, some not kept");
  // the next cut is none of that
  set(waiting(100));
  set(live);
  expect(connection.wire.cuts().map(({ killed }) => killed)).toEqual([true, undefined]);
});

test("a hub that nobody kills is told", async () => {
  const { connection, set, said } = page(async () => new Response(null, { status: 503 }));
  await connection.kill();
  set(live);
  await connection.kill();
  expect(said()).toBe("Nothing was killed: the server of this page did not answer.");
  set(waiting(100));
  vi.advanceTimersByTime(2_000);
  expect(said()).toBe("The connection was lost. It comes back by itself.");
});

test("a second cut in the middle of a return begins the return anew", () => {
  const { connection, set, badge, said, follow } = page();
  set(live);
  const figures = follow(host);
  figures.state.set("interrupted");
  set(waiting(100));
  vi.advanceTimersByTime(1_000);
  set(live);
  figures.state.set("replaying");
  figures.state.set("interrupted");
  set(waiting(100));
  expect(badge()).toBe("Retry in 1 s");
  vi.advanceTimersByTime(2_000);
  set(live);
  figures.state.set("live");
  vi.advanceTimersByTime(2_000);
  expect(said()).toBe("Back after 2.0 s. 0 publications replayed, gap 0, same epoch.");
  expect(connection.wire.cuts().map(({ outcome }) => outcome?.gap)).toEqual([undefined, undefined]);
  expect(connection.wire.cuts().every(({ outcome }) => outcome)).toBe(true);
});

test("what ended for good is not waited for", () => {
  const { set, badge, follow } = page();
  set(live);
  const figures = follow(host);
  figures.state.set("interrupted");
  set(waiting(100));
  set(live);
  expect(badge()).toBe("Catching up");
  figures.state.set("ended");
  expect(badge()).toBe("Live");
});

test("a gap without a cut is told once for all its topics, and opens the wire where it was", () => {
  const { connection, set, badge, said, follow } = page();
  set(live);
  const figures = follow(host);
  vi.advanceTimersByTime(5_000);
  const last = hubNow() - 1_000;
  connection.heard({ time: last, replayed: false });
  const lagging = { next: undefined, reason: "lagging" } as const;
  figures.gap({ ...lagging, topic: "host.a.load", missed: 30 });
  figures.gap({ ...lagging, topic: "host.a.memory", missed: 7 });
  vi.advanceTimersByTime(250);
  expect(said()).toBe("host.a.**: 2 topics, 37 not kept (this page was too slow).");
  expect(badge()).toBe("Live");
  expect(connection.missed.gaps).toBe(1);
  expect(connection.wire.cuts()).toEqual([
    {
      from: last,
      to: expect.closeTo(hubNow(), -2) as number,
      outcome: { replayed: undefined, gap: "2 topics, 37 not kept" },
    },
  ]);
});

test("a cut of ten seconds is ordered for this page, counted down, and ended on time", async () => {
  const { connection, set, badge, said, ordered, reconnect } = page();
  set(live);
  await connection.cut(10_000);
  expect(ordered).toHaveBeenCalledWith("/dev/cut?page=a&ms=10000", { method: "POST" });
  set(waiting(300));
  expect(said()).toBe("You cut this connection.");
  expect(badge()).toBe("Back in 10 s");
  vi.advanceTimersByTime(4_500);
  expect(badge()).toBe("Back in 6 s");
  expect(reconnect).not.toHaveBeenCalled();
  vi.advanceTimersByTime(5_600);
  expect(reconnect).toHaveBeenCalledOnce();
  set(live);
  expect(badge()).toBe("Live");
  expect(connection.wire.cuts()).toHaveLength(1);
});

test("a cut that nobody carries out is told, and changes nothing", async () => {
  const { connection, set, said, badge } = page(async () => new Response(null, { status: 500 }));
  set(live);
  await connection.cut(0);
  expect(said()).toBe("Nothing was cut: the server of this page did not answer.");
  expect(badge()).toBe("Live");
});

test("while there is no connection there is nothing to cut", async () => {
  const { connection, ordered } = page();
  await connection.cut(0);
  expect(ordered).not.toHaveBeenCalled();
});

test("publications that come late are told on the badge", () => {
  const { connection, set, badge } = page();
  set(live);
  connection.heard({ time: hubNow() - 1_400, replayed: false });
  vi.advanceTimersByTime(250);
  expect(badge()).toBe("Behind 1.4 s");
});

test("a refusal is told at once, in the hub's own sentence", () => {
  const { set, badge, said } = page();
  set(live);
  const forbidden = Object.assign(new Error("This token may not read host.**."), {
    code: "forbidden",
  }) as ClientError;
  set({ state: "closed", cause: forbidden });
  expect(badge()).toBe("Access denied");
  expect(said()).toBe("This token may not read host.**.");
});
