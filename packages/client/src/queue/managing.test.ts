import { encodePayload, type EnvelopeValue } from "@fanwire/protocol";
import { batch } from "@fanwire/testkit";
import { expect, expectTypeOf, test } from "vitest";
import { hub, turn } from "../fake-hub.testkit.ts";
import { type JobReport, queues } from "./queue.ts";
import { jobs, op, QueueBench, recordOf } from "./queue-hub.testkit.ts";

const SUBSCRIBE = 3;
const UNSUBSCRIBE = 4;

test("QC18 a job that is sent can be followed by its id, and what it is now is asked for on each link", async () => {
  const bench = new QueueBench();
  await bench.welcome();
  const told: unknown[] = [];
  const reports = bench.q.follow("a b");
  const asked = (): unknown[] => bench.said(SUBSCRIBE).flatMap(([entries]) => entries);
  for (let link = 0; link < 2; link++) {
    // oxlint-disable-next-line no-await-in-loop -- link by link
    await turn();
    bench.grant({ sub: 1, epoch: null, head: null });
    // oxlint-disable-next-line no-await-in-loop -- link by link
    await turn();
    expect(asked()).toEqual([
      ["$job.a%20b.*", null, null],
      ["$job.a%20b.state", null, null],
    ]);
    bench.grant({ sub: 2, head: 0 });
    bench.socket.say(
      hub.patternPublication(1, "$job.a%20b.state", link + 1, {
        queue: "q",
        seq: 4,
        state: "leased",
      }),
    );
    // oxlint-disable-next-line no-await-in-loop -- link by link
    await bench.clock.pass(0);
    expect(bench.said(UNSUBSCRIBE)).toEqual([[["$job.a%20b.state"]]]);
    // oxlint-disable-next-line no-await-in-loop -- link by link
    const { value } = await reports[Symbol.asyncIterator]().next();
    told.push([value!.topic, value!.data]);
    bench.client.reconnect();
    bench.socket.welcome();
  }
  const report = ["$job.a%20b.state", { queue: "q", seq: 4, state: "leased" }];
  expect(told).toEqual([report, report]);
});

test("QC18 what is told of a job is one of a closed set, as the hub names it", () => {
  expectTypeOf<JobReport["state"]>().toEqualTypeOf<
    | "storing"
    | "delayed"
    | "ready"
    | "leased"
    | "settling"
    | "moving"
    | "failed"
    | "dead"
    | "done"
    | "expired"
    | "dropped"
    | "purged"
    | "gone"
  >();
});

test("QC19 queues are declared, bound, held and emptied", async () => {
  const bench = new QueueBench();
  await bench.welcome();
  const { manage } = bench.q;
  const declared = manage.declare(
    { agingMs: Infinity, backoffJitter: 0.25, maxProcessingMs: null, overflow: "drop-oldest" },
    { alter: true, features: ["groups"] },
  );
  await turn();
  bench.socket.say(
    jobs.managed(bench.idOf(op.MANAGE), {
      settings: new Map([["leaseMs", 500]]),
      changed: new Map([["leaseMs", 30_000]]),
    }),
  );
  expect(await declared).toEqual({ settings: { leaseMs: 500 }, changed: { leaseMs: 30_000 } });
  for (const call of [
    () => manage.bind("lights.*", { from: { last: 5 }, priority: 2, group: "g" }),
    () => manage.bind("lights.a", { from: "start" }),
    () => manage.bind("lights.a", { from: "5:2" as never }),
    () => manage.unbind("lights.*"),
    () => manage.pause(),
    () => manage.resume(),
  ]) {
    const done = call();
    // oxlint-disable-next-line no-await-in-loop -- one by one
    await turn();
    bench.socket.say(jobs.managed(bench.idOf(op.MANAGE), null));
    // oxlint-disable-next-line no-await-in-loop -- one by one
    expect(await done).toBeUndefined();
  }
  const emptied: readonly [() => Promise<number>, string][] = [
    [() => manage.purge(3), "purged"],
    [() => manage.delete(4), "deleted"],
    [() => manage.redrive({ to: "other", max: 2 }), "redriven"],
  ];
  for (const [i, [call, name]] of emptied.entries()) {
    const done = call();
    // oxlint-disable-next-line no-await-in-loop -- one by one
    await turn();
    bench.socket.say(jobs.managed(bench.idOf(op.MANAGE), { [name]: i }));
    // oxlint-disable-next-line no-await-in-loop -- one by one
    expect(await done).toBe(i);
  }
  expect(
    bench.said(op.MANAGE).map(([verb, name, args]) => [verb, name, args && recordOf(args)]),
  ).toEqual([
    [
      "declare",
      "q",
      {
        agingMs: -1,
        backoffJitterPercent: 25,
        maxProcessingMs: null,
        overflow: "drop-oldest",
        alter: true,
        features: ["groups"],
      },
    ],
    ["bind", "q", { pattern: "lights.*", from: 5, priority: 2, group: "g" }],
    ["bind", "q", { pattern: "lights.a", from: [0, 0] }],
    ["bind", "q", { pattern: "lights.a", from: [5, 2] }],
    ["unbind", "q", { pattern: "lights.*" }],
    ["pause", "q", null],
    ["resume", "q", null],
    ["purge", "q", { depth: 3 }],
    ["delete", "q", { depth: 4 }],
    ["redrive", "q", { to: "other", max: 2 }],
  ]);
});

