import { expect, test, vi } from "vitest";
import { Bench, hub, turn } from "./fake-hub.testkit.ts";
import type { Diagnostic } from "./report.ts";

const PUBLISH = 5;

/** The topics or aliases that were published to, with their data. */
const sent = (bench: Bench): unknown[] =>
  bench.socket
    .framesOf(PUBLISH)
    .map(([, , topic, , , , payload]) => [topic, Array.from(payload as Uint8Array)].flat());

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

test("D6 key, headers and the level that is asked for stand in the frame", async () => {
  const bench = new Bench();
  await bench.welcome();
  const topic = bench.client.topic("a");
  void topic.publish(1, { key: "k", headers: { x: "1" }, confirm: "received" });
  void topic.publish(2, { headers: { y: "2" } });
  await turn();
  const headers = (name: string, value: string) => new Map([[name, value]]);
  expect(bench.socket.framesOf(PUBLISH).map((frame) => [frame[3], frame[5]])).toEqual([
    [
      new Map([["confirm", 0]]),
      new Map<string, unknown>([
        ["key", "k"],
        ["h", headers("x", "1")],
      ]),
    ],
    [null, new Map([["h", headers("y", "2")]])],
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
  const unanswered = [topic.publish(2), bench.client.topic("b").publish(3)];
  await turn();
  expect(sent(bench)).toEqual([
    ["a", 1],
    [700, 2],
    ["b", 3],
  ]);
  unanswered.push(topic.publish(4));
  const outcomes = Promise.allSettled(unanswered);
  bench.client.reconnect();
  await bench.welcome();
  expect(sent(bench)).toEqual([["a", 4]]);
  bench.confirm();
  expect((await outcomes).map(({ status }) => status)).toEqual([
    "rejected",
    "rejected",
    "fulfilled",
  ]);
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

test("D8 over a live link any number of publications leaves in one turn", async () => {
  const bench = new Bench();
  await bench.welcome();
  for (let i = 0; i < 1500; i++) void bench.client.topic("a").publish(i);
  await turn();
  expect(bench.socket.framesOf(PUBLISH)).toHaveLength(1500);
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

test("D10 when the link is lost, what was sent has an unknown outcome, and what was not waits on", async () => {
  const bench = new Bench();
  await bench.welcome();
  const topic = bench.client.topic("a");
  const first = topic.publish(1);
  await turn();
  const second = topic.publish(2);
  bench.socket.end(1006);
  await expect(first).rejects.toMatchObject({
    code: "unknown-outcome",
    retryable: true,
    cause: { code: "unreachable" },
  });
  await bench.clock.pass(1000);
  await bench.welcome();
  expect(sent(bench)).toEqual([["a", 2]]);
  bench.confirm({ offset: 2 });
  expect(await second).toMatchObject({ position: "5:2" });
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
  const limited = bench.client.topic("a").publish(1);
  const forbidden = bench.client.topic("a").publish(1);
  const unknown = bench.client.topic("a").publish(1);
  await turn();
  const ids = bench.socket.framesOf(PUBLISH).map(([, id]) => id as number);
  bench.socket.say(
    hub.refused(ids[0]!, "rate-limited", 250),
    hub.refused(ids[1]!, "forbidden"),
    hub.refusedAs(ids[2]!, 299),
  );
  await expect(limited).rejects.toMatchObject({
    name: "ClientError",
    code: "rate-limited",
    message: "Because.",
    retryable: true,
    retryAfterMs: 250,
  });
  await expect(forbidden).rejects.toMatchObject({ code: "forbidden", retryable: false });
  await expect(unknown).rejects.toMatchObject({ code: "refused", retryable: false });
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
  bench.socket.say(hub.refused(id as number, "internal"));
  await expect(published).rejects.toMatchObject({ code: "internal", retryable: true });
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
