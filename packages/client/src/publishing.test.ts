import type { ErrorName } from "@fanwire/protocol";
import { expect, test, vi } from "vitest";
import { Bench, hub, turn } from "./fake-hub.testkit.ts";
import type { Position } from "./position.ts";
import type { Diagnostic } from "./report.ts";

const PUBLISH = 5;

/** The topics or aliases that were published to, with their data. */
const sent = (bench: Bench): unknown[] =>
  bench.socket
    .framesOf(PUBLISH)
    .map(([, , topic, , , , payload]) => [topic, Array.from(payload as Uint8Array)].flat());

/** The numbers of the publications on this link that nothing was said of yet. */
const said = new WeakMap<object, number>();
function unanswered(bench: Bench): number[] {
  const ids = bench.socket.framesOf(PUBLISH).map(([, id]) => id as number);
  const fresh = ids.slice(said.get(bench.socket) ?? 0);
  said.set(bench.socket, ids.length);
  return fresh.filter((id) => id > 0);
}

/** Answers them, and returns how many they were. */
function answerAll(bench: Bench): number {
  const ids = unanswered(bench);
  bench.socket.say(...ids.map((id, i) => hub.published(id, { offset: i + 1 })));
  return ids.length;
}

test("D6 publish resolves with what the hub says of it", async () => {
  const bench = new Bench();
  await bench.welcome();
  const published = bench.client.topic("a").publish({ n: 1 });
  expect(bench.client.pending).toBe(1);
  await turn();
  bench.confirm({ epoch: 8, offset: 3, level: 1, duplicate: true });
  expect(await published).toEqual({ position: "8:3", duplicate: true, level: "disk" });
  expect(bench.client.pending).toBe(0);
});

test("D6 a hub that does not tell the position leaves it undefined", async () => {
  const bench = new Bench();
  await bench.welcome();
  const published = bench.client.topic("a").publish(1);
  await turn();
  bench.confirm({ offset: null });
  expect(await published).toEqual({ position: undefined, duplicate: false, level: "received" });
});

test("D6 what is asked for beside the data stands in the frame", async () => {
  const bench = new Bench();
  await bench.welcome();
  const topic = bench.client.topic("a");
  void topic.publish(1, { key: "k", headers: { x: "1" }, confirm: "received", id: "one" });
  void topic.publish(2, { headers: { y: "2" }, confirm: "none" });
  void topic.publish(3, { ttlMs: 5, key: "", confirm: "disk", ifPosition: "5:2" as Position });
  void topic.publish(null, { key: "k", del: true, ifPosition: null, confirm: "none" });
  await turn();
  const headers = (name: string, value: string) => new Map([[name, value]]);
  const map = (entries: object): unknown => new Map<string, unknown>(Object.entries(entries));
  expect(bench.socket.framesOf(PUBLISH).map((frame) => [frame[3], frame[5]])).toEqual([
    [map({ confirm: 0, id: "one" }), map({ key: "k", h: headers("x", "1") })],
    [null, map({ h: headers("y", "2") })],
    [map({ confirm: 1, id: [2 ** 52, 1, 1], if: [5, 2] }), map({ key: "", ttl: 5 })],
    [map({ if: [0, 0] }), map({ key: "k", del: true })],
  ]);
});

test("D6 the data is that of the moment of the call", async () => {
  const bench = new Bench();
  const data = [1];
  void bench.client.topic("a").publish(data);
  data.push(2);
  await bench.welcome();
  expect(sent(bench)).toEqual([["a", 0x91, 1]]);
});

test("D7 the alias of the OK stands for the name, as long as the link does", async () => {
  const bench = new Bench();
  await bench.welcome();
  const topic = bench.client.topic("a");
  void topic.publish(1);
  await turn();
  bench.confirm({ alias: 700 });
  const waiting = [topic.publish(2), bench.client.topic("b").publish(3)];
  await turn();
  expect(sent(bench)).toEqual([
    ["a", 1],
    [700, 2],
    ["b", 3],
  ]);
  waiting.push(topic.publish(4));
  bench.client.reconnect();
  await bench.welcome();
  expect(sent(bench)).toEqual([
    ["a", 2],
    ["b", 3],
    ["a", 4],
  ]);
  answerAll(bench);
  await Promise.all(waiting);
});

