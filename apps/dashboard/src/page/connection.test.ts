import type { Client, ClientError, Status } from "@fanwire/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { HubClock } from "../clock/hub-clock.ts";
import { Connection } from "./connection.ts";
import { linkWords } from "./data/link.ts";
import { News } from "./data/news.ts";

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
  const badge = () => linkWords(connection.link.get()).shown;
  const said = () => news.item.get()?.sentence;
  return { connection, set, badge, said, lost, ordered, reconnect };
}

test("a connection that is lost breaks the lines, and its return tells what was missed", () => {
  const { connection, set, badge, said, lost } = page();
  set(live);
  connection.counted(100);
  expect(badge()).toBe("Live");
  set(waiting(2_000));
  expect(lost).toHaveBeenCalledOnce();
  expect(badge()).toBe("Retry in 2 s");
  expect(said()).toBe("The connection was lost. It comes back by itself.");
  vi.advanceTimersByTime(3_000);
  set(live);
  connection.counted(131);
  expect(said()).toBe("Back after 3.0 s. 30 publications missed.");
  expect(connection.lastCutMs.get()).toBe(3_000);
});

test("without a publisher the return is told without a count", () => {
  const { set, said } = page();
  set(live);
  set(waiting(100));
  vi.advanceTimersByTime(4_000);
  set(live);
  vi.advanceTimersByTime(1_500);
  expect(said()).toBe("Back after 4.0 s.");
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
  connection.heard(performance.timeOrigin + performance.now() - 1_400);
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
