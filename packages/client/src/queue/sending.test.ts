import { errorCodes } from "@fanwire/protocol";
import { expect, test } from "vitest";
import { hub, turn } from "../fake-hub.testkit.ts";
import { queue } from "./queue.ts";
import { jobs, op, QueueBench, recordOf } from "./queue-hub.testkit.ts";

const RATE_LIMITED = errorCodes["rate-limited"].code;

async function live(limits?: Readonly<Record<string, number>>): Promise<QueueBench> {
  const bench = new QueueBench();
  await bench.welcome(limits);
  return bench;
}

/** The ids of the jobs that were sent on this link. */
const idsOf = (bench: QueueBench): unknown[] =>
  bench.said(op.SEND).map(([, options]) => recordOf(options)["id"]);

test("QC1 a job leaves at the end of the turn, and resolves with what the hub says of it", async () => {
  const bench = await live();
  const sent = bench.q.send({ n: 1 }, { id: "one" });
  await turn();
  expect(bench.said(op.SEND)).toEqual([
    ["q", new Map([["id", "one"]]), 3, null, Uint8Array.of(0x81, 0xa1, 0x6e, 1)],
  ]);
  bench.socket.say(jobs.sent(bench.idOf(op.SEND), 9, true));
  expect(await sent).toEqual({ seq: 9, id: "one", duplicate: true });
});

test("QC1 what is asked for beside the data stands in the frame, in whole milliseconds", async () => {
  const bench = await live();
  void bench.q.send(1, { id: "a", priority: 9, delayMs: 1.5, ttlMs: 20.1, group: "g" });
  void bench.q.send(2, { id: "b", at: new Date(1_800_000_000_000), headers: { x: "1" } });
  await turn();
  const [first, second] = bench.said(op.SEND);
  expect(recordOf(first![1])).toEqual({ id: "a", priority: 9, delayMs: 2, group: "g" });
  expect(recordOf(first![3])).toEqual({ ttl: 21 });
  expect(recordOf(second![1])).toEqual({ id: "b", at: 1_800_000_000_000 });
  expect(recordOf(second![3])).toEqual({ h: new Map([["x", "1"]]) });
});

test("QC1 without an id each job has one of chance", async () => {
  const bench = await live();
  const sent = bench.q.send(1);
  void bench.q.send(1);
  await turn();
  const [first, second] = idsOf(bench);
  expect(first).toMatch(/^[\da-f]{32}$/u);
  expect(second).not.toBe(first);
  const [[, id]] = bench.socket.framesOf(op.SEND) as [[number, number]];
  bench.socket.say(jobs.sent(id, 1));
  expect((await sent).id).toBe(first);
});

test("QC2 what a lost link left unanswered is sent again under the same id, before what came later", async () => {
  const bench = await live();
  const first = bench.q.send(1);
  await turn();
  const [id] = idsOf(bench);
  bench.socket.end();
  void bench.q.send(2, { id: "later" });
  await bench.clock.pass(1000);
  await bench.welcome();
  expect(idsOf(bench)).toEqual([id, "later"]);
  const [[, again]] = bench.socket.framesOf(op.SEND) as [[number, number]];
  bench.socket.say(jobs.sent(again, 5, true));
  expect(await first).toMatchObject({ seq: 5, duplicate: true });
});

test("QC2 a client that is closed before the answer does not know; what was not sent it does", async () => {
  const bench = await live();
  const sent = bench.q.send(1);
  await turn();
  bench.socket.end();
  const unsent = bench.q.send(2);
  await Promise.all([
    expect(sent).rejects.toMatchObject({ code: "unknown-outcome", retryable: true }),
    expect(unsent).rejects.toMatchObject({ code: "closed" }),
    bench.client.close(),
  ]);
});