test("D7 a refused alias is followed by the name, once, in the same order", async () => {
  const bench = new Bench();
  await bench.welcome();
  const topic = bench.client.topic("a");
  void topic.publish(1);
  await turn();
  bench.confirm({ alias: 700 });
  const second = topic.publish(2);
  const third = topic.publish(3);
  await turn();
  const ids = bench.socket.framesOf(PUBLISH).map(([, id]) => id as number);
  bench.socket.say(hub.refused(ids[1]!, "unknown-alias"), hub.refused(ids[2]!, "unknown-alias"));
  await turn();
  expect(sent(bench).slice(3)).toEqual([
    ["a", 2],
    ["a", 3],
  ]);
  const again = bench.socket.framesOf(PUBLISH).map(([, id]) => id as number);
  bench.socket.say(
    hub.refused(again[3]!, "unknown-alias"),
    hub.published(again[4]!, { offset: 2, alias: 701 }),
  );
  await expect(second).rejects.toMatchObject({ code: "unknown-alias", retryable: true });
  expect(await third).toMatchObject({ position: "5:2" });
});

test("D8 without a link publications wait, and leave in their order", async () => {
  const bench = new Bench();
  const published = [1, 2, 3].map((n) => bench.client.topic("a").publish(n));
  expect(bench.client.pending).toBe(3);
  await bench.welcome();
  expect(sent(bench)).toEqual([
    ["a", 1],
    ["a", 2],
    ["a", 3],
  ]);
  const ids = bench.socket.framesOf(PUBLISH).map(([, id]) => id as number);
  bench.socket.say(...ids.map((id, i) => hub.published(id, { offset: i + 1 })));
  expect((await Promise.all(published)).map(({ position }) => position)).toEqual([
    "5:1",
    "5:2",
    "5:3",
  ]);
});

test("D8 at most 1,000 wait", async () => {
  const bench = new Bench();
  const topic = bench.client.topic("a");
  const controller = new AbortController();
  const first = topic.publish(0, { signal: controller.signal });
  for (let i = 1; i < 1000; i++) void topic.publish(i);
  await expect(topic.publish(1000)).rejects.toMatchObject({ code: "outbox-full", retryable: true });
  controller.abort();
  await expect(first).rejects.toMatchObject({ code: "aborted" });
  void topic.publish(1001);
  expect(bench.client.pending).toBe(1000);
});

test("D8 at most 1 MiB of payloads wait", async () => {
  const bench = new Bench();
  const topic = bench.client.topic("a");
  void topic.publish(new Uint8Array(1_048_576 - 5 - 100));
  void topic.publish(new Uint8Array(98));
  await expect(topic.publish(1)).rejects.toMatchObject({ code: "outbox-full" });
});

test("D8 over a live link any number of publications may wait for their turn", async () => {
  const bench = new Bench();
  await bench.welcome();
  const published = Array.from({ length: 1500 }, (_, i) => bench.client.topic("a").publish(i));
  for (let answered = 0; answered < 1500; answered += answerAll(bench)) await turn();
  await Promise.all(published);
});

test("D9 a publication that was not sent in time is not sent later", async () => {
  const bench = new Bench();
  const published = bench.client.topic("a").publish(1, { timeoutMs: 300 });
  const refused = expect(published).rejects.toMatchObject({ code: "timeout", retryable: true });
  await bench.clock.pass(299);
  expect(bench.client.pending).toBe(1);
  await bench.clock.pass(1);
  await refused;
  await bench.welcome();
  expect(sent(bench)).toEqual([]);
});

test("D9 an answer is waited for 10 s, and comes too late after that", async () => {
  const bench = new Bench();
  await bench.welcome();
  const published = bench.client.topic("a").publish(1);
  const refused = expect(published).rejects.toMatchObject({ code: "timeout" });
  await bench.clock.pass(10_000);
  await refused;
  bench.confirm();
  expect(bench.client.status.get().state).toBe("live");
});

test("D9 a signal ends the wait, with its reason; one that was aborted before sends nothing", async () => {
  const bench = new Bench();
  await bench.welcome();
  const controller = new AbortController();
  const published = bench.client.topic("a").publish(1, { signal: controller.signal });
  await turn();
  controller.abort("enough");
  await expect(published).rejects.toMatchObject({ code: "aborted", cause: "enough" });
  const late = bench.client.topic("a").publish(2, { signal: controller.signal });
  await expect(late).rejects.toMatchObject({ code: "aborted" });
  await turn();
  expect(sent(bench)).toEqual([["a", 1]]);
});

