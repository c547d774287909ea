// Queues of the client, and those of the hub, on real sockets.

import { type Client, createClient } from "@fanwire/client";
import { Fatal, type Queue, queue, queues, Retry } from "@fanwire/client/queue";
import { createHub, type Hub } from "@fanwire/server";
import { afterEach, expect, test } from "vitest";

const open: AsyncDisposable[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((resource) => resource[Symbol.asyncDispose]()));
});

async function startHub(): Promise<Hub> {
  const hub = createHub({ port: 0, figuresMs: 0 });
  open.push({ [Symbol.asyncDispose]: () => hub.close(0) });
  await hub.listen();
  return hub;
}

function clientOf(hub: Hub): Client {
  const client = createClient(hub.url!, { backoff: { minMs: 5, maxMs: 50 } });
  open.push(client);
  return client;
}

/** A queue that retries at once, and two clients. */
async function start(): Promise<{
  hub: Hub;
  sender: Queue<number>;
  client: Client;
  q: Queue<number>;
}> {
  const hub = await startHub();
  const client = clientOf(hub);
  const q = queue<number>(client, "q");
  await q.manage.declare({ durable: false, leaseMs: 1000, backoffMs: 0 });
  return { hub, client, q, sender: queue<number>(clientOf(hub), "q") };
}

/** Something that a test waits for. */
function gate(): { open: () => void; passed: Promise<void> } {
  let pass = (): void => {};
  const passed = new Promise<void>((resolve) => {
    pass = resolve;
  });
  return { open: pass, passed };
}

test("each job is done once, by many workers", async () => {
  const { hub, sender } = await start();
  const done: number[] = [];
  const workers = Array.from({ length: 3 }, () =>
    queue<number>(clientOf(hub), "q").consume(({ data }) => void done.push(data), {
      concurrency: 5,
    }),
  );
  const sent = await sender.sendMany(Array.from({ length: 3000 }, (_, data) => ({ data })));
  expect(sent.filter(({ error }) => error)).toEqual([]);
  await expect.poll(() => done.length).toBe(3000);
  await Promise.all(workers.map((worker) => worker.drain()));
  expect(new Set(done).size).toBe(3000);
  expect(await sender.manage.stats()).toMatchObject({ ready: 0, leased: 0 });
});

test("an id that was sent before is the same job", async () => {
  const { sender, q } = await start();
  const first = await sender.send(1, { id: "one" });
  expect(await sender.send(1, { id: "one" })).toEqual({ ...first, duplicate: true });
  await expect(sender.send(2, { id: "one" })).rejects.toMatchObject({ code: "conflict" });
  await expect(queue(clientOf(await startHub()), "q").send(1)).rejects.toMatchObject({
    code: "not-found",
  });
  expect((await q.manage.stats()).ready).toBe(1);
});

test("what fails comes again, what is fatal is dead, and is redriven", async () => {
  const { sender, client, q } = await start();
  const seen: string[] = [];
  const worker = q.consume(
    ({ data, attempt }) => {
      seen.push(`${data}/${attempt}`);
      if (data === 1 && attempt === 1) throw new Retry(0, "once more");
      if (data === 2 && attempt === 1) throw new Fatal("never");
    },
    { concurrency: 2 },
  );
  await sender.sendMany([{ data: 1 }, { data: 2, headers: { x: "y" } }]);
  await expect.poll(() => seen.toSorted()).toEqual(["1/1", "1/2", "2/1"]);
  const dead = queue<number>(client, "q~dead");
  await expect
    .poll(async () => (await dead.manage.look("ready", { payload: true })).jobs)
    .toMatchObject([
      { data: 2, headers: { x: "y" }, dead: "rejected", deadFrom: "q", error: "never" },
    ]);
  expect(await queues(client)).toEqual([
    { name: "q", depth: 0 },
    { name: "q~dead", depth: 1 },
  ]);
  expect(await dead.manage.redrive()).toBe(1);
  await expect.poll(() => seen.length).toBe(4);
  await worker.drain();
});

