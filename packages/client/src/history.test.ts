import { expect, test } from "vitest";
import { Bench, hub, turn } from "./fake-hub.testkit.ts";
import type { HistoryOptions } from "./history.ts";
import type { From, Position } from "./position.ts";
import type { Publication } from "./publication.ts";
import type { Diagnostic } from "./report.ts";

const READ = 6;

async function welcomed(onDiagnostic = (_told: Diagnostic): void => {}): Promise<Bench> {
  const bench = new Bench({ onDiagnostic });
  await bench.welcome();
  return bench;
}

/** What READ asked for last, without its id and topic. */
const asked = (bench: Bench): readonly unknown[] => bench.socket.framesOf(READ).at(-1)!.slice(3);

/** Answers the last READ with these offsets. */
function answer(
  bench: Bench,
  offsets: readonly number[],
  more: { epoch?: number; next?: number | null; head?: number } = {},
): void {
  const id = bench.socket.framesOf(READ).at(-1)![1] as number;
  const head = offsets.at(-1) ?? 0;
  bench.socket.say(...offsets.map((n) => hub.history(id, n, n)), hub.read(id, { head, ...more }));
}

/** Reads, and notes what comes; `end` resolves when it ends. */
function reading(bench: Bench, options?: HistoryOptions): { got: unknown[]; end: Promise<void> } {
  const got: unknown[] = [];
  const end = (async () => {
    for await (const { data } of bench.client.topic("a").history(options)) got.push(data);
  })();
  end.catch(() => {});
  return { got, end };
}

test("D22 history is read page by page, and ends with what there was when it began", async () => {
  const bench = await welcomed();
  const { got, end } = reading(bench);
  await turn();
  expect(bench.socket.framesOf(READ)).toEqual([[READ, expect.any(Number), "a", null, 1000, false]]);
  answer(bench, [3, 4], { next: 5, head: 6 });
  await turn();
  expect(asked(bench)).toEqual([[5, 5], 1000, false]);
  answer(bench, [5, 6], { next: 7, head: 9 });
  await end;
  expect(got).toEqual([3, 4, 5, 6]);
});

test("D22 a page is asked for when it is wanted", async () => {
  const bench = await welcomed();
  const entries = bench.client.topic("a").history()[Symbol.asyncIterator]();
  await turn();
  expect(bench.socket.framesOf(READ)).toEqual([]);
  const first = entries.next();
  await turn();
  answer(bench, [1], { next: 2, head: 9 });
  const publication: Publication = (await first).value;
  expect(publication).toMatchObject({ data: 1, topic: "a", position: "5:1", replayed: true });
  await turn();
  expect(bench.socket.framesOf(READ)).toHaveLength(1);
});

test.each<[string, HistoryOptions, readonly unknown[] | undefined]>([
  ["from a position on", { from: "5:7" as Position }, [[5, 8], 1000, false]],
  ["from the first that is kept", { from: "start" }, [null, 1000, false]],
  ["the first ten", { limit: 10 }, [null, 10, false]],
  ["backwards", { backwards: true }, [null, 1000, true]],
  ["backwards from a position", { from: "5:7" as Position, backwards: true }, [[5, 6], 1000, true]],
  ["the last ten backwards", { from: { last: 10 }, backwards: true }, [null, 10, true]],
  ["from now on", { from: "now" }, undefined],
  ["backwards from the first", { from: "start", backwards: true }, undefined],
  ["backwards before the first", { from: "5:1" as Position, backwards: true }, undefined],
  ["none", { limit: 0 }, undefined],
])("D22 %s", async (_name, options, expected) => {
  const bench = await welcomed();
  const { got, end } = reading(bench, options);
  await turn();
  if (expected) {
    expect(asked(bench)).toEqual(expected);
    answer(bench, []);
  }
  await end;
  expect(got).toEqual([]);
  expect(bench.socket.framesOf(READ)).toHaveLength(expected ? 1 : 0);
});

test("D22 the last n forwards, as the head tells where they begin", async () => {
  const bench = await welcomed();
  const { got, end } = reading(bench, { from: { last: 2 } });
  await turn();
  expect(asked(bench)).toEqual([null, 0, false]);
  answer(bench, [], { head: 9, next: 1 });
  await turn();
  expect(asked(bench)).toEqual([[5, 8], 1000, false]);
  answer(bench, [8, 9]);
  await end;
  expect(got).toEqual([8, 9]);
  const empty = reading(bench, { from: { last: 2 } });
  await turn();
  answer(bench, [], { epoch: 0 });
  await empty.end;
});