test("D9 a wait that has ended no longer listens to its signal", async () => {
  const bench = new Bench();
  await bench.welcome();
  const { signal } = new AbortController();
  const remove = vi.spyOn(signal, "removeEventListener");
  const published = bench.client.topic("a").publish(1, { signal });
  await turn();
  bench.confirm();
  await published;
  expect(remove).toHaveBeenCalledOnce();
});

/** `[n, base]` of the publications that were said on this link, and what else identifies them. */
const numbers = (bench: Bench): unknown[] =>
  bench.socket.framesOf(PUBLISH).map((frame) => {
    const id = (frame[3] as Map<string, unknown> | null)?.get("id");
    return Array.isArray(id) ? id.slice(1) : id;
  });

test("D10 what a lost link left unanswered is sent again, and a duplicate has its first position", async () => {
  const bench = new Bench();
  await bench.welcome();
  const topic = bench.client.topic("a");
  const published = [topic.publish(1), topic.publish(2)];
  await turn();
  published.push(topic.publish(3));
  bench.socket.end(1006);
  published.push(topic.publish(4));
  await bench.clock.pass(1000);
  expect(bench.client.pending).toBe(4);
  await bench.welcome();
  expect(sent(bench)).toEqual([
    ["a", 1],
    ["a", 2],
    ["a", 3],
    ["a", 4],
  ]);
  expect(numbers(bench)).toEqual([
    [1, 1],
    [2, 1],
    [3, 1],
    [4, 1],
  ]);
  const ids = bench.socket.framesOf(PUBLISH).map(([, id]) => id as number);
  bench.socket.say(
    hub.published(ids[0]!, { offset: 8, duplicate: true }),
    ...ids.slice(1).map((id, i) => hub.published(id, { offset: 20 + i })),
  );
  expect(await Promise.all(published)).toMatchObject([
    { position: "5:8", duplicate: true },
    { position: "5:20", duplicate: false },
    { position: "5:21" },
    { position: "5:22" },
  ]);
});

test("D10 a client that is closed for ever does not know the outcome of what was sent", async () => {
  const bench = new Bench();
  await bench.welcome();
  const topic = bench.client.topic("a");
  const first = topic.publish(1);
  await turn();
  const second = topic.publish(2);
  bench.socket.end(4503);
  await expect(first).rejects.toMatchObject({
    code: "unknown-outcome",
    retryable: true,
    cause: { code: "forbidden" },
  });
  await expect(second).rejects.toMatchObject({ code: "forbidden" });
});

test("D10 numbers rise by one while something of the topic is unanswered, and none is used twice", async () => {
  const bench = new Bench();
  await bench.welcome();
  const [a, b] = [bench.client.topic("a"), bench.client.topic("b")];
  void a.publish(1);
  void a.publish(2);
  void b.publish(1);
  await turn();
  answerAll(bench);
  void b.publish(2);
  void a.publish(3);
  void a.publish(4);
  await turn();
  answerAll(bench);
  void b.publish(3, { id: "own" });
  await turn();
  expect(numbers(bench)).toEqual([[1, 1], [2, 1], [1, 1], [3, 3], [3, 3], [4, 3], "own"]);
});

test("D10 what has ended is not waited for: the base is beyond it", async () => {
  const bench = new Bench();
  await bench.welcome();
  const topic = bench.client.topic("a");
  const controller = new AbortController();
  const first = topic.publish(1, { signal: controller.signal });
  void topic.publish(2);
  await turn();
  controller.abort();
  await expect(first).rejects.toMatchObject({ code: "aborted" });
  bench.client.reconnect();
  await bench.welcome();
  void topic.publish(3);
  await turn();
  expect(numbers(bench)).toEqual([
    [2, 2],
    [3, 2],
  ]);
});

