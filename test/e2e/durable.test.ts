// What a hub keeps, on real directories and disks, and what it says when it cannot.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { down, encoding, errorCodes } from "@fanwire/protocol";
import { client, type WireFrame } from "@fanwire/testkit";
import { afterEach, describe, expect, test } from "vitest";
import { Checker } from "../crash/checker.ts";
import { payloadText } from "../crash/history.ts";
import { RawLink } from "../crash/raw.ts";
import { readAll } from "../crash/reader.ts";
import { whyNoStrace, withInjection } from "../crash/strace.ts";
import { fanwire, type Running, serve } from "./shell.ts";

const ended: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ended.splice(0).toReversed()) await end();
});

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "fanwire-durable-"));
  ended.push(() => rmSync(path, { recursive: true }));
  return path;
}

function config(topics: readonly object[]): string {
  const path = join(folder(), "hub.json");
  const limits = {
    publishPerSecond: 1_000_000,
    publishBurst: 1_000_000,
    publishBytesPerSecond: 1_073_741_824,
    publishBytesBurst: 1_073_741_824,
  };
  writeFileSync(path, JSON.stringify({ figuresMs: 0, drainMs: 0, topics, limits }));
  return path;
}

const durable = [{ match: "d.**", durable: true }];

/** A hub that is gone when the test is. */
async function hubOn(data: string, topics: readonly object[] = durable): Promise<Served> {
  const served = await serve("--data", data, "--config", config(topics));
  ended.push(() => kill(served.hub));
  return served;
}

type Served = Awaited<ReturnType<typeof serve>>;

async function kill(hub: Running): Promise<void> {
  hub.child.kill("SIGKILL");
  await hub.exited;
}

/** A hub that is expected not to start: its code and what it says. */
async function refused(
  data: string,
  topics: readonly object[] = durable,
): Promise<{ code: number | null; said: string }> {
  const hub = fanwire(["serve", "--port", "0", "--data", data, "--config", config(topics)]);
  ended.push(() => kill(hub));
  // ends the waiting too
  await expect(hub.until("out", /listens on/u)).rejects.toThrow("ended with");
  const { code } = await hub.exited;
  return { code, said: hub.err };
}

/** A connection that keeps what it is told. */
async function joined(
  url: string,
  read: (frame: WireFrame) => void = () => {},
): Promise<{ link: RawLink; frames: WireFrame[] }> {
  const frames: WireFrame[] = [];
  const link = await RawLink.open(url, (frame) => {
    frames.push(frame);
    read(frame);
  });
  ended.push(() => link.cut());
  return { link, frames };
}

async function publish(url: string, topic: string, data: string): Promise<unknown> {
  const pub = fanwire(["pub", topic, data, "--json"], { env: { FANWIRE_URL: url } });
  expect((await pub.exited).code, pub.err).toBe(0);
  return JSON.parse(pub.out);
}