test("a cut does not take a job from its worker, and its end is told on the next link", async () => {
  const { sender, client, q } = await start();
  const { open: end, passed } = gate();
  const aborted: boolean[] = [];
  const attempts: number[] = [];
  const worker = q.consume(
    async ({ attempt, signal }) => {
      attempts.push(attempt);
      await passed;
      aborted.push(signal.aborted);
    },
    { credit: 1 },
  );
  await sender.send(1);
  await expect.poll(() => attempts).toEqual([1]);
  client.reconnect();
  await client.ready();
  // three leases long
  await sender.send(2, { delayMs: 3000 });
  await expect.poll(async () => (await sender.manage.stats()).ready).toBe(1);
  expect(await sender.manage.stats()).toMatchObject({ leased: 1 });
  end();
  await expect.poll(() => aborted).toEqual([false, false]);
  await worker.drain();
  expect(attempts).toEqual([1, 1]);
});

test("a worker that is not heard of loses its job to another, and hears of it", async () => {
  const { hub, sender } = await start();
  const lost: unknown[] = [];
  const pulling = queue<number>(clientOf(hub), "q");
  await sender.send(1);
  for await (const job of pulling.pull({ waitMs: 1000 })) {
    job.signal.addEventListener("abort", () => lost.push(job.signal.reason.code));
    const other = queue<number>(clientOf(hub), "q").consume(() => {});
    await expect.poll(() => lost).toEqual(["lease-lost"]);
    await expect.poll(async () => (await sender.manage.stats()).totals.done).toBe(1);
    await other.drain();
    // that it is done is so already
    await job.ack();
    await expect(pulling.pull().next()).resolves.toMatchObject({ done: true });
  }
});

test("a worker whose queue is deleted ends with the reason, and its job is given up", async () => {
  const { sender, client, q } = await start();
  const reasons: unknown[] = [];
  const worker = q.consume(
    ({ signal }) =>
      new Promise<void>((resolve) => {
        signal.addEventListener("abort", () => {
          reasons.push(signal.reason.code);
          resolve();
        });
      }),
  );
  await sender.send(1);
  await expect.poll(() => worker.running).toBe(1);
  expect(await queue(client, "q").manage.delete(1)).toBe(1);
  expect(await worker.closed).toMatchObject({ code: "not-found" });
  expect(reasons).toHaveLength(1);
});

test("a publication of a topic is a job of the queue that is bound to it", async () => {
  const { hub, client, q } = await start();
  await q.manage.bind("uploads.*", { priority: 7, group: "g" });
  const jobs: unknown[] = [];
  const worker = q.consume(({ data, topic, priority, group, position }) => {
    jobs.push([data, topic, priority, group, position]);
  });
  const { position } = await clientOf(hub).topic("uploads.a").publish(5);
  await expect.poll(() => jobs).toEqual([[5, "uploads.a", 7, "g", position]]);
  await q.manage.unbind("uploads.*");
  await client.topic("uploads.a").publish(6);
  await q.send(7);
  await expect.poll(() => jobs.length).toBe(2);
  await worker.drain();
});

test("whoever follows a job hears what it is, how far, and what becomes of it", async () => {
  const { sender, q } = await start();
  await sender.send(1, { id: "one" });
  const states: unknown[] = [];
  const reports = sender.follow("one");
  const ended = (async () => {
    for await (const { data } of reports) {
      states.push(data.progress ?? data.state);
      if (data.state === "ready")
        q.consume(async (job) => {
          job.progress(0.25);
          await Promise.resolve();
        });
      if (data.state === "done") break;
    }
  })();
  await ended;
  expect(states).toEqual(["ready", "leased", 0.25, "done"]);
});

test("a queue that is paused gives nothing out, and one that is purged has nothing to give", async () => {
  const { sender, q } = await start();
  await q.manage.pause();
  const done: number[] = [];
  const worker = q.consume(({ data }) => void done.push(data));
  await sender.sendMany([{ data: 1 }, { data: 2 }]);
  expect(await q.manage.stats()).toMatchObject({ isPaused: true, ready: 2 });
  await expect(q.manage.purge(1)).rejects.toMatchObject({ code: "conflict" });
  expect(await q.manage.purge(2)).toBe(2);
  await sender.send(3);
  await q.manage.resume();
  await expect.poll(() => done).toEqual([3]);
  await worker.drain();
});
