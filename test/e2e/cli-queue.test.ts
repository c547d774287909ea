import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fanwire, type Running, serve } from "./shell.ts";

let hub: Running;
let env: { FANWIRE_URL: string };
const folder = mkdtempSync(join(tmpdir(), "fanwire-queue-"));

beforeAll(async () => {
  const served = await serve("--data", join(folder, "data"));
  hub = served.hub;
  env = { FANWIRE_URL: served.url };
});

afterAll(async () => {
  hub.child.kill("SIGTERM");
  expect(await hub.exited).toEqual({ code: 0, signal: null });
  rmSync(folder, { recursive: true });
});

/** Runs `fanwire queue` to its end. */
async function q(...args: readonly string[]): Promise<Running & { code: number | null }> {
  const command = fanwire(["queue", ...args], { env });
  const { code } = await command.exited;
  return Object.assign(command, { code });
}

/** What it printed, as JSON. */
async function json(...args: readonly string[]): Promise<unknown> {
  const command = await q(...args, "--json");
  expect([command.code, command.err]).toEqual([0, ""]);
  return JSON.parse(command.out);
}

/** A queue that tries again at once. */
async function declared(name: string, ...flags: readonly string[]): Promise<string> {
  const command = await q("declare", name, "--backoff", "0", ...flags);
  expect([command.code, command.err]).toEqual([0, `fanwire: ${name} is declared.\n`]);
  return name;
}

/** A worker that is served. */
async function working(
  name: string,
  flags: readonly string[],
  ...command: readonly string[]
): Promise<Running> {
  const worker = fanwire(["queue", "work", name, ...flags, "--", ...command], { env });
  await worker.until("err", /working on/u);
  return worker;
}

const node = (code: string): string[] => [process.execPath, "-e", code];