test("QC3 what the hub refuses for now is sent again after its delay, and a new link does not wait", async () => {
  const bench = await live();
  const sent = bench.q.send(1, { id: "a", timeoutMs: 60_000 });
  await turn();
  bench.socket.say(hub.refused(bench.idOf(op.SEND), "rate-limited", 700));
  await bench.clock.pass(699);
  expect(idsOf(bench)).toEqual(["a"]);
  await bench.clock.pass(1);
  expect(idsOf(bench)).toEqual(["a", "a"]);
  // no delay is told: half of 1 s, then of 2 s
  bench.socket.say(hub.refused(bench.idOf(op.SEND), "internal"));
  await bench.clock.pass(500);
  expect(idsOf(bench)).toHaveLength(3);
  bench.socket.say(hub.refused(bench.idOf(op.SEND), "draining", 50_000));
  await bench.comeBack();
  expect(idsOf(bench)).toEqual(["a"]);
  bench.socket.say(jobs.sent(bench.idOf(op.SEND), 3));
  expect(await sent).toMatchObject({ seq: 3, duplicate: false });
});

test("QC3 it ends at its time, with the last refusal as its cause, and by its signal", async () => {
  const bench = await live();
  const controller = new AbortController();
  const late = expect(bench.q.send(1, { timeoutMs: 100 })).rejects.toMatchObject({
    code: "timeout",
    cause: { code: "rate-limited" },
  });
  const aborted = expect(bench.q.send(2, { signal: controller.signal })).rejects.toMatchObject({
    code: "aborted",
  });
  await turn();
  const [[, id]] = bench.socket.framesOf(op.SEND) as [[number, number]];
  bench.socket.say(hub.refused(id, "rate-limited", 90));
  controller.abort();
  await bench.clock.pass(100);
  await Promise.all([late, aborted]);
  await bench.clock.pass(60_000);
  expect(bench.said(op.SEND)).toHaveLength(3);
});

test.each(["queue-full", "storage-full", "not-found", "conflict", "forbidden"] as const)(
  "QC3 %s is told at once",
  async (name) => {
    const bench = await live();
    const sent = bench.q.send(1);
    await turn();
    bench.socket.say(hub.refused(bench.idOf(op.SEND), name, 250));
    await expect(sent).rejects.toMatchObject({
      name: "ClientError",
      code: name,
      message: "Because.",
      retryAfterMs: 250,
    });
  },
);

test("QC4 without a link 1,000 jobs wait, and one more is refused", async () => {
  const bench = new QueueBench();
  for (let i = 0; i < 1000; i++) void bench.q.send(i, { id: `${i}` });
  await expect(bench.q.send(1)).rejects.toMatchObject({ code: "outbox-full", retryable: true });
  await bench.welcome();
  expect(idsOf(bench)).toHaveLength(1000);
  expect(idsOf(bench).at(-1)).toBe("999");
  // over a live link there is no such bound
  void bench.q.send(1, { id: "more" });
  await turn();
  expect(idsOf(bench).at(-1)).toBe("more");
});

test("QC4 without a link many wait whole, unless as much waits already", async () => {
  const bench = new QueueBench();
  const many = bench.q.sendMany(Array.from({ length: 1500 }, (_, data) => ({ data })));
  expect(await bench.q.sendMany([{ data: 1, id: "a" }, { data: 2 }])).toMatchObject([
    { id: "a", error: { code: "outbox-full", retryable: true } },
    { error: { code: "outbox-full" } },
  ]);
  await bench.welcome();
  answerAll(bench, 0);
  expect((await many).filter(({ error }) => error)).toEqual([]);
});

test("QC4 without a link their frames take 1 MiB at most", async () => {
  const bench = new QueueBench();
  const half = new Uint8Array(524_000);
  void bench.q.send(half);
  void bench.q.send(half);
  await expect(bench.q.send(new Uint8Array(2000))).rejects.toMatchObject({ code: "outbox-full" });
});