test("D24 at most 64 of a topic are under way, and others do not wait for them", async () => {
  const bench = new Bench();
  await bench.welcome();
  const topic = bench.client.topic("a");
  const controller = new AbortController();
  void topic.publish(0, { signal: controller.signal }).catch(() => {});
  for (let i = 1; i < 70; i++) void topic.publish(i);
  void topic.publish("none", { confirm: "none" });
  void bench.client.topic("b").publish(1);
  await turn();
  expect(sent(bench)).toHaveLength(65);
  controller.abort();
  await turn();
  expect(sent(bench)).toHaveLength(66);
  const [, id] = bench.socket.framesOf(PUBLISH)[1]!;
  bench.socket.say(hub.published(id as number));
  await turn();
  expect(sent(bench)).toHaveLength(67);
  answerAll(bench);
  await turn();
  expect(sent(bench).at(-1)).toEqual([7, 0xa4, ...new TextEncoder().encode("none")]);
});

/** Refuses what is not answered, in order. */
async function refuseAll(
  bench: Bench,
  name: ErrorName,
  retryAfterMs: number | null = null,
): Promise<void> {
  const ids = unanswered(bench);
  bench.socket.say(...ids.map((id) => hub.refused(id, name, retryAfterMs)));
  await turn();
}

test("D25 what is refused for now is sent again, in order, after the delay that the hub tells", async () => {
  const bench = new Bench();
  await bench.welcome();
  const topic = bench.client.topic("a");
  const published = [topic.publish(1), topic.publish(2), topic.publish(3)];
  await turn();
  const [first, ...others] = unanswered(bench);
  bench.socket.say(
    hub.refused(first!, "rate-limited", 500),
    ...others.map((id) => hub.refused(id, "out-of-order", 100)),
  );
  published.push(topic.publish(4));
  void bench.client.topic("b").publish(9);
  await bench.clock.pass(499);
  expect(sent(bench).slice(3)).toEqual([["b", 9]]);
  await bench.clock.pass(1);
  expect(numbers(bench).slice(4)).toEqual([[1, 1]]);
  answerAll(bench);
  await turn();
  expect(numbers(bench).slice(5)).toEqual([
    [2, 2],
    [3, 2],
  ]);
  answerAll(bench);
  await turn();
  expect(numbers(bench).slice(7)).toEqual([[4, 4]]);
  answerAll(bench);
  await Promise.all(published);
});

test("D25 without a delay it waits a random part of a time that doubles, and the timeout tells why", async () => {
  const bench = new Bench();
  await bench.welcome();
  const published = bench.client.topic("a").publish(1, { timeoutMs: 5000 });
  const refused = expect(published).rejects.toMatchObject({
    code: "timeout",
    retryable: true,
    cause: { code: "internal" },
  });
  await turn();
  for (const ms of [500, 1000, 2000]) {
    await refuseAll(bench, "internal");
    const count = sent(bench).length;
    await bench.clock.pass(ms - 1);
    expect(sent(bench)).toHaveLength(count);
    await bench.clock.pass(1);
    expect(sent(bench)).toHaveLength(count + 1);
  }
  await refuseAll(bench, "internal");
  await bench.clock.pass(1500);
  await refused;
  expect([bench.client.pending, sent(bench).length]).toEqual([0, 4]);
});

test("D25 what had to wait for a publication that is refused for good does not wait", async () => {
  const bench = new Bench();
  await bench.welcome();
  const topic = bench.client.topic("a");
  const first = topic.publish(1, { ifPosition: "5:9" as Position });
  void topic.publish(2);
  void topic.publish(3);
  await turn();
  const [one, ...others] = unanswered(bench);
  bench.socket.say(
    hub.refused(one!, "conflict"),
    ...others.map((id) => hub.refused(id, "out-of-order", 100)),
  );
  await expect(first).rejects.toMatchObject({ code: "conflict", retryable: false });
  await turn();
  expect(numbers(bench).slice(3)).toEqual([
    [2, 2],
    [3, 2],
  ]);
});

test("D25 another link does not wait, and a closing client goes on until it is answered", async () => {
  const bench = new Bench();
  await bench.welcome();
  const topic = bench.client.topic("a");
  const published = topic.publish(1);
  await turn();
  await refuseAll(bench, "storage-full", 9000);
  bench.client.reconnect();
  await bench.welcome();
  expect(sent(bench)).toEqual([["a", 1]]);
  await refuseAll(bench, "storage-full", 3000);
  const closed = bench.client.close();
  await bench.clock.pass(3000);
  answerAll(bench);
  expect(await published).toMatchObject({ position: "5:1" });
  await closed;
});

