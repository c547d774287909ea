import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fanwire, type Running, serve } from "./shell.ts";

const folder = mkdtempSync(join(tmpdir(), "fanwire-"));
const at = (name: string): string => join(folder, name);
const config = at("hub.json");
const data = at("data");

async function run(...args: readonly string[]) {
  const command = fanwire(args);
  const { code } = await command.exited;
  return { code, out: command.out, err: command.err };
}

/** A hub that keeps `d.**`, and publishes so many. */
async function withHub(task: (url: string, hub: Running) => Promise<void>): Promise<void> {
  const { hub, url } = await serve("--config", config, "--data", data, "--drain-ms", "0");
  await task(url, hub);
  hub.child.kill("SIGTERM");
  expect((await hub.exited).code).toBe(0);
}

async function publish(url: string, topic: string, count: number): Promise<void> {
  const lines = Array.from({ length: count }, (_, i) => `{"n":${i},"text":"${"x".repeat(200)}"}\n`);
  const pub = fanwire(["pub", topic, "-", "-u", url], { input: lines.join("") });
  expect((await pub.exited).code).toBe(0);
}

beforeAll(() => {
  writeFileSync(config, JSON.stringify({ topics: [{ match: "d.**", durable: true }] }));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe("data of a hub", () => {
  test("without --data the start line says that nothing survives, with it it does not", async () => {
    const memory = fanwire(["serve", "--port", "0"]);
    await memory.until("out", /in memory alone.*--data DIR/u);
    memory.child.kill("SIGTERM");
    await memory.exited;
    await withHub(async (url, hub) => {
      await publish(url, "d.x", 200);
      expect(hub.out).not.toMatch(/in memory alone/u);
    });
    expect(statSync(data).mode & 0o777).toBe(0o700);
  });

  test("fsck of a store that a hub has open says so, and that it can be seen half", async () => {
    await withHub(async (_, hub) => {
      const checked = await run("fsck", data);
      expect(checked.err).toMatch(
        new RegExp(`is in use by another process \\(pid ${hub.child.pid}\\).*stop it`, "u"),
      );
      expect(checked.code).toBe(0);
      expect(JSON.parse((await run("fsck", data, "--json")).out)).toMatchObject({
        usedBy: `${hub.child.pid}`,
      });
    });
    const after = await run("fsck", data);
    expect(after.err).toBe("");
    expect(after.out).toMatch(/^[\d,]+ records in 1 segment, \d+ snapshots?$/mu);
  });

  test("fsck finds everything, and a second hub is told that there is one", async () => {
    const checked = await run("fsck", data);
    expect(checked).toMatchObject({
      code: 0,
      out: expect.stringMatching(/Everything that was confirmed can be read/u),
    });
    await withHub(async () => {
      const second = await run("serve", "--port", "0", "--config", config, "--data", data);
      expect(second.code).toBe(75);
      expect(second.err).toMatch(/^fanwire: \S.*\.$/mu);
    });
  });

  test("a backup of a running hub becomes a store, whose topics have new epochs", async () => {
    const copy = at("backup");
    const restored = at("restored");
    const position = async (url: string): Promise<string> => {
      const pub = await run("pub", "d.x", "1", "--json", "-u", url);
      return (JSON.parse(pub.out) as { position: string }).position;
    };
    let epoch = "";
    await withHub(async (url) => {
      [epoch] = (await position(url)).split(":") as [string];
      const made = await run("backup", data, copy);
      expect(made).toMatchObject({
        code: 0,
        out: expect.stringMatching(/holds \d+ files?, with/u),
      });
    });
    expect((await run("restore", copy, restored)).code).toBe(0);
    expect((await run("restore", copy, restored)).code).toBe(1);
    const { hub, url } = await serve("--config", config, "--data", restored);
    const [other, offset] = (await position(url)).split(":");
    expect(other).not.toBe(epoch);
    expect(offset).toBe("202");
    hub.child.kill("SIGTERM");
    await hub.exited;
  });

  test("a changed byte is found, stops the start, and salvage keeps the rest", async () => {
    const name = readdirSync(data)
      .filter((file) => file.startsWith("log-"))
      .toSorted()[0]!;
    const bytes = readFileSync(join(data, name));
    bytes[5000]! ^= 0xff;
    writeFileSync(join(data, name), bytes);
    const checked = await run("fsck", data);
    expect(checked.code).toBe(1);
    expect(checked.out).toMatch(/^DAMAGED .*fanwire fsck DIR --salvage$/msu);
    const started = await run("serve", "--port", "0", "--config", config, "--data", data);
    expect(started.code).toBe(1);
    expect(started.err).toContain(name);
    const salvaged = await run("fsck", data, "--salvage");
    expect(salvaged).toMatchObject({ code: 0, out: expect.stringMatching(/^LOST .*Kept /msu) });
    expect(existsSync(join(data, "quarantine"))).toBe(true);
    expect((await run("fsck", data)).code).toBe(0);
    await withHub(async (url) => publish(url, "d.x", 1));
  });

  test.each([
    [["fsck"], 2, /needs a directory/u],
    [["backup", "a"], 2, /needs two directories/u],
    [["restore", "a"], 2, /needs two directories/u],
    [["fsck", "/nowhere/at/all"], 1, /\S.*\./u],
  ])("%j is told", async (args, exitCode, sentence) => {
    const { code, err } = await run(...args);
    expect(code).toBe(exitCode);
    expect(err).toMatch(sentence);
  });

  test("rules that would drop what is stored stop the start, and say what to do", async () => {
    await withHub(async (url) => publish(url, "d.y", 1));
    const { code, err } = await run("serve", "--port", "0", "--data", data);
    expect(code).toBe(1);
    expect(err).toMatch(/d\.y.*"discard": true/u);
  });
});

describe("config print", () => {
  test("tells each option with its source, and the rules for topics", async () => {
    const command = fanwire(["config", "print", "--config", config, "--ping-ms", "5000", "--set"], {
      env: { FANWIRE_PATH: "/hub", FANWIRE_DATA: data },
    });
    expect((await command.exited).code).toBe(0);
    expect(command.out).toMatch(/^path +\/hub +FANWIRE_PATH$/mu);
    expect(command.out).toMatch(/^pingMs +5000 +--ping-ms$/mu);
    expect(command.out).toMatch(/^ {2}\{"match":"d\.\*\*","durable":true\}$/mu);
    expect(command.out).not.toMatch(/default/u);
  });

  test("without --set rules and queues are told with the defaults that they take", async () => {
    const full = at("full.json");
    writeFileSync(
      full,
      JSON.stringify({
        topics: [{ match: "h.*", history: { count: 5 } }],
        queues: [{ name: "mails" }],
      }),
    );
    const { code, out } = await run("config", "print", "--config", full);
    expect(code).toBe(0);
    const told = (start: string) =>
      JSON.parse(out.split("\n").find((line) => line.trim().startsWith(start))!) as object;
    expect(told('{"match":"h.*"')).toEqual({
      match: "h.*",
      history: { count: 5, bytes: 4_194_304, ageMs: 600_000 },
      from: false,
      state: false,
      durable: false,
      discard: false,
    });
    expect(told('{"name":"mails"')).toMatchObject({ leaseMs: 30_000, durable: false });
    const json = await run("config", "print", "--config", full, "--json", "--set");
    expect(JSON.parse(json.out)).toMatchObject({
      topics: [{ match: "h.*", history: { count: 5 } }],
      queues: [{ name: "mails" }],
    });
  });

  test("what does not fit ends with 2 and the sentence of serve", async () => {
    const { code, err } = await run("config", "print", "--config", config);
    expect(code).toBe(2);
    expect(err).toMatch(/topics\[0\]\.durable needs data/u);
  });

  test("keys that stand in the file are not printed", async () => {
    const secret = at("secret.json");
    writeFileSync(
      secret,
      JSON.stringify({ auth: { keys: [{ kty: "oct", k: "c2VjcmV0".repeat(6) }] } }),
    );
    const { code, out } = await run("config", "print", "--config", secret, "--json");
    expect(code).toBe(0);
    expect(out).not.toContain("c2VjcmV0");
  });
});
