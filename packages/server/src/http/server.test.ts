import { once } from "node:events";
import { type AddressInfo, connect } from "node:net";
import { describe, expect, test } from "vitest";
import { mint, startKeyed } from "../transport/keyed-hub.testkit.ts";
import { answerOf, exchange, RawClient, upgradeHead } from "../transport/raw-client.testkit.ts";
import { filesOf, firstPair } from "./certificates.testkit.ts";
import { routing } from "./routes.ts";
import { createHttpServer, httpBounds } from "./server.ts";
import { TlsFiles } from "./tls.ts";

const answer = routing("/", []);

describe("sec/34", () => {
  test.each([
    ["without TLS", () => null],
    ["with TLS", () => new TlsFiles(filesOf(firstPair).cert, filesOf(firstPair).key)],
  ])("sec/34 %s slow and greedy clients have bounds", (_name, tls) => {
    expect(createHttpServer(answer, tls(), 100)).toMatchObject({
      headersTimeout: 10_000,
      requestTimeout: 15_000,
      keepAliveTimeout: 5000,
      maxHeadersCount: 100,
      maxRequestsPerSocket: 1000,
      maxConnections: 1100,
    });
    expect(httpBounds).toMatchObject({
      connectionsCheckingInterval: 5000,
      maxHeaderSize: 16_384,
      handshakeTimeout: 10_000,
    });
  });

  test.each([
    ["nothing", ""],
    ["half a head", "GET / HTTP/1.1\r\nHost: localhost\r\nX-"],
    ["half an upgrade", upgradeHead("/").slice(0, 100)],
    ["half a body", "POST /v1/tickets HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n{"],
  ])("sec/34 who sends %s and then nothing is cut off", async (_name, bytes) => {
    const server = createHttpServer(
      (request) => request.on("error", () => {}).resume(),
      null,
      100,
      { ...httpBounds, headersTimeout: 50, requestTimeout: 50, connectionsCheckingInterval: 10 },
    );
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    expect(answerOf(await exchange(port, bytes)).status).toBe(408);
    server.close();
  });

  test("sec/34 with TLS, who does not shake hands is cut off", async () => {
    const { cert, key } = filesOf(firstPair);
    const server = createHttpServer(answer, new TlsFiles(cert, key), 100, {
      ...httpBounds,
      handshakeTimeout: 50,
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    expect(await exchange((server.address() as AddressInfo).port, "")).toBe("");
    server.close();
  });

  test.each([
    ["without TLS", {}],
    ["with TLS", { tls: true }],
  ])(
    "sec/34 O4 %s who is slow does not hold up a hub that stops",
    async (_name, { tls }: { tls?: boolean }) => {
      const { hub, port } = await startKeyed(tls === true ? { tls: filesOf(firstPair) } : {});
      const slow = ["", "GET / HTTP/1.1\r\nHost:", upgradeHead("/").slice(0, 50)].map((bytes) => {
        const socket = connect(port, "127.0.0.1");
        socket.on("error", () => {});
        socket.write(bytes);
        return once(socket.resume(), "close");
      });
      await exchange(port, "\r\n\r\n?\r\n\r\n"); // the others have come
      await hub.close(0);
      await Promise.all(slow);
    },
  );
});

const post = "POST /v1/tickets HTTP/1.1\r\nHost: localhost\r\n";
/** What a request hides behind another. */
const hidden = "GET /hidden HTTP/1.1\r\nHost: localhost\r\n\r\n";
const many = (count: number): string =>
  Array.from({ length: count }, (_, i) => `X-${i}: 1\r\n`).join("");

describe("sec/40", () => {
  test.each<[string, string]>([
    ["both lengths", `${post}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    [
      "both lengths, the other way",
      `${post}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n`,
    ],
    ["two lengths", `${post}Content-Length: 5\r\nContent-Length: 0\r\n\r\n`],
    ["two equal lengths", `${post}Content-Length: 0\r\nContent-Length: 0\r\n\r\n`],
    ["a list of lengths", `${post}Content-Length: 0, 0\r\n\r\n`],
    ["a negative length", `${post}Content-Length: -1\r\n\r\n`],
    ["a length with a sign", `${post}Content-Length: +0\r\n\r\n`],
    ["a length in hexadecimal", `${post}Content-Length: 0x0\r\n\r\n`],
    ["a length without digits", `${post}Content-Length: \r\n\r\n`],
    ["a length beyond all numbers", `${post}Content-Length: 99999999999999999999\r\n\r\n`],
    ["a length with a space before the colon", `${post}Content-Length : 0\r\n\r\n`],
    [
      "a coding with a space before the colon",
      `${post}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`,
    ],
    [
      "a coding with a tab before the colon",
      `${post}Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n`,
    ],
    ["an unknown coding", `${post}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`],
    ["a coding behind chunked", `${post}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`],
    ["two codings", `${post}Transfer-Encoding: chunked\r\nTransfer-Encoding: cow\r\n\r\n0\r\n\r\n`],
    ["a coding behind a vertical tab", `${post}Transfer-Encoding: \u000Bchunked\r\n\r\n0\r\n\r\n`],
    ["a coding with a NUL", `${post}Transfer-Encoding: chunked\0\r\n\r\n0\r\n\r\n`],
    ["a header that goes on in the next line", `${post}X: a\r\n b\r\nContent-Length: 0\r\n\r\n`],
    ["a line that begins with a space", `POST /v1/tickets HTTP/1.1\r\n Host: localhost\r\n\r\n`],
    ["lines that end with LF", `POST /v1/tickets HTTP/1.1\nHost: localhost\nContent-Length: 0\n\n`],
    ["lines that end with CR", `POST /v1/tickets HTTP/1.1\rHost: localhost\rContent-Length: 0\r\r`],
    ["a CR inside a header", `${post}X: a\rContent-Length: 0\r\n\r\n`],
    ["a NUL inside a header", `${post}X: a\0b\r\n\r\n`],
    ["a header without a name", `${post}: x\r\n\r\n`],
    ["a header without a colon", `${post}Nothing\r\n\r\n`],
    ["a name with a space", `${post}Content Length: 0\r\n\r\n`],
    ["a name that is not ASCII", `${post}Cont\u00EBnt-Length: 0\r\n\r\n`],
    ["a size of a chunk that is none", `${post}Transfer-Encoding: chunked\r\n\r\nxyz\r\n\r\n`],
    ["a size of a chunk with a sign", `${post}Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n`],
    [
      "a size of a chunk beyond all numbers",
      `${post}Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n\r\n`,
    ],
    [
      "a chunk that is longer than it says",
      `${post}Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n`,
    ],
    ["a chunk that ends with LF", `${post}Transfer-Encoding: chunked\r\n\r\n1\na\n0\n\n`],
    ["no host", "POST /v1/tickets HTTP/1.1\r\nContent-Length: 0\r\n\r\n"],
    ["more than 100 headers", `${post}${many(120)}\r\n`],
    ["a length behind 100 headers", `${post}${many(120)}Content-Length: 5\r\n\r\nhello`],
    ["a head of 20 KiB", `${post}X: ${"x".repeat(20_000)}\r\n\r\n`],
    ["a path of 20 KiB", `GET /${"x".repeat(20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`],
    ["an unknown method", "HELLO / HTTP/1.1\r\nHost: localhost\r\n\r\n"],
    ["another protocol", "GET / HTPP/1.1\r\nHost: localhost\r\n\r\n"],
    ["version 2 by foreknowledge", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ["version 0.9", "GET /\r\n\r\n"],
    ["a path with a space", "GET /a b HTTP/1.1\r\nHost: localhost\r\n\r\n"],
    ["TLS", `\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00FC\u0003\u0003${"\0".repeat(50)}`],
  ])("sec/40 %s: one answer, which is none of success, and the end", async (_name, bytes) => {
    const { port } = await startKeyed();
    const received = await exchange(port, bytes + hidden);
    expect(received.match(/HTTP\/1\.1 /gu)).toHaveLength(1);
    const { status, headers } = answerOf(received);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(headers["connection"]).toBe("close");
  });

  test.each<[string, Parameters<typeof upgradeHead>[1], string]>([
    ["a length", { "Content-Length": "43" }, hidden],
    ["a coding", { "Transfer-Encoding": "chunked" }, `0\r\n\r\n${hidden}`],
    ["two hosts", { Host: ["localhost", "evil.example"] }, hidden],
    ["no host", { Host: undefined }, hidden],
    [
      "two keys",
      { "Sec-WebSocket-Key": ["dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ=="] },
      hidden,
    ],
    ["two versions", { "Sec-WebSocket-Version": ["13", "13"] }, hidden],
    [
      "a length behind 100 headers",
      {
        ...Object.fromEntries(Array.from({ length: 120 }, (_, i) => [`X-${i}`, "1"])),
        "Content-Length": "5",
      },
      "hello",
    ],
    ["another protocol", { Upgrade: "h2c" }, hidden],
  ])(
    "sec/40 an upgrade with %s: one answer, which is no WebSocket, and the end",
    async (_name, headers, behind) => {
      const { hub, port } = await startKeyed();
      const received = await exchange(port, upgradeHead("/", headers) + behind);
      expect(received.match(/HTTP\/1\.1 /gu)).toHaveLength(1);
      const { status, headers: answered } = answerOf(received);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(answered["connection"]).toBe("close");
      expect(hub.stats().connections).toBe(0);
    },
  );

  test("sec/40 an upgrade of HTTP/1.0 gets 400", async () => {
    const { port } = await startKeyed();
    const head = upgradeHead("/").replace("HTTP/1.1", "HTTP/1.0");
    expect(answerOf(await exchange(port, head)).status).toBe(400);
  });

  test("sec/40 what stands behind an upgrade is no request", async () => {
    const { hub, port } = await startKeyed();
    const received = await exchange(port, upgradeHead("/") + hidden);
    expect(received.match(/HTTP\/1\.1 /gu)).toHaveLength(1);
    expect(answerOf(received).status).toBe(101);
    await expect.poll(() => hub.stats().connections).toBe(0);
  });

  test("sec/40 headers with names of objects harm nothing", async () => {
    const { port, url } = await startKeyed();
    const headers = { ["__proto__"]: "x", constructor: "y", hasOwnProperty: "z" };
    const c = await RawClient.join(url, { token: await mint(), headers });
    await c.settle();
    const response = await fetch(`http://127.0.0.1:${port}/`, { headers });
    expect(response.status).toBe(426);
  });
});