test("D22 the limit counts over pages, also backwards", async () => {
  const bench = await welcomed();
  const { got, end } = reading(bench, { limit: 3, backwards: true });
  await turn();
  answer(bench, [9, 8], { next: 7, head: 9 });
  await turn();
  expect(asked(bench)).toEqual([[5, 7], 1, true]);
  answer(bench, [7], { next: 6, head: 9 });
  await end;
  expect(got).toEqual([9, 8, 7]);
});

test("D22 a refusal rejects, a lost link is asked again", async () => {
  const bench = await welcomed();
  const { got, end } = reading(bench, { from: "4:7" as Position });
  await turn();
  const [, id] = bench.socket.framesOf(READ)[0]!;
  bench.socket.say(hub.history(id as number, 8, 8));
  bench.socket.end();
  await bench.clock.pass(1000);
  bench.socket.welcome();
  await turn();
  bench.socket.say(hub.refused(bench.socket.framesOf(READ)[0]![1] as number, "epoch-changed"));
  await expect(end).rejects.toMatchObject({ code: "epoch-changed", retryable: false });
  expect(got).toEqual([]);
});

test("D22 it waits for a link, its time, its signal, the end of the client", async () => {
  const bench = new Bench();
  const controller = new AbortController();
  const late = reading(bench, { timeoutMs: 50 });
  const aborted = reading(bench, { signal: controller.signal });
  const closed = reading(bench);
  await turn();
  await bench.clock.pass(50);
  await expect(late.end).rejects.toMatchObject({ code: "timeout", retryable: true });
  controller.abort();
  await expect(aborted.end).rejects.toMatchObject({ code: "aborted" });
  bench.socket.welcome();
  await turn();
  expect(bench.socket.framesOf(READ)).toHaveLength(1);
  void bench.client.close();
  await bench.clock.pass(10_000);
  await expect(closed.end).rejects.toMatchObject({ code: "closed" });
  await expect(reading(bench).end).rejects.toMatchObject({ code: "closed" });
});

test("D22 a page may take as long as it comes, each entry within the time", async () => {
  const bench = await welcomed();
  const { got, end } = reading(bench);
  await turn();
  const id = bench.socket.framesOf(READ)[0]![1] as number;
  for (let n = 1; n <= 3; n++) {
    await bench.clock.pass(9000);
    bench.socket.say(hub.history(id, n, n));
  }
  await bench.clock.pass(9000);
  answer(bench, []);
  await end;
  expect(got).toEqual([1, 2, 3]);
});

test("D22 what cannot be decoded is reported, and left out", async () => {
  const diagnostics: Diagnostic[] = [];
  const bench = await welcomed((told) => diagnostics.push(told));
  const { got, end } = reading(bench);
  await turn();
  const id = bench.socket.framesOf(READ)[0]![1] as number;
  bench.socket.say(hub.history(id, 1, 1, { encoding: 9 }), hub.history(id, 2, 2));
  answer(bench, []);
  await end;
  expect(got).toEqual([2]);
  expect(diagnostics).toMatchObject([{ kind: "undecodable", topic: "a" }]);
});

test("D22 what is no way to read is a TypeError at once", () => {
  const topic = new Bench().client.topic("a");
  const bad: [HistoryOptions, RegExp][] = [
    [{ from: "yesterday" as From }, /from must be where a can begin/u],
    [{ from: { last: -1 } }, /from must be/u],
    [{ limit: -1 }, /limit must be/u],
    [{ timeoutMs: Number.NaN }, /timeoutMs must be/u],
  ];
  for (const [options, sentence] of bad) {
    expect(() => topic.history(options)).toThrow(TypeError);
    expect(() => topic.history(options)).toThrow(sentence);
  }
  expect(() => new Bench().client.topic("a.*").history()).toThrow(TypeError);
  expect(() => new Bench().client.topic("a.*").latest()).toThrow(TypeError);
});

test("D23 latest is the last that is kept, or undefined", async () => {
  const bench = await welcomed();
  const latest = bench.client.topic("a").latest();
  await turn();
  expect(asked(bench)).toEqual([null, 1, true]);
  answer(bench, [7], { next: 6 });
  expect(await latest).toMatchObject({ data: 7, position: "5:7" });
  const none = bench.client.topic("a").latest({ timeoutMs: 100 });
  await turn();
  answer(bench, []);
  expect(await none).toBeUndefined();
  const late = bench.client.topic("a").latest({ timeoutMs: 100 });
  void bench.clock.pass(100);
  await expect(late).rejects.toMatchObject({ code: "timeout" });
});
