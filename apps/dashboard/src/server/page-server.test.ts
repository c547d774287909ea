import { request, type OutgoingHttpHeaders } from "node:http";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { freePort } from "./free-port.ts";
import { servePage } from "./page-server.ts";
import { Splice } from "./splice.ts";

const SUBJECT = "page-0123456789ab";
let port: number;
let close: () => Promise<void>;
let kills = 0;
let starts = 0;

beforeEach(async () => {
  port = await freePort();
  close = await servePage(port, {
    splice: new Splice(1),
    killHub: () => ++kills === 1,
    workers: {
      start: () => (++starts === 1 ? 4711 : undefined),
      stop: (pid) => pid === 4711,
      kill: (pid) => pid === 4711,
    },
    tokens: (subject) => Promise.resolve(`a token of ${subject}`),
  });
});
afterEach(() => close());

/** Asks as any program can, with the headers that a browser would not let a page choose. */
async function ask(method: string, path: string, headers: OutgoingHttpHeaders = {}) {
  const sent = request({ host: "127.0.0.1", port, method, path, headers, agent: false });
  const response = await new Promise<import("node:http").IncomingMessage>((done, failed) => {
    sent.once("response", done).once("error", failed).end();
  });
  return {
    status: response.statusCode,
    headers: response.headers,
    body: await text(response),
  };
}

const own = (): OutgoingHttpHeaders => ({
  host: `localhost:${port}`,
  origin: `http://localhost:${port}`,
});

test("a page of ours gets a token, and no cache keeps it", async () => {
  const { status, headers, body } = await ask("POST", `/token?subject=${SUBJECT}`, own());
  expect(status).toBe(200);
  expect(JSON.parse(body)).toEqual({ token: `a token of ${SUBJECT}` });
  expect(headers).toMatchObject({
    "cache-control": "no-store",
    "content-type": "application/json",
    "x-content-type-options": "nosniff",
  });
});

test.each([
  ["another Host", { host: "evil.example" }],
  ["another Origin", { origin: "http://evil.example" }],
  ["no page's Origin", { origin: "null" }],
])("%s gets no token", async (_, headers) => {
  const answer = await ask("POST", `/token?subject=${SUBJECT}`, { ...own(), ...headers });
  expect(answer).toMatchObject({ status: 403, body: "" });
});

test.each(["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])("%s is not how to ask", async (method) => {
  const answer = await ask(method, `/token?subject=${SUBJECT}`, own());
  expect(answer).toMatchObject({ status: 405, body: "" });
});

test.each(["", "?subject=", "?subject=publisher", "?subject=page-a.**"])(
  "'%s' names no page",
  async (query) => {
    expect(await ask("POST", `/token${query}`, own())).toMatchObject({ status: 400, body: "" });
  },
);

test("what is no path is no reason to fall over", async () => {
  for (const path of ["//", "http://[", "/%"])
    expect((await ask("GET", path, own())).status).toBeGreaterThanOrEqual(400);
  expect(await ask("GET", "/token", own())).toMatchObject({ status: 405 });
});

test("an order to cut is carried out, or told to be none", async () => {
  expect(await ask("POST", "/dev/cut?page=a&ms=0", own())).toMatchObject({ status: 204 });
  expect(await ask("POST", "/dev/cut?page=a&ms=1", own())).toMatchObject({ status: 400 });
  expect(await ask("POST", "/constructor", own())).toMatchObject({ status: 404 });
});

test("the hub is killed by POST, from a page of ours, and while there is one", async () => {
  expect(await ask("GET", "/dev/kill", own())).toMatchObject({ status: 405 });
  const evil = { ...own(), origin: "http://evil.example" };
  expect(await ask("POST", "/dev/kill", evil)).toMatchObject({ status: 403 });
  expect(kills).toBe(0);
  expect(await ask("POST", "/dev/kill", own())).toMatchObject({ status: 204 });
  expect(await ask("POST", "/dev/kill", own())).toMatchObject({ status: 503 });
});

test("workers are started, stopped and killed by POST from a page of ours, and only those that there are", async () => {
  const evil = { ...own(), origin: "http://evil.example" };
  expect(await ask("POST", "/dev/worker/start", evil)).toMatchObject({ status: 403 });
  expect(await ask("GET", "/dev/worker/start", own())).toMatchObject({ status: 405 });
  const started = await ask("POST", "/dev/worker/start", own());
  expect([started.status, JSON.parse(started.body)]).toEqual([200, { pid: 4711 }]);
  expect(await ask("POST", "/dev/worker/start", own())).toMatchObject({ status: 429 });
  for (const order of ["stop", "kill"]) {
    const to = (query: string) => ask("POST", `/dev/worker/${order}${query}`, own());
    expect(await to("?pid=4711")).toMatchObject({ status: 204 });
    expect(await to(`?pid=${process.pid}`)).toMatchObject({ status: 404 });
    for (const none of ["", "?pid=", "?pid=-1", "?pid=0", "?pid=4711x"])
      expect(await to(none)).toMatchObject({ status: 400 });
  }
});
