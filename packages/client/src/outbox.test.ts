// What waits for a link, and what of it outlives the page, with a store that a test looks into.

import { afterEach, describe, expect, test } from "vitest";
import { Bench, hub, turn } from "./fake-hub.testkit.ts";
import type { ClientOptions } from "./options.ts";
import type { OutboxEntry, OutboxStore } from "./outbox.ts";
import type { Diagnostic } from "./report.ts";

const PUBLISH = 5;

/** Keeps entries in memory, over the lives of clients. */
class MemoryStore implements OutboxStore {
  entries: OutboxEntry[] = [];
  readonly said: string[] = [];
  /** What a `put` waits for, and what it rejects with. */
  disk: Promise<unknown> = Promise.resolve();

  async open(own: number, take: (entries: readonly OutboxEntry[]) => void): Promise<void> {
    this.said.push("open");
    await turn();
    take(structuredClone(this.entries.filter(({ producer }) => producer !== own)));
  }

  async put(entry: OutboxEntry): Promise<void> {
    this.said.push("put");
    await this.disk;
    this.entries.push(structuredClone(entry));
  }

  async remove({ producer, seq }: OutboxEntry): Promise<void> {
    await this.disk;
    this.entries = this.entries.filter((kept) => kept.producer !== producer || kept.seq !== seq);
  }

  close(): Promise<void> {
    this.said.push("close");
    return Promise.resolve();
  }
}

const benches: Bench[] = [];

afterEach(async () => {
  for (const bench of benches.splice(0)) {
    const closed = bench.client.close();
    await bench.clock.pass(10_000);
    await closed;
  }
});

/** `chance` makes the producer. */
function open(outbox: ClientOptions["outbox"], chance = 0.5, told: Diagnostic[] = []): Bench {
  const bench = new Bench({ outbox, onDiagnostic: (diagnostic) => told.push(diagnostic) }, chance);
  benches.push(bench);
  return bench;
}

interface Sent {
  readonly to: unknown;
  readonly data: unknown;
  readonly id: unknown;
  readonly request: number;
}

const sent = (bench: Bench): Sent[] =>
  bench.socket.framesOf(PUBLISH).map(([, request, to, options, , , payload]) => ({
    to,
    data: (payload as Uint8Array)[0],
    id: (options as Map<string, unknown> | null)?.get("id"),
    request: request as number,
  }));

const dataOf = (bench: Bench): unknown[] => sent(bench).map(({ data }) => data);

/** The client's page is gone: nothing of it is heard any more. */
function kill(bench: Bench): void {
  benches.splice(benches.indexOf(bench), 1);
}

const full = { code: "outbox-full", retryable: true };

describe("bounds", () => {
  test("D8 count and bytes are options", async () => {
    const topic = open({ count: 2, bytes: 10 }).client.topic("a");
    for (const n of [1, 2]) topic.publish(n).catch(() => {});
    await expect(topic.publish(3)).rejects.toMatchObject(full);
    const other = open({ bytes: 10 }).client.topic("a");
    other.publish(new Uint8Array(7)).catch(() => {}); // 9 bytes
    other.publish(1).catch(() => {});
    await expect(other.publish(2)).rejects.toMatchObject(full);
  });

  test("D8 the oldest goes where that is wanted", async () => {
    const bench = open({ count: 2, bytes: 10, onFull: "drop-oldest" });
    const topic = bench.client.topic("a");
    const published = [1, 2, 3].map((n) => topic.publish(n));
    await expect(published[0]).rejects.toMatchObject(full);
    published.push(topic.publish(new Uint8Array(7)));
    await expect(published[1]).rejects.toMatchObject(full);
    await expect(topic.publish(new Uint8Array(20))).rejects.toMatchObject(full);
    await bench.welcome();
    expect(dataOf(bench)).toEqual([3, 0xc4]);
    for (const { request } of sent(bench)) bench.socket.say(hub.published(request));
    await Promise.all(published.slice(2));
  });

  test("D8 of what may have happened the oldest is told as unknown", async () => {
    const bench = open({ count: 1, onFull: "drop-oldest" });
    await bench.welcome();
    const first = bench.client.topic("a").publish(1);
    await turn();
    bench.socket.end();
    bench.client
      .topic("a")
      .publish(2)
      .catch(() => {});
    await expect(first).rejects.toMatchObject({ code: "unknown-outcome", cause: full });
  });

  test("D9 ttlMs is the time of a publication that has none of its own", async () => {
    const bench = open({ ttlMs: 300 });
    const topic = bench.client.topic("a");
    const ends: string[] = [];
    topic.publish(1).catch(({ code }) => ends.push(`1 ${code}`));
    topic.publish(2, { timeoutMs: 400 }).catch(({ code }) => ends.push(`2 ${code}`));
    await bench.clock.pass(300);
    expect(ends).toEqual(["1 timeout"]);
    await bench.clock.pass(100);
    expect(ends).toEqual(["1 timeout", "2 timeout"]);
  });

  test("D40 with offline fail nothing waits for a link", async () => {
    const bench = open({});
    const topic = bench.client.topic("a");
    const unreachable = { code: "unreachable", retryable: true };
    await expect(topic.publish(1, { offline: "fail" })).rejects.toMatchObject(unreachable);
    await bench.welcome();
    const brief = Array.from({ length: 65 }, (_, n) => topic.publish(n, { offline: "fail" }));
    const outcomes = Promise.allSettled(brief);
    const waiting = topic.publish(100);
    await turn();
    expect(sent(bench)).toHaveLength(64);
    bench.socket.end(1006);
    const codes = (await outcomes).map((end) => (end as PromiseRejectedResult).reason.code);
    expect(codes).toEqual([...Array.from({ length: 64 }, () => "unknown-outcome"), "unreachable"]);
    await bench.clock.pass(500);
    await bench.welcome();
    expect(dataOf(bench)).toEqual([100]);
    bench.confirm();
    await waiting;
  });
});