describe("a hub with --data", () => {
  test("confirms with level disk, and goes on with the next offset after kill -9", async () => {
    const data = join(folder(), "store");
    const first = await hubOn(data);
    expect(await publish(first.url, "d.x", "1")).toMatchObject({ level: "disk" });
    expect(await publish(first.url, "e", "1")).toMatchObject({ level: "received" });
    const { position } = (await publish(first.url, "d.x", "2")) as { position: string };
    await kill(first.hub);
    const second = await hubOn(data);
    const next = (await publish(second.url, "d.x", "3")) as { position: string };
    const [epoch, offset] = position.split(":").map(Number);
    expect([epoch, offset]).toEqual([expect.any(Number), 2]);
    expect(next.position).toBe(`${epoch}:3`);
  });

  test("is alone in its directory: a second one ends with 75, and the first goes on", async () => {
    const data = join(folder(), "store");
    const { hub, url } = await hubOn(data);
    const second = await refused(data);
    expect(second.code).toBe(75);
    expect(second.said).toBe(
      `fanwire: ${data} is in use by another process (pid ${hub.child.pid}). A store belongs to one process at a time.\n`,
    );
    expect(await publish(url, "d.x", "1")).toMatchObject({ level: "disk" });
    // what a killed one leaves blocks nobody
    await kill(hub);
    await hubOn(data);
  });

  test.each<[string, RegExp, (data: string) => void]>([
    [
      "a directory of something else",
      /holds other files, and no store\. Give an empty directory/u,
      (data) => {
        rmSync(data, { recursive: true });
        mkdirSync(data);
        writeFileSync(join(data, "notes.txt"), "mine");
      },
    ],
    [
      "a store of a newer version",
      /was written by a newer version of fanwire, in format 99\. Use that version/u,
      (data) =>
        edit(data, (manifest) =>
          manifest.replace(/format \d+, least reader \d+/u, "format 99, least reader 99"),
        ),
    ],
    [
      "a store with a damaged manifest",
      /is damaged: .*Nothing was changed\. Restore a backup/u,
      (data) => edit(data, (manifest) => manifest.replace('"run"', '"ran"')),
    ],
    [
      "a store without a manifest",
      /is damaged: .*Nothing was changed\. Restore a backup/u,
      (data) => rmSync(join(data, "MANIFEST")),
    ],
    [
      "a file",
      /cannot be used: /u,
      (data) => {
        rmSync(data, { recursive: true });
        writeFileSync(data, "mine");
      },
    ],
    [
      "a store that cannot be read",
      /cannot be used: /u,
      (data) => {
        // not by its rights: the tests may be run by root
        rmSync(join(data, "MANIFEST"));
        mkdirSync(join(data, "MANIFEST"));
      },
    ],
  ])("%s ends it with 1 and a sentence, and nothing is changed", async (_what, sentence, spoil) => {
    const data = join(folder(), "store");
    const { hub, url } = await hubOn(data);
    await publish(url, "d.x", "1");
    hub.child.kill("SIGTERM");
    expect((await hub.exited).code).toBe(0);
    spoil(data);
    const before = contents(data);
    const { code, said } = await refused(data);
    expect(said).toMatch(sentence);
    expect(said).toContain(data);
    expect(said.trimEnd().split("\n")).toHaveLength(1);
    expect(code).toBe(1);
    expect(contents(data)).toEqual(before);
  });

  test("a port that is taken ends it with 1, and the directory is free again", async () => {
    const { url } = await serve().then((served) => {
      ended.push(() => kill(served.hub));
      return served;
    });
    const data = join(folder(), "store");
    const second = fanwire(["serve", "--port", new URL(url).port, "--data", data]);
    ended.push(() => kill(second));
    expect((await second.exited).code).toBe(1);
    expect(second.err).toMatch(/^fanwire: Another program listens on port/u);
    await hubOn(data);
  });

  test("rules that would drop what is stored end it with 1 and the names of the topics", async () => {
    const data = join(folder(), "store");
    const { hub, url } = await hubOn(data);
    await publish(url, "d.x", "1");
    await kill(hub);
    const { code, said } = await refused(data, [{ match: "d.**", history: true }]);
    expect(said).toMatch(/holds 1 topics that are not durable by the rules of today \(d\.x\)/u);
    expect(code).toBe(1);
  });
});

/** Changes the manifest. */
function edit(data: string, change: (text: string) => string): void {
  const path = join(data, "MANIFEST");
  const text = readFileSync(path, "latin1");
  expect(change(text)).not.toBe(text);
  writeFileSync(path, change(text), "latin1");
}

/** All files, each with a hash of its bytes. */
function contents(path: string): unknown {
  if (statSync(path).isFile()) return hashOf(path);
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name !== "lock")
    .map(({ parentPath, name }) => `${name} ${hashOf(join(parentPath, name))}`)
    .toSorted();
}

function hashOf(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

const MIB = 1_048_576;

/** A disk of so many bytes; undefined, and said loudly, where none can be mounted. */
function disk(bytes: number): string | undefined {
  const path = folder();
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", path], {
    encoding: "utf8",
  });
  if (mounted.status === 0) {
    ended.push(() => spawnSync("umount", ["--lazy", path]));
    return path;
  }
  console.warn(
    `NOT TESTED: what a hub does when its disk is full, as none can be mounted here: ${mounted.error?.message ?? mounted.stderr}`,
  );
  return undefined;
}

describe("a disk that fails", () => {
  test("ends the hub with 74: who is there is told 4004, and nobody else is let in", async ({
    skip,
  }) => {
    const why = whyNoStrace();
    if (why !== undefined) {
      console.warn(`NOT TESTED: what a hub does when its disk fails, as ${why}`);
      return skip(why);
    }
    const data = join(folder(), "store");
    const args = ["serve", "--port", "0", "--data", data, "--config", config(durable)];
    const hub = fanwire(args, {
      wrapper: withInjection({
        call: "fdatasync",
        injected: "EIO",
        // behind what it writes when it starts, and the seal
        when: 3,
        paths: [join(data, "log-1")],
      }),
    });
    ended.push(() => kill(hub));
    const [url] = /ws:\S+/u.exec(await hub.until("out", /listens on ws:\S+\n/u))!;
    const { link } = await joined(url);
    const publishing = setInterval(() => link.send(client.publish(0, "d.x")), 10);
    ended.push(() => clearInterval(publishing));
    await hub.until("err", /The store has failed/u);
    const late = await RawLink.open(url, () => {}).catch((error: Error) => error.message);
    expect(late).toMatch(/503|ECONNREFUSED/u);
    expect(await link.closed).toBe(4004);
    expect((await hub.exited).code).toBe(74);
  });
});