test("QC5 many leave in one frame, and each has its outcome", async () => {
  const bench = await live();
  const sent = bench.q.sendMany([
    { data: 1, id: "a", priority: 0 },
    { data: 2, id: "b", headers: { x: "y" } },
    { data: 3, id: "c" },
  ]);
  await turn();
  const [[name, flat]] = bench.said(op.SEND_MANY) as [[string, unknown[]]];
  expect(name).toBe("q");
  expect(flat).toHaveLength(12);
  expect(recordOf(flat[0])).toEqual({ id: "a", priority: 0 });
  expect(recordOf(flat[6])).toEqual({ h: new Map([["x", "y"]]) });
  expect(flat[11]).toEqual(Uint8Array.of(3));
  bench.socket.say(
    jobs.sentMany(
      bench.idOf(op.SEND_MANY),
      { seq: 1 },
      { code: errorCodes.conflict.code, text: "Other data." },
      { seq: 2, duplicate: true },
    ),
  );
  expect(await sent).toEqual([
    { seq: 1, id: "a", duplicate: false },
    { id: "b", error: expect.objectContaining({ code: "conflict", message: "Other data." }) },
    { seq: 2, id: "c", duplicate: true },
  ]);
  expect(await bench.q.sendMany([])).toEqual([]);
});

/** Answers the SEND_MANYs that were not answered. */
function answerAll(bench: QueueBench, from: number): number {
  const frames = bench.socket.framesOf(op.SEND_MANY);
  for (const [, id, , flat] of frames.slice(from)) {
    const count = (flat as unknown[]).length / 4;
    const outcomes = Array.from({ length: count }, (_, i) => ({ seq: i + 1 }));
    bench.socket.say(jobs.sentMany(id as number, ...outcomes));
  }
  return frames.length;
}

test("QC5 a frame has 1,000 at most, and two are not answered at a time", async () => {
  const bench = await live();
  const sent = bench.q.sendMany(Array.from({ length: 3500 }, (_, data) => ({ data })));
  await turn();
  const counts = (): number[] =>
    bench.said(op.SEND_MANY).map(([, flat]) => (flat as unknown[]).length / 4);
  expect(counts()).toEqual([1000, 1000]);
  const answered = answerAll(bench, 0);
  await turn();
  expect(counts()).toEqual([1000, 1000, 1000, 500]);
  answerAll(bench, answered);
  const outcomes = await sent;
  expect(outcomes).toHaveLength(3500);
  expect(outcomes.filter(({ error }) => error)).toEqual([]);
});

test("QC5 no frame is longer than what the hub reads", async () => {
  const bench = await live({ batchBytesMax: 10_000, payloadBytesMax: 9000 });
  const sizes = [4000, 4000, 4000, 9000, 9001, 10];
  const sent = bench.q.sendMany(
    sizes.map((size) => ({ data: new Uint8Array(size - 3), headers: { h: "x".repeat(100) } })),
  );
  let answered = 0;
  await turn();
  for (let i = 0; i < 4; i++) {
    answered = answerAll(bench, answered);
    // oxlint-disable-next-line no-await-in-loop -- frame by frame
    await turn();
  }
  for (const message of bench.socket.messages) expect(message.length).toBeLessThanOrEqual(10_000);
  const outcomes = await sent;
  expect(outcomes.map(({ error }) => error?.code)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
    "too-large",
    undefined,
  ]);
});

test("QC5 what is refused for now is sent again alone, and what a lost link left whole", async () => {
  const bench = await live();
  const sent = bench.q.sendMany([
    { data: 1, id: "a" },
    { data: 2, id: "b" },
    { data: 3, id: "c" },
  ]);
  await turn();
  const [first] = bench.said(op.SEND_MANY);
  await bench.comeBack();
  expect(bench.said(op.SEND_MANY)).toEqual([first]);
  bench.socket.say(
    jobs.sentMany(
      bench.idOf(op.SEND_MANY),
      { code: RATE_LIMITED },
      { seq: 2 },
      { code: RATE_LIMITED },
    ),
  );
  await bench.clock.pass(500);
  const again = bench.said(op.SEND_MANY).at(-1)![1] as unknown[];
  expect([again[0], again[4]].map((options) => recordOf(options)["id"])).toEqual(["a", "c"]);
  bench.socket.say(jobs.sentMany(bench.idOf(op.SEND_MANY), { seq: 1 }, { seq: 3 }));
  expect(await sent).toMatchObject([{ seq: 1 }, { seq: 2 }, { seq: 3 }]);
});

