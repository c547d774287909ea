import { expect, test } from "vitest";
import type { Gap, Subscription } from "@fanwire/client";
import { Value } from "../store.ts";
import { look } from "./look.ts";
import { Sheet } from "./sheet.ts";
import { runsOf } from "./sending.ts";
import { Whole } from "./whole.ts";

/** A subscription, as far as it is listened to here. */
function tells() {
  const state = new Value("pending");
  const gaps = new Set<(gap: Partial<Gap>) => void>();
  const on = (_: string, run: (gap: Partial<Gap>) => void) => gaps.add(run);
  return {
    state,
    gap: () => gaps.forEach((run) => run({})),
    subscription: { state, on } as unknown as Subscription<unknown>,
  };
}

function watched() {
  const looks: { signal: AbortSignal; done: () => void; failed: (error: unknown) => void }[] = [];
  const news: unknown[] = [];
  const whole = new Whole({
    look: (signal) =>
      new Promise((done, failed) => {
        looks.push({ signal, done, failed });
      }),
    whole: (isFirst) => news.push(isFirst),
    failed: (error) => news.push(error),
  });
  return { whole, looks, news };
}
const settled = () => new Promise((done) => setImmediate(done));

test("the queue is looked at when all that tells of it is live", async () => {
  const { whole, looks, news } = watched();
  const [a, b] = [tells(), tells()];
  whole.follow([a.subscription, b.subscription]);
  a.state.set("live");
  expect(looks).toHaveLength(0);
  b.state.set("live");
  expect(looks).toHaveLength(1);
  expect(whole.is.get()).toBe(false);
  looks[0]!.done();
  await settled();
  expect(whole.is.get()).toBe(true);
  expect(news).toEqual([true]);
  // a return without a gap is no reason to look again
  b.state.set("interrupted");
  b.state.set("live");
  expect(looks).toHaveLength(1);
});

test("a gap is one, also in the middle of a look", async () => {
  const { whole, looks, news } = watched();
  const a = tells();
  whole.follow([a.subscription]);
  a.state.set("live");
  a.gap();
  expect(looks[0]!.signal.aborted).toBe(true);
  looks[0]!.failed(new Error("aborted"));
  await settled();
  expect(looks).toHaveLength(2);
  looks[1]!.done();
  await settled();
  expect(news).toEqual([true]);
  a.gap();
  expect(whole.is.get()).toBe(false);
  looks[2]!.done();
  await settled();
  expect(news).toEqual([true, false]);
});

test("a look that fails is told, and tried again when asked to", async () => {
  const { whole, looks, news } = watched();
  const a = tells();
  whole.follow([a.subscription]);
  a.state.set("live");
  const error = new Error("no");
  looks[0]!.failed(error);
  await settled();
  expect([news, whole.is.get()]).toEqual([[error], false]);
  whole.try();
  expect(looks).toHaveLength(2);
});

test("a look goes through all states, page by page, in the order in which jobs go on", async () => {
  const asked: string[] = [];
  const sheet = new Sheet();
  sheet.sending({ batch: "a", mix: [0, 3, 0], anew: true }, 0);
  sheet.sent({ batch: "a", refused: [] });
  const job = (n: number, state: string) => ({ id: `a-${n}`, seq: n, state, failures: 0 });
  const pages: Readonly<Record<string, object>> = {
    "ready 0": { jobs: [job(0, "ready")], next: 2 },
    "ready 2": { jobs: [job(1, "ready"), { seq: 9, state: "ready" }] },
  };
  const manage = {
    look(state: string, { from }: { from: number }) {
      asked.push(`${state} ${from}`);
      return Promise.resolve(pages[`${state} ${from}`] ?? { jobs: [] });
    },
  };
  await look({ manage } as never, sheet, new AbortController().signal);
  expect(asked).toEqual([
    "storing 0",
    "delayed 0",
    "ready 0",
    "ready 2",
    "leased 0",
    "settling 0",
    "dead 0",
  ]);
  expect(sheet.jobs.map(({ stand }) => stand)).toEqual(["ready", "ready", "gone"]);
});

test("what was refused is written down in runs", () => {
  const error = new Error("no") as never;
  const outcomes = [{}, { error }, { error }, {}, { error }];
  expect(runsOf(outcomes as never)).toEqual([
    [1, 2],
    [4, 4],
  ]);
  expect(runsOf([])).toEqual([]);
});

test("what is not to be known any more is not looked at again, and a look that is under way is told of no more", async () => {
  const { whole, looks, news } = watched();
  const told = tells();
  whole.follow([told.subscription]);
  told.state.set("live");
  looks[0]!.done();
  await settled();
  expect(whole.is.get()).toBe(true);
  told.gap();
  whole.end();
  looks[1]!.done();
  await settled();
  told.gap();
  whole.try();
  expect(looks).toHaveLength(2);
  expect(news).toEqual([true]);
  expect(whole.is.get()).toBe(false);
});