describe("a full disk", () => {
  test("ends a hub that has no room to begin, with 1 and a sentence", async ({ skip }) => {
    const path = disk(16 * MIB);
    if (path === undefined) return skip("nothing can be mounted");
    const { code, said } = await refused(join(path, "store"));
    expect(said).toMatch(/There is no room to open /u);
    expect(code).toBe(1);
  });

  test("refuses durable publications alone, until there is room again", async ({ skip }) => {
    const path = disk(400 * MIB);
    if (path === undefined) return skip("nothing can be mounted");
    const data = join(path, "store");
    const topics = [
      { match: "d.**", durable: true, history: { count: 100_000, bytes: 1_073_741_824 } },
    ];
    const { hub, url } = await hubOn(data, topics);
    // leaves room for two segments and some more
    const ballast = join(path, "ballast");
    for (let i = 0; i < 230; i++) appendFileSync(ballast, Buffer.alloc(MIB, 1));
    const checker = new Checker([{ match: "d.**", durable: true, kept: 100_000 }]);
    let answered: (frame: WireFrame) => void = () => {};
    const { link, frames } = await joined(url, (frame) => answered(frame));
    const { link: other, frames: heard } = await joined(url);
    other.send(client.subscribe(1, "d.x", "e"));
    await expect.poll(() => heard.length).toBeGreaterThan(1);

    let id = 0;
    /** Publishes, and returns the answer. */
    const tell = async (topic: string, bytes: number): Promise<WireFrame> => {
      const payload = `p-${++id}:${bytes}`;
      checker.add({ kind: "sent", topic, payload });
      link.send(
        client.publish(id, topic, Buffer.from(payloadText(payload)), { encoding: encoding.text }),
      );
      const answer = await new Promise<WireFrame>((resolve) => {
        answered = resolve;
      });
      const [op, , code, epoch, offset, level] = answer as readonly number[];
      if (op === down.REFUSED) checker.add({ kind: "refused", topic, payload, code: code! });
      else
        checker.add({
          kind: "confirmed",
          topic,
          payload,
          epoch: epoch!,
          offset: offset!,
          level: level!,
          duplicate: false,
        });
      return answer;
    };
    const isRefused = ([op]: WireFrame): boolean => op === down.REFUSED;

    let answer: WireFrame;
    do answer = await tell("d.x", 60_000);
    while (!isRefused(answer));
    expect(answer.slice(0, 5)).toEqual([
      down.REFUSED,
      id,
      errorCodes["storage-full"].code,
      expect.stringMatching(/disk is full/u),
      expect.any(Number),
    ]);
    expect(id).toBeGreaterThan(1000);
    const { confirmed } = checker.figures;

    // what needs no disk goes on, and so does reading
    const begun = performance.now();
    expect((await tell("e", 100))[0]).toBe(down.OK);
    expect(isRefused(await tell("d.x", 100))).toBe(true);
    expect(isRefused(await tell("d.new", 100))).toBe(true);
    expect(performance.now() - begun).toBeLessThan(2000);
    await expect
      .poll(() => heard.filter(([op]) => op === down.PUBLICATION).length)
      .toBe(confirmed + 1);
    link.send(client.read(100_000, "d.x", null, 1));
    await expect.poll(() => frames.some((frame) => frame[1] === 100_000)).toBe(true);

    rmSync(ballast);
    const until = performance.now() + 20_000;
    do answer = await tell("d.x", 100);
    while (isRefused(answer) && performance.now() < until);
    expect(answer[0]).toBe(down.OK);
    expect((await tell("d.new", 100))[0]).toBe(down.OK);

    await kill(hub);
    const again = await hubOn(data, topics);
    checker.add({ kind: "killed" });
    await readAll(again.url, ["d.x", "d.new"], new Map(), checker);
    checker.finish();
    expect(checker.faults).toEqual([]);
  });
});
