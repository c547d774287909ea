// The demo's own tokens: what a page may, how it goes on when a token expires, and how it is put out.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { signToken } from "@fanwire/server";
import type { Browser, Page } from "playwright";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  badge,
  commandLine,
  freePort,
  hostChanges,
  launchBrowser,
  live,
  news,
  panel,
  processesBelow,
  startDemo,
} from "./demo.ts";
import type { Running } from "./shell.ts";

/** Half of it, less what is lost to whole seconds, is how long a page goes on with one token. */
const TOKEN_SECONDS = 3;
const SUBJECT = /page-[0-9a-f]{12}/u;

/** Where the demo makes its private folder. */
const folder = mkdtempSync(join(tmpdir(), "fanwire-access-"));
let demo: Running;
let browser: Browser;
let port: number;
/** What the page asked for, and its sockets. */
const asked: string[] = [];
const sockets: string[] = [];
const errors: string[] = [];

beforeAll(async () => {
  port = await freePort();
  const env = { TMPDIR: folder, TEMP: folder, TOKEN_SECONDS: String(TOKEN_SECONDS) };
  [demo, browser] = await Promise.all([startDemo(port, env), launchBrowser()]);
}, 60_000);

afterAll(async () => {
  await browser.close();
  const { d } = demoKey();
  demo.child.kill("SIGTERM");
  expect(await demo.exited).toEqual({ code: 0, signal: null });
  expect(keyFolders()).toEqual([]);
  // nothing that makes a token, and no token, was said
  expect(d).toMatch(/\S{20}/u);
  for (const said of [demo.out, demo.err]) {
    expect(said).not.toContain(d);
    expect(said).not.toContain("eyJ");
  }
  rmSync(folder, { recursive: true });
});

afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()));
  for (const url of [...asked.splice(0), ...sockets.splice(0)]) expect(url).not.toContain("eyJ");
  expect(errors.splice(0)).toEqual([]);
});

async function open(): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("request", (one) => asked.push(one.url()));
  page.on("websocket", (socket) => sockets.push(socket.url()));
  await page.goto(`http://localhost:${port}/#board`);
  await live(page);
  return page;
}

const keyFolders = (): string[] =>
  readdirSync(folder).filter((name) => name.startsWith("fanwire-demo-"));

function demoKey(): { readonly d: string; readonly [field: string]: string } {
  const [name] = keyFolders();
  return JSON.parse(readFileSync(join(folder, name!, "key.json"), "utf8")) as { d: string };
}

const shown = (page: Page, title: string): Promise<string> =>
  panel(page, title)
    .textContent()
    .then((said) => said ?? "");

async function subjectOf(page: Page): Promise<string> {
  return SUBJECT.exec(await shown(page, "Who may what"))![0];
}

async function sessionOf(page: Page): Promise<string> {
  await expect.poll(() => shown(page, "Connection")).toMatch(/Session[\w-]{8,}Round trip/u);
  return /Session([\w-]+)Round trip/u.exec(await shown(page, "Connection"))![1]!;
}

