import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Running, serve, sh } from "./shell.ts";

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
const folder = fileURLToPath(new URL(".cache/", import.meta.url));

let hub: Running;
let url: string;

beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  ({ hub, url } = await serve());
});

afterAll(async () => {
  hub.child.kill("SIGTERM");
  await hub.exited;
  rmSync(folder, { recursive: true });
});

/** The blocks of a language, in the order in which they stand. */
function blocks(language: string): string[] {
  return [...readme.matchAll(/^```([a-z]+)\n([\s\S]*?)^```$/gmu)]
    .filter(([, of]) => of === language)
    .map(([, , code]) => code!);
}

/** Runs a script as it is printed, from a file inside of the project so that its packages are found. */
function runScript(name: string, code: string, at = url): Running {
  const file = `${folder}${name}.mjs`;
  writeFileSync(file, code);
  return new Running(
    spawn(process.execPath, [file], {
      env: { ...process.env, FANWIRE_URL: at },
      stdio: ["ignore", "pipe", "pipe"],
    }),
  );
}

describe("what the README prints", () => {
  test("the client and service run as printed, and are short", async () => {
    const [code] = blocks("js");
    expect(code!.trim().split("\n").length).toBeLessThanOrEqual(20);
    const script = runScript("service", code!);
    expect(await script.exited).toEqual({ code: 0, signal: null });
    expect(script.err).toBe("");
    expect(script.out.trim().split("\n").toSorted()).toEqual([
      expect.stringMatching(/^confirmed at \S+$/u),
      "prices.eur is at 1.0812",
      "prices.usd is at 1",
    ]);
  });

  test("the embedded hub runs as printed", async () => {
    const code = blocks("js")[1]!
      .replace("8080", "0")
      .replace(
        "setInterval(",
        'server.on("listening", () => console.log(server.address().port));\nsetInterval(',
      );
    const script = runScript("embedded", code);
    const [port] = /\d+/u.exec(await script.until("out", /\d+\n/u))!;
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe("the application");
    const sub = sh("fanwire sub -n 1 -q time", { FANWIRE_URL: `ws://127.0.0.1:${port}/hub` });
    expect((await sub.exited).code).toBe(0);
    expect(sub.out).toMatch(/^time\t\d{13}\n$/u);
    script.child.kill("SIGKILL");
    await once(script.child, "exit");
  });

  test("a contract and a store run as printed", async () => {
    const code = blocks("ts").find((block) => block.includes("contract("))!;
    const closing = "highest.subscribe((bid) => void (bid && client.close()));";
    const script = runScript("contract", code.replace('"/hub"', `"${url}"`) + closing);
    expect(await script.exited).toEqual({ code: 0, signal: null });
    expect(script.err).toBe("");
    expect(script.out).toBe("up to 0\nup to 1.0812\n");
  });

  test("the three shells do what they say", async () => {
    const [, shells] = blocks("sh");
    const [, listen, tell] = shells!.replaceAll("npx ", "").trim().split("\n");
    const sub = sh(`${listen!.split("#")[0]} -n 1`, { FANWIRE_URL: url });
    await sub.until("err", /listening to/u);
    expect((await sh(tell!.split("#")[0]!, { FANWIRE_URL: url }).exited).code).toBe(0);
    await sub.exited;
    expect(sub.out).toBe('prices.eur\t{"bid":1.0812}\n');
  });

  test("who is there runs as printed", async () => {
    const script = runScript(
      "presence",
      blocks("js").find((code) => code.includes("/presence"))!,
    );
    expect(await script.exited).toEqual({ code: 0, signal: null });
    expect(script.err).toBe("");
    expect(script.out).toBe("Ada came\nAda left, 0 are there\n");
  });

  test("a job is sent, done and gone as printed", async () => {
    const script = runScript(
      "queue",
      blocks("js").find((code) => code.includes("/queue"))!,
    );
    expect(await script.exited).toEqual({ code: 0, signal: null });
    expect(script.err).toBe("");
    expect(script.out).toBe("the disk was busy\ncat.jpg, attempt 2\n");
    const stats = sh("fanwire queue stats thumbnails --json", { FANWIRE_URL: url });
    expect((await stats.exited).code).toBe(0);
    expect(JSON.parse(stats.out)).toMatchObject({ ready: 0, leased: 0 });
  });

  test("what is kept is asked for, and a map is held, as printed and under the rules as printed", async () => {
    const rules = JSON.parse(blocks("json")[0]!) as { data: string };
    writeFileSync(
      `${folder}rules.json`,
      JSON.stringify({ ...rules, data: `${folder}data`, drainMs: 0 }),
    );
    const kept = await serve("--config", `${folder}rules.json`);
    const script = runScript(
      "kept",
      blocks("js").find((code) => code.includes("liveMap("))!,
      kept.url,
    );
    expect(await script.exited).toEqual({ code: 0, signal: null });
    expect(script.err).toBe("");
    expect(script.out.split("\n")).toEqual([
      "kept: one cup",
      "kept: two cups",
      "the last: two cups",
      "again: two cups",
      "again: three cups",
      "conflict",
      "the lamp is off",
      "",
    ]);
    kept.hub.child.kill("SIGTERM");
    await kept.hub.exited;
  });

  test("access: every line does what it says", async () => {
    const lines = blocks("sh")[2]!.replaceAll("npx ", "").trim().split("\n");
    const [makeKey, publicKey, serveLine, ...rest] = lines.map((line) => line.split(/ {2,}#/u)[0]!);
    const [feed, ada, listen, tell, check, revoke] = rest;
    const inFolder = (line: string, hubUrl = ""): Running =>
      sh(`cd "${folder}"; ${line}`, { FANWIRE_URL: hubUrl });
    for (const line of [makeKey, publicKey, feed, ada])
      expect((await inFolder(line!).exited).code, line).toBe(0);
    const keyed = inFolder(`${serveLine} --port 0`);
    const [keyedUrl] = /ws:\S+/u.exec(await keyed.until("out", /listens on ws:\S+\n/u))!;
    const sub = inFolder(listen!, keyedUrl);
    await sub.until("err", /listening to/u);
    expect((await inFolder(tell!, keyedUrl).exited).code).toBe(0);
    await sub.until("out", /^prices\.eur\t1\.08\n/u);
    const checked = inFolder(check!, keyedUrl);
    expect((await checked.exited).code).toBe(1);
    expect(checked.out).toMatch(/^No: /mu);
    expect((await inFolder(revoke!, keyedUrl).exited).code).toBe(0);
    expect((await sub.exited).code).toBe(1);
    expect(sub.err).toMatch(/revoked/u);
    process.kill(-keyed.child.pid!, "SIGTERM");
    await keyed.exited;
  });

  test("the server of pages, and the page's client, run as printed", async () => {
    expect(
      (await sh(`cd "${folder}"; rm -f key.json; fanwire keys new --out key.json`, {}).exited).code,
    ).toBe(0);
    const code = blocks("js")[2]!
      .replace('"key.json"', JSON.stringify(`${folder}key.json`))
      .replace("8080", "0, () => console.log(server.address().port)");
    const script = runScript("pages", code);
    const [port] = /\d+/u.exec(await script.until("out", /\d+\n/u))!;
    const address = `http://127.0.0.1:${port}`;
    expect(await (await fetch(`${address}/`)).text()).toBe("the page");
    const page = blocks("ts").find((block) => block.includes("/token"));
    const client = runScript(
      "page",
      `import { createClient } from "@fanwire/client";
       const fetch = (path, init) => globalThis.fetch("${address}" + path, init);
       ${page!.replace('"/hub"', `"${address}/hub"`)}
       const own = client.topic("user.ada.x").subscribe(({ data }) => { console.log(data); client.close(); });
       await own.ready;
       await client.topic("user.bob.x").publish(1).catch(({ code }) => console.log(code));
       await client.topic("user.ada.x").publish("mine");`,
    );
    expect(await client.exited).toEqual({ code: 0, signal: null });
    expect(client.out).toBe("forbidden\nmine\n");
    script.child.kill("SIGKILL");
    await once(script.child, "exit");
  });

  test("what it links to is there", () => {
    for (const [, target] of readme.matchAll(/\]\(([^)]+)\)/gu))
      expect(statSync(new URL(`../../${target}`, import.meta.url)).size, target).toBeGreaterThan(0);
  });
});