test("D26 a hub that knows no numbers is published to without, and then the outcome of a lost link is unknown", async () => {
  const bench = new Bench();
  await bench.welcome();
  const topic = bench.client.topic("a");
  const published = [topic.publish(1), topic.publish(2)];
  await turn();
  await refuseAll(bench, "unsupported");
  published.push(topic.publish(3));
  await turn();
  expect(numbers(bench).slice(2)).toEqual([undefined, undefined, undefined]);
  answerAll(bench);
  await Promise.all(published);
  const limited = expect(topic.publish(4)).rejects.toMatchObject({
    code: "rate-limited",
    retryAfterMs: 10,
  });
  await turn();
  await refuseAll(bench, "rate-limited", 10);
  await limited;
  const lost = expect(topic.publish(5)).rejects.toMatchObject({
    code: "unknown-outcome",
    retryable: true,
  });
  await turn();
  bench.client.reconnect();
  await lost;
  void topic.publish(6);
  await bench.welcome();
  expect(numbers(bench)).toEqual([[3, 3]]);
});

test("D26 what may have happened is not sent without its number", async () => {
  const bench = new Bench();
  await bench.welcome();
  const published = bench.client.topic("a").publish(1);
  const refused = expect(published).rejects.toMatchObject({ code: "unknown-outcome" });
  await turn();
  bench.client.reconnect();
  await bench.welcome();
  await refuseAll(bench, "unsupported");
  await refused;
  expect(sent(bench)).toHaveLength(1);
});

test("D26 a level that only a cluster has is asked for, and refused with the hub's sentence", async () => {
  const bench = new Bench();
  await bench.welcome();
  const topic = bench.client.topic("a");
  const published = topic.publish(1, { confirm: "quorum" });
  const refused = expect(published).rejects.toMatchObject({ code: "unsupported" });
  await turn();
  const confirms = (): unknown[] =>
    bench.socket
      .framesOf(PUBLISH)
      .map(([, , , options]) => (options as Map<string, unknown>).get("confirm"));
  for (const id of unanswered(bench)) bench.socket.say(hub.refused(id, "unsupported"));
  await turn();
  for (const id of unanswered(bench)) bench.socket.say(hub.refused(id, "unsupported"));
  await refused;
  expect(confirms()).toEqual([2, 2]);
  void topic.publish(2);
  await turn();
  expect(numbers(bench).at(-1)).toEqual([2, 2]);
});

test("D26 a level that the topic cannot give is refused, and numbers go on", async () => {
  const bench = new Bench();
  await bench.welcome();
  const published = bench.client.topic("a").publish(1, { confirm: "disk" });
  const refused = expect(published).rejects.toMatchObject({ code: "unsupported" });
  await turn();
  await refuseAll(bench, "unsupported");
  await refuseAll(bench, "unsupported");
  await refused;
  void bench.client.topic("a").publish(2);
  await turn();
  expect(numbers(bench).slice(1)).toEqual([undefined, [2, 2]]);
});

test("D11 what wants no answer is sent once: a lost link does not bring it again", async () => {
  const bench = new Bench();
  await bench.welcome();
  await bench.client.topic("a").publish(1, { confirm: "none" });
  bench.client.reconnect();
  await bench.welcome();
  expect(sent(bench)).toEqual([]);
});

test("D11 without a confirm it resolves when it is handed to the socket", async () => {
  const bench = new Bench();
  const published = bench.client.topic("a").publish(1, { confirm: "none" });
  const done = vi.fn();
  void published.finally(done);
  await turn();
  expect(done).not.toHaveBeenCalled();
  await bench.welcome();
  expect(bench.socket.framesOf(PUBLISH)[0]!.slice(0, 3)).toEqual([PUBLISH, 0, "a"]);
  expect(await published).toEqual({ position: undefined, duplicate: false, level: "none" });
});

test("D11 closing leaves time for the socket to get it", async () => {
  const bench = new Bench();
  await bench.welcome();
  void bench.client.topic("a").publish(1, { confirm: "none" });
  await bench.client.close();
  expect(sent(bench)).toEqual([["a", 1]]);
});