test("QC5 it waits as long as answers come, and what has none then has the reason", async () => {
  const bench = await live();
  const sent = bench.q.sendMany(
    Array.from({ length: 4000 }, (_, data) => ({ data })),
    { timeoutMs: 1000 },
  );
  await turn();
  const answered = answerAll(bench, 0);
  await bench.clock.pass(900);
  answerAll(bench, answered);
  await bench.clock.pass(900);
  expect((await sent).filter(({ error }) => error)).toEqual([]);
  const left = bench.q.sendMany([{ data: 1, id: "x" }], { timeoutMs: 1000 });
  await bench.clock.pass(1000);
  expect(await left).toMatchObject([{ id: "x", error: { code: "timeout" } }]);
});

test("QC5 what cannot be written does not keep the others", async () => {
  const bench = await live();
  const sent = bench.q.sendMany([{ data: () => {}, id: "a" }, { data: 2 }]);
  await turn();
  bench.socket.say(jobs.sentMany(bench.idOf(op.SEND_MANY), { seq: 1 }));
  expect(await sent).toMatchObject([{ id: "a", error: { code: "unencodable" } }, { seq: 1 }]);
  await expect(bench.q.send(() => {})).rejects.toMatchObject({ code: "unencodable" });
});

test("QC6 options that cannot be are a TypeError at once, with a sentence", () => {
  const { q, client } = new QueueBench();
  const bad: readonly [() => unknown, RegExp][] = [
    [() => queue(client, "a.b"), /one level of a topic/u],
    [() => queue(client, "$a"), /one level of a topic/u],
    [() => queue(client, "*"), /one level of a topic/u],
    [() => queue(client, "a b"), /no topic/u],
    [() => queue(client, "x".repeat(129)), /no topic/u],
    [() => queue({} as never, "a"), /made by createClient/u],
    [() => q.send(1, { priority: 10 }), /priority must be a whole number from 0 to 9/u],
    [() => q.send(1, { delayMs: -1 }), /delayMs must be a number of at least 0/u],
    [() => q.send(1, { delayMs: 31_536_000_001 }), /delayMs must be at most a year/u],
    [() => q.send(1, { delayMs: 1, at: 5 }), /at must be left out where delayMs is given/u],
    [() => q.send(1, { at: new Date(Number.NaN) }), /at must be a Date/u],
    [() => q.send(1, { ttlMs: 0 }), /ttlMs must be a number of at least 1/u],
    [() => q.send(1, { group: "é".repeat(65) }), /group must be a text of 1 to 128 bytes/u],
    [() => q.send(1, { id: "" }), /id must be a text of 1 to 64 bytes/u],
    [() => q.sendMany([{ data: 1, id: "x".repeat(65) }]), /id must be a text/u],
    [() => q.consume(() => {}, { concurrency: 0 }), /concurrency must be .* from 1 to 1,000/u],
    [() => q.consume(() => {}, { credit: 4097 }), /credit must be .* from 0 to 4,096/u],
    [() => q.pull({ count: 1001 }), /count must be a whole number from 1 to 1,000/u],
    [() => q.pull({ waitMs: 60_001 }), /waitMs must be at most 60,000/u],
    [() => q.manage.declare({ leaseMs: 1.5 }), /leaseMs must be a whole number/u],
    [() => q.manage.bind("a..b"), /no topic or pattern/u],
    [() => q.manage.bind("a", { from: "x" as never }), /from must be now, start/u],
    [() => q.manage.purge(-1), /depth must be the number of jobs/u],
  ];
  for (const [call, sentence] of bad) {
    expect(call).toThrow(TypeError);
    expect(call).toThrow(sentence);
  }
});
