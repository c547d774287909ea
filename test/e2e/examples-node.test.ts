import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { type Client, createClient } from "@fanwire/client";
import { createHub, type Hub, type HubOptions } from "@fanwire/server";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { runExample, startPages } from "./examples.ts";
import type { Running } from "./shell.ts";

let folder: string;
let hub: Hub;
let client: Client;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fanwire-examples-"));
});

afterEach(async () => {
  await client?.close();
  await hub?.close(0);
  rmSync(folder, { recursive: true });
});

async function startHub(options: HubOptions): Promise<void> {
  hub = createHub({ port: 0, ...options });
  await hub.listen();
  client = createClient(hub.url!);
}

describe("service", () => {
  /** Invoices that were seen, by the number of their order. */
  const seen: number[] = [];
  let sent = 0;

  /** As many orders as a test sends are kept. */
  const history = { count: 1_000_000 };
  const topics = ["orders", "invoices"].map((match) => ({ match, history }));

  async function startTraffic(): Promise<void> {
    seen.length = 0;
    sent = 0;
    await startHub({ topics, limits: { publishPerSecond: 100_000, publishBurst: 100_000 } });
    const invoices = client.topic<{ count: number }>("invoices");
    await invoices.subscribe(({ data }) => seen.push(data.count)).ready;
  }

  const start = (...flags: string[]): Running => {
    const state = join(folder, "state");
    return runExample("service/service.ts", ["--url", hub.url!, "--state", state, ...flags]);
  };

  /** Orders one after the other, a few hundred a second, until something has happened. */
  async function orderUntil(isThere: () => boolean): Promise<void> {
    while (!isThere()) {
      await client.topic("orders").publish({ item: "tea", count: ++sent });
      await setTimeout(2);
    }
  }

  const allOnce = (): number[] => Array.from({ length: sent }, (_, i) => i + 1);

  test("stopped and started again in traffic it answers each order once, in their order", async () => {
    await startTraffic();
    for (let i = 1; i <= 3; i++) {
      const service = start();
      await orderUntil(() => seen.length >= i * 50);
      service.child.kill("SIGTERM");
      let isOver = false;
      void service.exited.then(() => (isOver = true));
      await orderUntil(() => isOver);
      expect(await service.exited).toEqual({ code: 0, signal: null });
      expect(service.err).toBe("");
      expect(service.out).toMatch(/^started\nstopped, \d+ answered\n$/u);
      // what is ordered while it is away waits
      const before = sent;
      await orderUntil(() => sent === before + 20);
    }
    const last = start();
    await expect.poll(() => seen.length).toBeGreaterThanOrEqual(sent);
    last.child.kill("SIGTERM");
    expect((await last.exited).code).toBe(0);
    expect(seen).toEqual(allOnce());
  });

  test("killed in traffic it goes on, and none is answered twice", async () => {
    await startTraffic();
    for (let i = 1; i <= 2; i++) {
      const service = start();
      await orderUntil(() => seen.length >= i * 50);
      service.child.kill("SIGKILL");
      await service.exited;
    }
    const last = start();
    await expect.poll(() => seen.length).toBeGreaterThanOrEqual(sent);
    last.child.kill("SIGTERM");
    expect((await last.exited).code).toBe(0);
    expect(seen).toEqual(allOnce());
  });

  test("what cannot be answered in time is left for the next start, and told", async () => {
    // the hub has no room for invoices, as it has all the topics that it may
    await startHub({ topics, figuresMs: 0, limits: { topicsMax: 1 } });
    await client.topic("orders").publish({ item: "tea", count: 1 });
    const service = start("--drain", "0");
    await expect.poll(() => hub.stats().refused).toBeGreaterThan(0);
    service.child.kill("SIGTERM");
    expect((await service.exited).code).toBe(1);
    expect(service.out).toBe("started\nstopped, 0 answered\n");
    expect(service.err).not.toBe("");
    expect(existsSync(join(folder, "state"))).toBe(false);
  });

  test("without a hub it stops all the same", async () => {
    await startTraffic();
    const service = start();
    await orderUntil(() => seen.length > 0);
    await expect.poll(() => seen.length).toBe(sent);
    await hub.close(0);
    service.child.kill("SIGTERM");
    expect((await service.exited).signal).toBe(null);
    expect(service.out).toMatch(/\nstopped, \d+ answered\n$/u);
  });

  test("it tells how it is used", async () => {
    const service = runExample("service/service.ts", ["--help"]);
    expect((await service.exited).code).toBe(0);
    expect(service.out).toMatch(/^Usage: npm run service/u);
  });
});