describe("send and work", () => {
  test("a command is run for each job, with its data on standard input as it was sent", async () => {
    const name = await declared("data");
    for (const data of ['{"image": 7}', "plain text"]) await q("send", name, data);
    const path = join(folder, "data.bin");
    writeFileSync(path, Uint8Array.of(97, 10, 98));
    await q("send", name, "--file", path);
    await q("send", name, "42", "--text");
    const worker = await q(
      "work",
      name,
      "-n",
      "4",
      "-q",
      "--",
      ...node(`
      const chunks = [];
      process.stdin.on("data", (chunk) => chunks.push(chunk));
      process.stdin.on("end", () => console.log(JSON.stringify(String(Buffer.concat(chunks)))));
    `),
    );
    expect([worker.code, worker.err]).toEqual([0, ""]);
    expect(
      worker.out
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual(['{"image":7}', "plain text", "a\nb", "42"]);
  });

  test("the command is told of its job, and --json tells what became of it", async () => {
    const name = await declared("told");
    await q("send", name, "1", "--id", "one", "-p", "9", "-g", "a group", "-H", "x=y");
    const worker = await q(
      "work",
      name,
      "-n",
      "1",
      "--json",
      "--",
      ...node(`
      const told = Object.entries(process.env).filter(([name]) => name.startsWith("FANWIRE_JOB_"));
      console.log(JSON.stringify(Object.fromEntries(told)));
    `),
    );
    expect(JSON.parse(worker.out)).toEqual({
      seq: 1,
      id: "one",
      attempt: expect.any(Number),
      outcome: "done",
      exit: 0,
      ms: expect.any(Number),
    });
    const [line] = /\{.*\}/u.exec(worker.err)!;
    expect(JSON.parse(line)).toEqual({
      FANWIRE_JOB_ID: "one",
      FANWIRE_JOB_SEQ: "1",
      FANWIRE_JOB_ATTEMPT: "1",
      FANWIRE_JOB_QUEUE: name,
      FANWIRE_JOB_PRIORITY: "9",
      FANWIRE_JOB_TIME: expect.stringMatching(/^\d{4}-\d\d-\d\dT/u),
      FANWIRE_JOB_GROUP: "a group",
      FANWIRE_JOB_HEADERS: '{"x":"y"}',
    });
  });

  test("a command that fails is run again, and its last complaint goes with the dead letter", async () => {
    const name = await declared("failing", "--max-failures", "2");
    await q("send", name, "1");
    const worker = await q(
      "work",
      name,
      "-n",
      "2",
      "--",
      "sh",
      "-c",
      "echo first >&2; echo last >&2; exit 3",
    );
    expect(worker.code).toBe(0);
    expect(worker.err.match(/job 1 failed: last/gu)).toHaveLength(2);
    const dead = await q("peek", `${name}~dead`);
    expect(dead.out).toBe("1\tready, 2 failures, from failing: too many failures\t1\tlast\n");
    expect(await json("redrive", `${name}~dead`)).toEqual({ queue: `${name}~dead`, redriven: 1 });
    const again = await q("work", name, "-n", "1", "-q", "--", "true");
    expect([again.code, again.err]).toEqual([0, ""]);
    expect(await json("stats", name)).toMatchObject({ ready: 0, totals: { done: 1 } });
  });

  test("75 and a command that is not there are failures that say so", async () => {
    const name = await declared("reasons");
    await q("send", name, "1");
    const later = await q("work", name, "-n", "1", "--", "sh", "-c", "exit 75");
    expect(later.err).toContain("job 1 failed: the command wants to be tried again");
    const missing = await q("work", name, "-n", "1", "--", "./nowhere");
    expect(missing.err).toMatch(/job 1 failed: .*ENOENT/u);
    const killed = await q("work", name, "-n", "1", "--", "sh", "-c", "kill -9 $$");
    expect(killed.err).toContain("job 1 failed: the command was ended by SIGKILL");
  });

  test("each line of standard input is a job, and many workers do each once", async () => {
    const name = await declared("lines", "--memory");
    const lines = Array.from({ length: 100 }, (_, i) => `line ${i}`);
    const send = fanwire(["queue", "send", name, "--lines"], {
      env,
      input: `${lines.join("\n")}\n`,
    });
    expect((await send.exited).code).toBe(0);
    expect(send.err).toBe("fanwire: 100 jobs sent.\n");
    const workers = await Promise.all(
      [1, 2].map(() => working(name, ["-c", "8"], "sh", "-c", 'line=$(cat); echo "$line"')),
    );
    await expect
      .poll(() => json("stats", name), { timeout: 30_000 })
      .toMatchObject({ totals: { done: 100 } });
    for (const worker of workers) worker.child.kill("SIGTERM");
    for (const worker of workers) expect((await worker.exited).code).toBe(0);
    const done = workers.flatMap(({ out }) => out.trimEnd().split("\n"));
    expect(done.toSorted()).toEqual(lines.toSorted());
  });
});

describe("the end of a worker", () => {
  test.each(["SIGTERM", "SIGINT"] as const)(
    "%s lets the job at work be finished, and gives the others back",
    async (signal) => {
      const name = await declared(`end-${signal.toLowerCase()}`);
      await q("send", name, "1");
      await q("send", name, "2");
      const worker = await working(name, [], "sh", "-c", "echo begun; sleep 1; echo ended");
      await worker.until("out", /begun/u);
      worker.child.kill(signal);
      await worker.until("err", /finishing 1 job; once more gives them back/u);
      expect(await worker.exited).toEqual({ code: 0, signal: null });
      expect(worker.out).toBe("begun\nended\n");
      expect(await json("stats", name)).toMatchObject({ ready: 1, leased: 0, totals: { done: 1 } });
    },
  );

  test("the second signal ends the command, and gives its job back", async () => {
    const name = await declared("twice");
    await q("send", name, "1");
    const worker = await working(name, ["--kill-after", "100ms"], ...stubborn);
    await worker.until("out", /begun/u);
    worker.child.kill("SIGTERM");
    await worker.until("err", /finishing 1 job/u);
    worker.child.kill("SIGTERM");
    expect(await worker.exited).toEqual({ code: 0, signal: null });
    expect(worker.out).toBe("begun\nasked\n");
    expect(await json("stats", name)).toMatchObject({
      ready: 1,
      leased: 0,
      totals: { failed: 0, released: 1 },
    });
  });

  test("when its job is taken from it the command is ended", async () => {
    const name = await declared("lost");
    await q("send", name, "1");
    const worker = await working(name, ["--kill-after", "100ms"], ...stubborn);
    await worker.until("out", /begun/u);
    expect((await q("delete", name, "--depth", "1")).err).toContain("lost is gone, and 1 job.");
    expect((await worker.exited).code).toBe(1);
    expect(worker.out).toBe("begun\nasked\n");
    expect(worker.err).toMatch(/job 1 is not ours any more/u);
    expect(worker.err).toMatch(/was deleted\. \(not-found\)/u);
  });

  test("a worker that is killed leaves its job to the next one, also over a hub that is killed", async () => {
    const data = join(folder, "killed");
    const first = await serve("--data", data);
    const { port } = new URL(first.url);
    const own = { env: { FANWIRE_URL: first.url } };
    const run = async (...args: readonly string[]): Promise<Running> => {
      const command = fanwire(["queue", ...args], own);
      expect((await command.exited).code).toBe(0);
      return command;
    };
    await run("declare", "k", "--lease", "1s", "--resume", "500ms", "--backoff", "0");
    await run("send", "k", "1");
    await run("send", "k", "2");
    const record = join(folder, "record");
    const killed = fanwire(
      [
        "queue",
        "work",
        "k",
        "--",
        "sh",
        "-c",
        `echo begun $FANWIRE_JOB_SEQ >> ${record}; ${forever}`,
      ],
      own,
    );
    await expect.poll(() => readSafely(record)).toBe("begun 1\n");
    killed.child.kill("SIGKILL");
    await killed.exited;
    first.hub.child.kill("SIGKILL");
    await first.hub.exited;
    const second = fanwire(["serve", "--port", port, "--data", data]);
    await second.until("out", /listens on/u);
    const next = await run("work", "k", "-n", "2", "--json", "--", "cat");
    const done = next.out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { seq: number; attempt: number });
    expect(new Set(done.map(({ seq }) => seq))).toEqual(new Set([1, 2]));
    for (const { attempt } of done) expect(attempt).toBeGreaterThan(1);
    const stats = await run("stats", "k", "--json");
    expect(JSON.parse(stats.out)).toMatchObject({ ready: 0, delayed: 0, leased: 0 });
    second.child.kill("SIGTERM");
    await second.exited;
  });

  test.skipIf(process.platform === "win32")(
    "the command of a worker that is killed is ended, with all that it began",
    async () => {
      const name = await declared("orphans");
      await q("send", name, "1");
      const stubborn = "cat >/dev/null; trap '' TERM; sleep 1000 & echo $$ $!; wait; sleep 1000";
      const worker = await working(name, ["--kill-after", "1s"], "sh", "-c", stubborn);
      await worker.until("out", /\d+ \d+\n/u);
      const pids = worker.out.trim().split(" ").map(Number);
      worker.child.kill("SIGKILL");
      await expect.poll(() => pids.filter((pid) => isThere(pid)), { timeout: 20_000 }).toEqual([]);
    },
  );

  test("a worker that is killed while the hub stays loses its job when its time is over", async () => {
    const name = await declared("alone", "--lease", "1s", "--resume", "500ms");
    await q("send", name, "1");
    const worker = await working(name, [], "sh", "-c", `echo begun; ${forever}`);
    await worker.until("out", /begun/u);
    worker.child.kill("SIGKILL");
    const next = await q("work", name, "-n", "1", "--json", "--", "true");
    expect(JSON.parse(next.out)).toMatchObject({ seq: 1, attempt: 2, outcome: "done" });
  });
});