describe("a store", () => {
  test("D41 a publication is kept before it is sent, and until it is answered", async () => {
    const store = new MemoryStore();
    const bench = open({ store });
    await bench.welcome();
    let write!: () => void;
    store.disk = new Promise<void>((resolve) => {
      write = resolve;
    });
    const published = bench.client.topic("a").publish(1, { headers: { x: "y" } });
    await turn();
    expect([store.said, sent(bench)]).toEqual([["open", "put"], []]);
    write();
    await turn();
    expect(store.entries).toMatchObject([
      { topic: "a", n: 1, encoding: 3, meta: { h: { x: "y" } }, payload: Uint8Array.of(1) },
    ]);
    expect(store.entries[0]!.until).toBe(bench.clock.wallNow() + 86_400_000);
    expect(dataOf(bench)).toEqual([1]);
    bench.confirm();
    await published;
    await turn();
    expect(store.entries).toEqual([]);
  });

  test("D41 the next page sends what is left under the same numbers, before its own", async () => {
    const store = new MemoryStore();
    const first = open({ store }, 0.25);
    await first.welcome();
    for (const n of [1, 2, 3])
      first.client
        .topic("a")
        .publish(n)
        .catch(() => {});
    first.client
      .topic("b")
      .publish(9, { id: "mine", confirm: "received" })
      .catch(() => {});
    await turn();
    const before = sent(first).map(({ to, data, id }) => ({ to, data, id }));
    const [one] = sent(first);
    first.socket.say(hub.published(one!.request));
    await turn();
    kill(first);

    const second = open({ store }, 0.75);
    second.clock.sleep(1);
    const own = second.client.topic("a").publish(4);
    await turn();
    await turn();
    expect(second.client.pending).toBe(4);
    await second.welcome();
    const after = sent(second).map(({ to, data, id }) => ({ to, data, id }));
    const numbered = ({ id, ...rest }: object & { id: unknown }): unknown => ({
      ...rest,
      id: Array.isArray(id) ? id.slice(0, 2) : id,
    });
    expect(after.map(numbered)).toEqual(before.slice(1).map(numbered));
    expect(after.map(({ id }) => id)).toEqual([[2 ** 51, 2, 2], [2 ** 51, 3, 2], "mine"]);
    for (const { request } of sent(second))
      second.socket.say(hub.published(request, { duplicate: true }));
    await turn();
    // its own goes behind what was left of its topic
    expect(sent(second).at(-1)).toMatchObject({ data: 4, id: [3 * 2 ** 51 - 1, 1, 1] });
    second.confirm();
    await own;
    await turn();
    expect([store.entries, second.client.pending]).toEqual([[], 0]);
  });

  test("D41 what nobody waits for, and what does not outlive a link, is not kept", async () => {
    const store = new MemoryStore();
    const bench = open({ store });
    await bench.welcome();
    await turn();
    void bench.client.topic("a").publish(1, { confirm: "none" });
    bench.client
      .topic("a")
      .publish(2, { offline: "fail" })
      .catch(() => {});
    await turn();
    expect([dataOf(bench), store.said]).toEqual([[1, 2], ["open"]]);
  });

  test("D42 what ends by its time, its signal or a refusal is not kept any longer", async () => {
    const store = new MemoryStore();
    const bench = open({ store });
    await bench.welcome();
    const controller = new AbortController();
    const topic = bench.client.topic("a");
    const ends = Promise.allSettled([
      topic.publish(1, { timeoutMs: 100 }),
      topic.publish(2, { signal: controller.signal }),
      topic.publish(3),
    ]);
    await turn();
    expect(store.entries).toHaveLength(3);
    controller.abort();
    bench.socket.say(hub.refused(sent(bench)[2]!.request, "forbidden"));
    await bench.clock.pass(100);
    await ends;
    await turn();
    expect(store.entries).toEqual([]);
  });

  test("D42 a client that is closed leaves the rest to the next", async () => {
    const store = new MemoryStore();
    const bench = open({ store });
    const published = bench.client.topic("a").publish(1);
    const refused = expect(published).rejects.toMatchObject({ code: "closed" });
    await turn();
    await bench.client.close();
    await refused;
    expect([store.entries.length, store.said]).toEqual([1, ["open", "put", "close"]]);
  });

  test("D43 what is refused of an earlier page is told by onDiagnostic, and its time goes on", async () => {
    const store = new MemoryStore();
    const first = open({ store, ttlMs: 60_000 });
    for (const name of ["a", "b", "c"])
      first.client
        .topic(name)
        .publish(1)
        .catch(() => {});
    first.client
      .topic("d")
      .publish(1, { timeoutMs: 5 })
      .catch(() => {});
    await turn();
    kill(first);
    const told: Diagnostic[] = [];
    const second = open({ store }, 0.25, told);
    second.clock.sleep(30_000);
    await turn();
    await turn();
    await second.welcome({ payloadBytesMax: 0 });
    expect(second.client.pending).toBe(0);
    await turn();
    const shape = ({ kind, topic, error }: Diagnostic): unknown => [
      kind,
      topic,
      (error as { code: string }).code,
    ];
    expect(told.map(shape)).toEqual([
      ["refused", "d", "timeout"],
      ["refused", "a", "too-large"],
      ["refused", "b", "too-large"],
      ["refused", "c", "too-large"],
    ]);
    expect(store.entries).toEqual([]);
  });

  test("D43 of an earlier page a level that the hub does not have is a refusal, and the time ends it", async () => {
    const store = new MemoryStore();
    const first = open({ store, ttlMs: 60_000 });
    first.client
      .topic("a")
      .publish(1, { confirm: "quorum" })
      .catch(() => {});
    first.client
      .topic("b")
      .publish(2)
      .catch(() => {});
    await turn();
    kill(first);
    const told: Diagnostic[] = [];
    const second = open({ store }, 0.25, told);
    await turn();
    await second.welcome();
    const link = second.socket;
    link.say(hub.refused(sent(second)[0]!.request, "unsupported"));
    await turn();
    expect(link.framesOf(PUBLISH).filter(([, , to]) => to === "a")).toHaveLength(1);
    await second.clock.pass(59_999);
    expect(second.client.pending).toBe(1);
    await second.clock.pass(1);
    expect(told.map(({ error }) => (error as { code: string }).code)).toEqual([
      "unsupported",
      "timeout",
    ]);
  });

  test("D44 what a store does not take is told, and goes on without it", async () => {
    const store = new MemoryStore();
    const told: Diagnostic[] = [];
    const bench = open({ store }, 0.5, told);
    await bench.welcome();
    const quota = new DOMException("no room", "QuotaExceededError");
    store.disk = Promise.reject(quota);
    const published = bench.client.topic("a").publish(1);
    await turn();
    expect(told).toMatchObject([
      { kind: "outbox", error: { code: "outbox-failed", cause: quota } },
    ]);
    bench.confirm();
    expect(await published).toMatchObject({ level: "received" });
    store.disk = Promise.resolve();
    await turn();
  });

  test("D44 a store that cannot be opened is told once, and nothing waits for it", async () => {
    const store = new MemoryStore();
    store.open = () => Promise.reject(new Error("no disk"));
    const told: Diagnostic[] = [];
    const bench = open({ store }, 0.5, told);
    await bench.welcome();
    void bench.client.topic("a").publish(1);
    await turn();
    expect([dataOf(bench), told.length, store.said]).toEqual([[1], 1, []]);
    bench.confirm();
  });
});