describe("who may what", () => {
  test("the hub says yes, and no with its sentence and code, to whoever chooses by keyboard", async () => {
    const page = await open();
    // or it would be the newest of the news
    await expect.poll(() => news(page).textContent()).toMatch(/Live from/u);
    await expect.poll(() => shown(page, "Who may what")).toMatch(/Allowedok.*host\.\*\*/u);
    await page.getByLabel("Try to").focus();
    for (const [choice, answer] of [
      ["follow board.**", /Allowedok.*board\.\*\*/u],
      ["publish on board.strokes", /Allowedok.*took an empty publication to board\.strokes/u],
      ["publish on host.", /Refusedforbidden.*not allow to publish to "host\..*"/u],
      ["publish on $sys.hub", /Refusedforbidden.*topics that begin with \$ are the hub's own/u],
      ["follow secrets.**", /Refusedforbidden.*not allow to subscribe to "secrets\.\*\*"/u],
      ["follow **", /Refusedforbidden.*one granted pattern must cover all of it/u],
    ] as const) {
      await page.keyboard.press("ArrowDown");
      const chosen = page.getByRole("combobox", { name: "Try to" }).locator("option:checked");
      await expect.poll(() => chosen.textContent()).toContain(choice);
      await expect.poll(() => shown(page, "Who may what")).toMatch(answer);
    }
    await expect.poll(() => news(page).textContent()).toMatch(/Refused: The token does not allow/u);
    await page.getByRole("button", { name: "Ask again" }).click();
    await expect.poll(() => shown(page, "Who may what")).toMatch(/Refusedforbidden/u);
  });

  test("without a connection nobody is asked, and with the next one again", async () => {
    const page = await open();
    await page.getByRole("button", { name: "Cut for 10 s" }).click();
    await expect
      .poll(() => shown(page, "Who may what"))
      .toMatch(/Not asked.*no connection to ask over/u);
    await expect.poll(() => shown(page, "Who may what"), { timeout: 20_000 }).toContain("Allowed");
  });
});

describe("tokens", () => {
  test("a page whose tokens expire goes on, on the same connection and without a gap", async () => {
    const page = await open();
    const session = await sessionOf(page);
    const began = performance.now();
    const tokens = (): number => asked.filter((url) => url.includes("/token?")).length;
    await expect.poll(tokens, { timeout: 30_000 }).toBeGreaterThanOrEqual(6);
    // longer than the first token would have lasted, after which nothing new is allowed
    expect(performance.now() - began).toBeGreaterThan(TOKEN_SECONDS * 1_000);
    await page.getByLabel("Try to").selectOption("follow board.**");
    await expect.poll(() => shown(page, "Who may what")).toMatch(/Allowedok.*board\.\*\*/u);
    await page.getByLabel("Try to").selectOption("publish on board.strokes");
    await expect.poll(() => shown(page, "Who may what")).toMatch(/Allowedok.*board\.strokes/u);
    expect(await sessionOf(page)).toBe(session);
    expect(await shown(page, "Connection")).toMatch(/Last cutnoneGaps in this tab0/u);
    expect(sockets).toHaveLength(1);
    await page.getByRole("tab", { name: "Host" }).click();
    await hostChanges(page);
    await page.getByRole("tab", { name: "Board" }).click();
    await expect.poll(() => shown(page, "Connection")).toMatch(/Gaps in this tab0/u);
    expect(await badge(page).textContent()).toContain("Live");
  });

  test("a reload is the same subject, another tab is another", async () => {
    const [one, two] = await Promise.all([open(), open()]);
    const subject = await subjectOf(one);
    expect(await subjectOf(two)).not.toBe(subject);
    await one.reload();
    await live(one);
    expect(await subjectOf(one)).toBe(subject);
  });

  test("a page that is revoked is out within a second, says why, and waits to be asked", async () => {
    const [page, other] = await Promise.all([open(), open()]);
    const subject = await subjectOf(page);
    await page.getByRole("tab", { name: "Host" }).click();
    await hostChanges(page);
    expect(sockets).toHaveLength(2);
    const revokedAt = Date.now();
    expect(await revoke(subject)).toEqual({ status: 200, body: { closed: 1 } });
    await expect.poll(() => badge(page).textContent(), { timeout: 1_000 }).toBe("Access denied");
    expect(await news(page).textContent()).toMatch(/revoked/u);
    // what was shown last stays, and the others go on
    expect(await panel(page, "CPU").textContent()).toMatch(/\d/u);
    await other.getByRole("tab", { name: "Host" }).click();
    await hostChanges(other);
    expect(sockets).toHaveLength(2);
    expect(await badge(page).textContent()).toBe("Access denied");
    // tokens tell their time in whole seconds: one of this second would be revoked too
    await expect.poll(() => Date.now()).toBeGreaterThan(revokedAt + 1_000);
    await page.getByRole("button", { name: "Try again" }).first().click();
    await live(page);
    await page.getByRole("tab", { name: "Board" }).click();
    expect(await subjectOf(page)).toBe(subject);
  });

  test("the key is on no command line", () => {
    const { d } = demoKey();
    const lines = processesBelow(demo.child.pid!, "main.ts").map(commandLine);
    expect(lines).toHaveLength(2);
    for (const line of lines) {
      expect(line).not.toContain(d);
      expect(line).not.toContain("eyJ");
    }
  });

  test("only a page of the demo's own gets a token, and only by POST", async () => {
    const own = { host: `localhost:${port}`, origin: `http://localhost:${port}` };
    const granted = await ask("POST", own);
    expect(granted.status).toBe(200);
    expect(granted.cache).toBe("no-store");
    expect(granted.body).toMatch(/^\{"token":"eyJ/u);
    for (const [method, headers, status] of [
      ["POST", { ...own, host: "evil.example" }, 403],
      ["POST", { ...own, origin: "http://evil.example" }, 403],
      ["POST", { host: "evil.example", origin: "http://evil.example" }, 403],
      ["GET", own, 405],
    ] as const)
      expect(await ask(method, headers)).toMatchObject({ status, body: "" });
  });

  /** As the operator of the hub does it: by a token of the audience of administrators. */
  async function revoke(subject: string): Promise<{ status: number; body: unknown }> {
    const [pid] = processesBelow(demo.child.pid!, "main.ts serve");
    const [, hubPort] = /--port (\d+)/u.exec(commandLine(pid!))!;
    const token = await signToken(demoKey(), { sub: "operator", aud: "fanwire-admin" });
    const answer = await fetch(`http://localhost:${hubPort}/v1/revocations`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ subject }),
    });
    return { status: answer.status, body: await answer.json() };
  }

  async function ask(method: string, headers: Readonly<Record<string, string>>) {
    const path = "/token?subject=page-0123456789ab";
    const sent = request({ host: "127.0.0.1", port, method, path, headers, agent: false });
    const response = await new Promise<IncomingMessage>((done, failed) => {
      sent.once("response", done).once("error", failed).end();
    });
    const { statusCode: status, headers: told } = response;
    return { status, cache: told["cache-control"], body: await text(response) };
  }
});