test("QC19 what a lost link left unanswered is asked again, unless twice is more than once", async () => {
  const bench = new QueueBench();
  await bench.welcome();
  const stats = bench.q.manage.stats();
  const purged = expect(bench.q.manage.purge(1)).rejects.toMatchObject({ code: "unknown-outcome" });
  await turn();
  await bench.comeBack();
  await purged;
  expect(bench.said(op.MANAGE)).toEqual([["stats", "q", null]]);
  bench.socket.say(
    jobs.managed(bench.idOf(op.MANAGE), { stats: encodePayload({ ready: 4, residual: 0.5 }) }),
  );
  expect(await stats).toEqual({ ready: 4, residual: 0.5 });
  const refused = bench.q.manage.pause();
  await turn();
  bench.socket.say(hub.refused(bench.idOf(op.MANAGE), "forbidden"));
  await expect(refused).rejects.toMatchObject({ code: "forbidden", message: "Because." });
});

test("QC19 jobs are looked at, page by page, with their data where it is wanted", async () => {
  const bench = new QueueBench();
  await bench.welcome();
  const looked = bench.q.manage.look("dead", { from: 3, limit: 2, payload: true });
  await turn();
  const [verb, , args] = bench.said(op.MANAGE)[0]!;
  expect([verb, recordOf(args)]).toEqual([
    "look",
    { state: "dead", from: 3, limit: 2, payload: true },
  ]);
  const dead = new Map<string, EnvelopeValue>([
    ["seq", 3],
    ["state", "dead"],
  ]);
  const meta = { h: { x: "1" } };
  const tail = (encoding: number): Uint8Array =>
    batch(...[99, "ada", encoding, meta, Uint8Array.of(5)].map(encodePayload));
  bench.socket.say(
    jobs.managed(bench.idOf(op.MANAGE), {
      jobs: [dead, new Map([...dead, ["tail", tail(3)]]), new Map([...dead, ["tail", tail(14)]])],
      next: 6,
      now: 100,
    }),
  );
  const job = { seq: 3, state: "dead" };
  const sent = { time: 99, from: "ada", headers: { x: "1" } };
  expect(await looked).toEqual({
    jobs: [job, { ...job, ...sent, data: 5 }, { ...job, ...sent, data: undefined }],
    next: 6,
    now: 100,
  });
  const last = bench.q.manage.look("ready");
  await turn();
  bench.socket.say(jobs.managed(bench.idOf(op.MANAGE), { jobs: [], next: null, now: 5 }));
  expect(await last).toEqual({ jobs: [], next: undefined, now: 5 });
});

test("QC19 the queues that may be managed are listed", async () => {
  const bench = new QueueBench();
  await bench.welcome();
  const listed = queues(bench.client);
  await turn();
  expect(bench.said(op.MANAGE)).toEqual([["list", "", new Map([["limit", 400]])]]);
  bench.socket.say(jobs.managed(bench.idOf(op.MANAGE), { a: 4, b: 0 }));
  expect(await listed).toEqual([
    { name: "a", depth: 4 },
    { name: "b", depth: 0 },
  ]);
});

test("QC19 a list of many queues is asked for page by page, each behind the last name", async () => {
  const bench = new QueueBench();
  await bench.welcome();
  const listed = queues(bench.client);
  await turn();
  const names = Array.from({ length: 401 }, (_, i) => `${1000 + i}`);
  const page = (some: readonly string[]): Record<string, EnvelopeValue> =>
    Object.fromEntries(some.map((name) => [name, 1]));
  bench.socket.say(jobs.managed(bench.idOf(op.MANAGE), page(names.slice(0, 400).toReversed())));
  await turn();
  expect(bench.said(op.MANAGE).map(([, , args]) => recordOf(args))).toEqual([
    { limit: 400 },
    { after: "1399", limit: 400 },
  ]);
  bench.socket.say(jobs.managed(bench.idOf(op.MANAGE), page(names.slice(400))));
  expect((await listed).map(({ name }) => name)).toEqual(names);
});