/** Whether it runs: one that has ended may stand in the list until somebody asks how. */
function isThere(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return /^[^Z\s]/u.test(stdout);
}

/** In a shell: goes on as long as its worker is there. */
const forever = "while kill -0 $PPID 2>/dev/null; do sleep 0.2; done";

/** Says that it was asked to end, and does not. */
const stubborn = node(`
  process.on("SIGTERM", () => process.stdout.write("asked\\n"));
  process.stdout.write("begun\\n");
  setInterval(() => {}, 1000);
`);

function readSafely(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

describe("queues", () => {
  test("one is declared, and what is otherwise is told and changed on demand", async () => {
    const name = await declared("changing");
    const other = await q("declare", name, "--backoff", "0", "--lease", "5s");
    expect(other.code).toBe(1);
    expect(other.err).toContain("leaseMs is 30000, not 5000");
    const altered = await q("declare", name, "--lease", "5s", "--aging", "strict", "--alter");
    expect(altered.err).toBe(
      "fanwire: changing is declared: leaseMs is 5000, and was 30000; agingMs is -1, and was 30000.\n",
    );
    expect(await json("declare", name, "--max-processing", "1h", "--alter")).toMatchObject({
      queue: name,
      settings: { leaseMs: 5000, maxProcessingMs: 3_600_000, durable: true },
      changed: { maxProcessingMs: null },
    });
  });

  test("they are listed, looked at, paused, and emptied by who knows how much they hold", async () => {
    const name = await declared("held");
    expect((await q("pause", name)).err).toBe("fanwire: held is paused.\n");
    await q("send", name, '{"a": 1}', "-p", "9");
    await q("send", name, "two", "--delay", "1h");
    expect((await q("list")).out).toContain("held\t2\n");
    expect((await q("peek", name)).out).toBe('1\tready, 0 failures\t{"a":1}\n');
    expect((await q("peek", name, "-s", "delayed")).out).toBe("2\tdelayed, 0 failures\ttwo\n");
    const stats = await q("stats", name);
    expect(stats.out).toMatch(
      /^held \(paused\)\n {2}waiting {5}1 ready, the oldest .*; 1 delayed\n/u,
    );
    const asked = await q("purge", name);
    expect([asked.code, asked.err]).toEqual([
      2,
      "fanwire: held holds 2 waiting jobs.\nIf they are to be gone: fanwire queue purge held --depth 2\n",
    ]);
    expect((await q("purge", name, "--depth", "3")).code).toBe(1);
    expect((await q("purge", name, "--depth", "2")).err).toBe("fanwire: 2 jobs of held deleted.\n");
    expect((await q("resume", name)).err).toBe("fanwire: held goes on.\n");
    expect(await json("delete", name, "--depth", "0")).toEqual({ queue: name, deleted: 0 });
    expect((await q("stats", name)).code).toBe(1);
  });

  test("a publication is a job of the queue that is bound to its topic, until it is not", async () => {
    const name = await declared("bound");
    expect((await q("bind", name, "uploads.*")).err).toBe("fanwire: bound gets uploads.*.\n");
    await fanwire(["pub", "uploads.a", "7"], { env }).exited;
    const worker = await q(
      "work",
      name,
      "-n",
      "1",
      "-q",
      "--",
      "sh",
      "-c",
      'echo "$FANWIRE_JOB_TOPIC $(cat)"',
    );
    expect(worker.out).toBe("uploads.a 7\n");
    await q("bind", name, "uploads.*", "--unbind");
    await fanwire(["pub", "uploads.a", "8"], { env }).exited;
    expect(await json("stats", name)).toMatchObject({ ready: 0, totals: { sent: 1 } });
  });

  test("stats --watch goes on until it is ended", async () => {
    const name = await declared("watched");
    const watch = fanwire(["queue", "stats", name, "--watch", "--json"], { env });
    await watch.until("out", /"ready":0/u);
    await q("send", name, "1");
    await watch.until("out", /"ready":1/u);
    watch.child.kill("SIGINT");
    expect(await watch.exited).toEqual({ code: 0, signal: null });
  });
});

describe("what goes wrong", () => {
  test.each<[readonly string[], number, RegExp]>([
    [[], 2, /queue needs a verb\.\nfanwire queue --help shows/u],
    [["sned", "a"], 2, /queue has no verb "sned"/u],
    [["send"], 2, /queue send needs the name of a queue\.\nfanwire queue send --help/u],
    [["send", "a", "b", "c"], 2, /one operand too many: "c"/u],
    [["send", "a", "1", "--lines"], 2, /takes data, --file or --lines/u],
    [["send", "a", "--lines", "--id", "x"], 2, /--id is of one job/u],
    [["send", "a", "-p", "10"], 2, /--priority is 0 to 9/u],
    [["send", "a", "--delay", "1y"], 2, /--delay "1y" is no time like 250ms/u],
    [["send", "a", "--at", "soon"], 2, /--at "soon" is no time like 2026/u],
    [["send", "a", "--file", "nowhere"], 2, /nowhere cannot be read/u],
    [["send", "a.b", "1"], 2, /"a\.b" is no name of a queue/u],
    [["send", "unknown", "1"], 1, /There is no queue "unknown"; declare it first\. \(not-found\)/u],
    [["work", "a"], 2, /needs a command, behind --/u],
    [["work", "a", "-c", "0", "--", "x"], 2, /--concurrency "0" is not a whole number from 1/u],
    [["work", "unknown", "--", "x"], 1, /There is no queue "unknown"/u],
    [["peek", "a", "-s", "gone"], 2, /--state "gone" is not one of ready, delayed, leased, dead/u],
    [["bind", "a"], 2, /queue bind needs a topic or a pattern/u],
    [["bind", "a", "b..c"], 2, /"b\.\.c" is no pattern/u],
    [["bind", "a", "b", "--from", "x"], 2, /--from "x" is not start/u],
    [["list", "a"], 2, /one operand too many: "a"/u],
    [["stats", "a", "--url", "ws://127.0.0.1:9/"], 3, /There is no hub at ws:\/\/127\.0\.0\.1:9/u],
  ])("fanwire queue %j ends with %d and a sentence", async (args, code, sentence) => {
    const command = await q(...args);
    expect(command.err).toMatch(sentence);
    expect([command.code, command.out]).toEqual([code, ""]);
  });

  test("lines that do not fit are told, with how many were sent", async () => {
    const name = await declared("full", "--jobs-max", "2");
    const send = fanwire(["queue", "send", name, "--lines"], { env, input: "1\n2\n3\n" });
    expect((await send.exited).code).toBe(1);
    expect(send.err).toMatch(/queue-full.* 2 jobs sent\./u);
  });
});
