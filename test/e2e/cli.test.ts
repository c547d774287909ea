import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fanwire, type Running, serve, sh } from "./shell.ts";

let hub: Running;
let url: string;
let env: { FANWIRE_URL: string };
const folder = mkdtempSync(join(tmpdir(), "fanwire-"));

beforeAll(async () => {
  ({ hub, url } = await serve());
  env = { FANWIRE_URL: url };
});

afterAll(async () => {
  hub.child.kill("SIGTERM");
  expect(await hub.exited).toEqual({ code: 0, signal: null });
  rmSync(folder, { recursive: true });
});

const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

/** A subscriber that listens. */
async function listening(...args: readonly string[]): Promise<Running> {
  const sub = fanwire(["sub", ...args], { env });
  await sub.until("err", /listening to/u);
  return sub;
}

describe("pub and sub", () => {
  test("what one shell publishes, another prints", async () => {
    const sub = await listening("greetings.**", "-n", "3");
    expect(await fanwire(["pub", "greetings.world", '{"text": "hello"}'], { env }).exited).toEqual({
      code: 0,
      signal: null,
    });
    expect((await fanwire(["pub", "greetings.text", "plain text"], { env }).exited).code).toBe(0);
    expect((await fanwire(["pub", "greetings.nothing"], { env }).exited).code).toBe(0);
    expect(await sub.exited).toEqual({ code: 0, signal: null });
    expect(sub.out).toBe(
      'greetings.world\t{"text":"hello"}\ngreetings.text\tplain text\ngreetings.nothing\tnull\n',
    );
  });

  test("with - each line of standard input is a message", async () => {
    const sub = await listening("lines", "--data", "-n", "1000");
    const lines = Array.from({ length: 1000 }, (_, i) => `line ${i}`);
    const pub = fanwire(["pub", "lines", "-"], { env, input: `${lines.join("\n")}\n` });
    expect((await pub.exited).code).toBe(0);
    expect((await sub.exited).code).toBe(0);
    expect(sub.out).toBe(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  });

  test("--json prints what was confirmed, and what was received", async () => {
    const sub = await listening("j.x", "--json", "--count", "1");
    const pub = fanwire(
      ["pub", "j.x", "[1,2]", "--json", "-k", "a-key", "-H", "trace=7", "-H", "empty="],
      { env },
    );
    expect((await pub.exited).code).toBe(0);
    await sub.exited;
    const published = JSON.parse(pub.out) as { position: string };
    expect(published).toEqual({
      topic: "j.x",
      position: expect.any(String),
      level: "received",
      duplicate: false,
    });
    expect(JSON.parse(sub.out)).toEqual({
      topic: "j.x",
      data: [1, 2],
      position: published.position,
      time: expect.any(Number),
      key: "a-key",
      headers: { trace: "7", empty: "" },
    });
  });

  test("--text publishes what looks like JSON as text, and a line break is one line", async () => {
    const sub = await listening("t", "-n", "2");
    await fanwire(["pub", "t", "42", "--text"], { env }).exited;
    await fanwire(["pub", "t", "two\nlines"], { env }).exited;
    await sub.exited;
    expect(sub.out).toBe("t\t42\nt\ttwo\\nlines\n");
  });

  test("a pipe from sub to pub copies a topic", async () => {
    const sub = await listening("copy", "-n", "3");
    const pipe = sh("fanwire sub -d -n 3 source | fanwire pub copy -", env);
    await pipe.until("err", /listening to source/u);
    for (const n of ["1", "two", "[3]"]) await fanwire(["pub", "source", n], { env }).exited;
    expect((await pipe.exited).code).toBe(0);
    await sub.exited;
    expect(sub.out).toBe("copy\t1\ncopy\ttwo\ncopy\t[3]\n");
  });

  test("a reader that has enough ends sub without a word", async () => {
    const pipe = sh("fanwire sub -q flood | head -n 1", env);
    const pump = fanwire(["pub", "flood", "-"], { env, input: "x\n".repeat(200) });
    await pump.exited;
    // one message may come before sub listens, so there is always another one
    const another = (): Promise<undefined> =>
      fanwire(["pub", "flood", "x"], { env }).exited.then(() => undefined);
    while ((await Promise.race([pipe.exited, another()])) === undefined);
    expect(await pipe.exited).toEqual({ code: 0, signal: null });
    expect([pipe.out, pipe.err]).toEqual(["flood\tx\n", ""]);
  });

  test.each(["SIGINT", "SIGTERM"] as const)("%s ends sub with 0", async (signal) => {
    const sub = await listening("quiet");
    sub.child.kill(signal);
    expect(await sub.exited).toEqual({ code: 0, signal: null });
  });

  test("Ctrl-C ends pub - after what was read is confirmed, with 130", async () => {
    const pub = fanwire(["pub", "interrupted", "-", "--json"], { env, input: null });
    pub.child.stdin!.write("one\n");
    await pub.until("out", /"topic":"interrupted"/u);
    pub.child.kill("SIGINT");
    expect(await pub.exited).toEqual({ code: 130, signal: null });
  });
});

describe("what goes wrong", () => {
  test.each<[readonly string[], number, RegExp]>([
    [["sub"], 2, /sub needs a topic or a pattern\.\nfanwire sub --help shows/u],
    [["sub", "a..b"], 2, /"a\.\.b" is no pattern: it has an empty level/u],
    [["sub", "a", "--count", "0"], 2, /--count "0" is not a whole number above 0/u],
    [["pub"], 2, /pub needs a topic/u],
    [["pub", "a", "b", "c"], 2, /one operand too many: "c"/u],
    [["pub", "a.*", "1"], 2, /is no topic: a topic has no wildcards/u],
    [["pub", "a", "1", "--header", "x"], 2, /--header "x" is not NAME=VALUE/u],
    [["pub", "a", "1", "--kye", "x"], 2, /There is no flag --kye\./u],
    [["pub", "a", "1", "--key"], 2, /--key needs a value\./u],
    [["sub", "a", "--json=1"], 2, /--json takes no value\./u],
    [["pub", "$sys.hub", "1"], 1, /topics that begin with \$ are the hub's own\. \(forbidden\)/u],
    [["pub", "a", "x".repeat(100_000)], 1, /too-large/u],
    [["serve", "--port", "99999"], 2, /--port: port must be a whole number from 0 to 65535/u],
    [["serve", "--host", "0.0.0.0"], 1, /Without keys the hub is open .* not on 0\.0\.0\.0/u],
    [["serve", "--config", "nowhere.json"], 2, /nowhere\.json cannot be read/u],
    [["srve"], 2, /There is no command "srve"\.\nfanwire --help shows/u],
    [["sub", "a", "--url", "http//x"], 2, /A hub is at an address like ws:/u],
  ])("fanwire %j ends with %d and a sentence", async (args, code, sentence) => {
    const command = fanwire(args, { env });
    expect((await command.exited).code).toBe(code);
    expect(command.err).toMatch(sentence);
    expect(command.out).toBe("");
  });

  test.each([
    ["sub", "a"],
    ["pub", "a", "1"],
  ])("%s without a hub ends with 3 and says how to start one", async (...args) => {
    const command = fanwire([...args, "--url", "ws://127.0.0.1:9/"]);
    expect((await command.exited).code).toBe(3);
    expect(command.err).toMatch(
      /There is no hub at ws:\/\/127\.0\.0\.1:9\/\.\nStart one with: fanwire serve/u,
    );
  });

  test("a port that is taken is told as such", async () => {
    const second = fanwire(["serve", "--port", new URL(url).port]);
    expect((await second.exited).code).toBe(1);
    expect(second.err).toMatch(
      /Another program listens on port \d+ of 127\.0\.0\.1\. Stop it, or choose another port/u,
    );
  });

  test("a configuration file that is not JSON, not an object, or has an unknown key", async () => {
    for (const [text, sentence] of [
      ["{", /is not JSON: .*\nIt should look like/u],
      ["[]", /must hold a JSON object/u],
      ['{"prot": 1}', /There is no option "prot"/u],
      [
        '{"limits": {"payloadBytesMax": "many"}}',
        /limits\.payloadBytesMax must be a whole number \(bytes\)/u,
      ],
    ] as const) {
      const command = fanwire(["serve", "--config", file("bad.json", text)]);
      expect((await command.exited).code).toBe(2);
      expect(command.err).toMatch(sentence);
    }
  });
});

describe("serve", () => {
  test("options come from flags, then the environment, then the file", async () => {
    const config = file(
      "hub.json",
      JSON.stringify({ path: "/file", limits: { payloadBytesMax: 100, subscriptionsMax: 1 } }),
    );
    const hubOf = fanwire(
      ["serve", "--port", "0", "--config", config, "--payload-bytes-max", "300"],
      {
        env: { FANWIRE_PAYLOAD_BYTES_MAX: "200", FANWIRE_SUBSCRIPTIONS_MAX: "2" },
      },
    );
    const [own] = /ws:\S+/u.exec(await hubOf.until("out", /listens on ws:\S+\n/u))!;
    expect(new URL(own).pathname).toBe("/file");
    const to = { env: { FANWIRE_URL: own } };
    expect((await fanwire(["pub", "a", "x".repeat(250)], to).exited).code).toBe(0);
    expect((await fanwire(["pub", "a", "x".repeat(350)], to).exited).code).toBe(1);
    const three = fanwire(["sub", "a", "b", "c"], to);
    expect((await three.exited).code).toBe(1);
    expect(three.err).toContain("A session may have 2 subscriptions");
    hubOf.child.kill("SIGINT");
    expect((await hubOf.exited).code).toBe(0);
  });

  test("a hub that stops sends its clients away, and they come back to the next one", async () => {
    const first = await serve();
    const { port } = new URL(first.url);
    const sub = fanwire(["sub", "news", "-n", "1"], { env: { FANWIRE_URL: first.url } });
    await sub.until("err", /listening to/u);
    first.hub.child.kill("SIGTERM");
    expect((await first.hub.exited).code).toBe(0);
    await sub.until("err", /the hub is gone/u);
    const second = fanwire(["serve", "--port", port]);
    await second.until("out", /listens on/u);
    await sub.until("err", /the hub is back/u);
    await fanwire(["pub", "news", "1"], { env: { FANWIRE_URL: first.url } }).exited;
    expect((await sub.exited).code).toBe(0);
    expect(sub.out).toBe("news\t1\n");
    second.child.kill("SIGTERM");
    await second.exited;
  });

  test("--json says where it listens and that it stops, a line each", async () => {
    const own = fanwire(["serve", "--port", "0", "--json"]);
    await own.until("out", /\n/u);
    own.child.kill("SIGTERM");
    await own.exited;
    expect(
      own.out
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      {
        event: "listening",
        url: expect.stringMatching(/^ws:\/\/127/u),
        version: "0.0.0",
        pid: own.child.pid,
        isOpen: true,
        isDurable: false,
      },
      { event: "stopping", signal: "SIGTERM", sessions: 0 },
    ]);
  });
});

describe("help", () => {
  test.each([
    ["--help"],
    ["help"],
    [],
    ["help", "pub"],
    ["serve", "--help"],
    ["sub", "-h"],
    ["token", "-h"],
    ["keys", "-h"],
    ["revoke", "-h"],
    ["queue", "-h"],
    ["help", "queue", "send"],
    ["queue", "declare", "-h"],
    ["queue", "work", "-h"],
    ["queue", "bind", "-h"],
  ])("fanwire %s fits 80 columns and ends with 0", async (...args) => {
    const command = fanwire(args);
    expect((await command.exited).code).toBe(0);
    expect(command.out).toMatch(/^(?:fanwire|Usage: fanwire)/u);
    for (const line of command.out.split("\n")) expect(line.length, line).toBeLessThanOrEqual(80);
  });

  test("every option of the hub stands in the help of serve, with its variable", async () => {
    const { optionTable } = await import("@fanwire/server");
    const command = fanwire(["serve", "--help"]);
    await command.exited;
    const text = command.out.replaceAll(/\s+/gu, " ");
    for (const { flag, env: name } of optionTable) {
      expect(text).toContain(flag);
      expect(text).toContain(name);
    }
    expect(text).toMatch(
      /may also hold topics, rules of which the first that matches holds, and queues/u,
    );
    expect(text).toMatch(/relative to where the hub is started/u);
  });

  test("--version prints the version", async () => {
    const command = fanwire(["--version"]);
    await command.exited;
    expect(command.out).toBe("0.0.0\n");
  });
});