describe.each(["express", "fastify"])("%s", (name) => {
  let server: Running;
  let address: string;

  beforeEach(async () => {
    server = runExample(`${name}/server.ts`, ["--port", "0"]);
    address = (await server.until("out", /http\S+(?=\n)/u))!;
    client = createClient(`${address}/hub`);
  });

  afterEach(async () => {
    server.child.kill("SIGTERM");
    expect(await server.exited).toEqual({ code: 0, signal: null });
    expect(server.err).toBe("");
  });

  const put = (thing: string, body: unknown): Promise<Response> =>
    fetch(`${address}/prices/${encodeURIComponent(thing)}`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });

  test("what is put by HTTP is pushed to those who follow it, and can be got", async () => {
    const prices = client.topic("prices.*").subscribe();
    await prices.ready;
    expect((await put("tea", { price: 3 })).status).toBe(202);
    expect((await put("a.b*", { price: 4 })).status).toBe(202);
    const seen: [topic: string, data: unknown][] = [];
    for await (const { topic, data } of prices) if (seen.push([topic, data]) === 2) break;
    expect(seen).toEqual([
      ["prices.tea", { price: 3 }],
      ["prices.a%2Eb%2A", { price: 4 }],
    ]);
    expect(await (await fetch(`${address}/prices/tea`)).json()).toEqual({ price: 3 });
  });

  test("what is published over a WebSocket is answered by HTTP", async () => {
    await client.topic("prices.milk").publish({ price: 2 });
    const answer = await fetch(`${address}/prices/milk`);
    expect([answer.status, await answer.json()]).toEqual([200, { price: 2 }]);
  });

  test("what is wrong is refused, and nobody is told of it", async () => {
    const seen: string[] = [];
    await client.topic("prices.*").subscribe(({ topic }) => seen.push(topic)).ready;
    const answer = await put("tea", { price: -1 });
    expect([answer.status, Object.keys((await answer.json()) as object)]).toEqual([400, ["error"]]);
    expect((await fetch(`${address}/prices/nothing`)).status).toBe(404);
    expect((await fetch(`${address}/elsewhere`)).status).toBe(404);
    await client.topic("prices.after").publish({ price: 1 });
    await expect.poll(() => seen).toEqual(["prices.after"]);
  });

  test("it tells how it is used", async () => {
    const help = runExample(`${name}/server.ts`, ["--help"]);
    expect((await help.exited).code).toBe(0);
    expect(help.out).toContain(`Usage: npm run ${name}`);
  });
});

describe("progress", () => {
  let pages: Running;
  let url: string;

  beforeAll(async () => {
    const started = await startPages();
    pages = started.running;
    url = `${started.address.replace("http", "ws")}/hub`;
  });

  afterAll(async () => {
    pages.child.kill("SIGTERM");
    expect(await pages.exited).toEqual({ code: 0, signal: null });
  });

  const progress = (...args: string[]): Running =>
    runExample("progress/progress.ts", ["--url", url, ...args]);

  test("a job that is done ends with 0, after a bar that has grown to its end", async () => {
    const command = progress("40");
    expect(await command.exited).toEqual({ code: 0, signal: null });
    expect(command.out).toBe("");
    const lines = command.err.trim().split("\n");
    expect(lines.at(-1)).toBe("It is done.");
    const bars = lines
      .slice(0, -1)
      .map((line) => /^█*░* +(\d+) % {2}page \d+ of 40 *$/u.exec(line));
    const percents = bars.map((bar) => Number(bar![1]));
    expect(percents.length).toBeGreaterThan(2);
    expect(percents).toEqual(percents.toSorted((a, b) => a - b));
    expect(lines.at(-2)).toMatch(/^█{30} 100 %  page 40 of 40 *$/u);
  });

  test("a job that fails ends with 1 and the reason", async () => {
    const command = progress("501");
    expect(await command.exited).toEqual({ code: 1, signal: null });
    expect(command.err).toBe("It has failed: a report has at most 500 pages.\n");
  });

  test("with --json it prints what the hub tells, and no bar", async () => {
    const command = progress("3", "--json");
    expect((await command.exited).code).toBe(0);
    expect(command.err).toBe("It is done.\n");
    const told = command.out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(told.at(-1)).toMatchObject({ queue: "reports", state: "done" });
  });

  test("one that nobody works on is given up in its time, with 1", async () => {
    await startHub({ queues: [{ name: "reports" }] });
    const command = runExample("progress/progress.ts", [
      "--url",
      hub.url!,
      "--timeout",
      "0.2",
      "3",
    ]);
    expect((await command.exited).code).toBe(1);
    expect(command.err).toBe("It is not done after 0.2 seconds.\n");
  });

  test("a hub that has no such queue is told, with 1", async () => {
    await startHub({});
    const command = runExample("progress/progress.ts", ["--url", hub.url!, "3"]);
    expect((await command.exited).code).toBe(1);
    expect(command.err).toMatch(/^[A-Z].+\.\n$/u);
  });

  test("it tells how it is used, and what is wrong, with 2", async () => {
    const help = progress("--help");
    expect((await help.exited).code).toBe(0);
    expect(help.out).toMatch(/^Usage: npm run -s progress/u);
    for (const [args, sentence] of [
      [["many"], /^How many pages\?/u],
      [[], /^How many pages\?/u],
      [["3", "--what"], /Unknown option '--what'/u],
      [["3", "--timeout", "soon"], /^--timeout must be a number above 0/u],
    ] as const) {
      const wrong = progress(...args);
      expect((await wrong.exited).code).toBe(2);
      expect(wrong.err).toMatch(sentence);
    }
  });
});