test("D11 refused ones are told by onDiagnostic, and the alias is not used again", async () => {
  const diagnostics: Diagnostic[] = [];
  const bench = new Bench({ onDiagnostic: (told) => diagnostics.push(told) });
  await bench.welcome();
  const topic = bench.client.topic("a");
  void topic.publish(1);
  await turn();
  bench.confirm({ alias: 700 });
  void topic.publish(2, { confirm: "none" });
  await turn();
  bench.socket.say(
    hub.refusedAs(0, 406, null, 700, 3),
    hub.refusedAs(0, 300, 100, "b", 1),
    hub.refusedAs(0, 300, 100, 999),
  );
  void topic.publish(3, { confirm: "none" });
  await turn();
  expect(diagnostics).toMatchObject([
    { kind: "refused", topic: "a", count: 3, error: { code: "unknown-alias" } },
    { kind: "refused", topic: "b", count: 1, error: { code: "rate-limited", retryAfterMs: 100 } },
    { kind: "refused", topic: undefined, count: undefined },
  ]);
  expect(sent(bench)).toEqual([
    ["a", 1],
    [700, 2],
    ["a", 3],
  ]);
});

test("D12 a payload that the hub would not take is not sent", async () => {
  const bench = new Bench();
  const early = bench.client.topic("a").publish(new Uint8Array(200));
  const refused = expect(early).rejects.toMatchObject({ code: "too-large", retryable: false });
  await bench.welcome({ payloadBytesMax: 100 });
  await refused;
  await expect(bench.client.topic("a").publish(new Uint8Array(99))).rejects.toMatchObject({
    code: "too-large",
  });
  void bench.client.topic("a").publish(new Uint8Array(98));
  await turn();
  expect(bench.socket.framesOf(PUBLISH)).toHaveLength(1);
});

test("D13 a refusal has the code of the protocol, the hub's sentence, and says when to try again", async () => {
  const bench = new Bench();
  await bench.welcome();
  const limited = bench.client.topic("a").publish(1, { timeoutMs: 200 });
  const forbidden = bench.client.topic("a").publish(1);
  const unknown = bench.client.topic("a").publish(1);
  const refused = [
    expect(forbidden).rejects.toMatchObject({ code: "forbidden", retryable: false }),
    expect(unknown).rejects.toMatchObject({ code: "refused", retryable: false }),
  ];
  await turn();
  const ids = bench.socket.framesOf(PUBLISH).map(([, id]) => id as number);
  bench.socket.say(
    hub.refused(ids[0]!, "rate-limited", 250),
    hub.refused(ids[1]!, "forbidden"),
    hub.refusedAs(ids[2]!, 299),
  );
  const late = expect(limited).rejects.toMatchObject({
    code: "timeout",
    cause: {
      name: "ClientError",
      code: "rate-limited",
      message: "Because.",
      retryable: true,
      retryAfterMs: 250,
    },
  });
  await bench.clock.pass(200);
  await late;
  await Promise.all(refused);
});

test("D13 a value that cannot be bytes is refused as unencodable", async () => {
  const bench = new Bench();
  await expect(bench.client.topic("a").publish(() => {})).rejects.toMatchObject({
    code: "unencodable",
    cause: { name: "PayloadError" },
  });
  expect(bench.client.pending).toBe(0);
});

test("D20 flush resolves when what was published until then is answered, however", async () => {
  const bench = new Bench();
  await bench.client.flush();
  await bench.welcome();
  const published = bench.client.topic("a").publish(1);
  const flushed = vi.fn();
  const flush = bench.client.flush().finally(flushed);
  await turn();
  expect(flushed).not.toHaveBeenCalled();
  const [, id] = bench.socket.framesOf(PUBLISH)[0]!;
  void bench.client.topic("a").publish(2);
  bench.socket.say(hub.refused(id as number, "forbidden"));
  await expect(published).rejects.toMatchObject({ code: "forbidden", retryable: false });
  await flush;
});

test("D20 flush ends at its time", async () => {
  const bench = new Bench();
  void bench.client.topic("a").publish(1);
  const flush = expect(bench.client.flush({ timeoutMs: 100 })).rejects.toMatchObject({
    code: "timeout",
  });
  await bench.clock.pass(100);
  await flush;
});
