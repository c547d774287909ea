import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import {
  connect,
  createServer as createTcpServer,
  type AddressInfo,
  type Server as NetServer,
  type Socket,
} from "node:net";
import type { Duplex } from "node:stream";
import { afterEach, expect, test } from "vitest";
import { Splice } from "./splice.ts";

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

const listening = async (server: NetServer): Promise<number> => {
  await new Promise<void>((done) => void server.listen(0, "127.0.0.1", () => done()));
  return (server.address() as AddressInfo).port;
};

/** A hub that only listens, and a server with the splice before it. */
async function splice() {
  const hubSockets: Socket[] = [];
  const hub = createTcpServer(
    (socket) => void hubSockets.push(socket.on("error", () => undefined)),
  );
  const hubPort = await listening(hub);
  const it = new Splice(hubPort);
  const server = createServer();
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) =>
    it.pass(request, socket, head),
  );
  const port = await listening(server);
  closing.push(() => {
    it.close();
    hubSockets.forEach((socket) => socket.destroy());
    hub.close();
    server.close();
  });
  let taken = 0;
  const nextAtHub = async (): Promise<Socket> => {
    if (hubSockets.length === taken) await once(hub, "connection");
    return hubSockets[taken++] as Socket;
  };
  return { it, port, hubPort, nextAtHub };
}

function upgrade(port: number, path: string, headers: string[] = []): Socket {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  closing.push(() => socket.destroy());
  const head = [
    `GET ${path} HTTP/1.1`,
    `Host: localhost:${port}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
  ];
  socket.write(`${[...head, ...headers].join("\r\n")}\r\n\r\n`);
  return socket;
}

const text = async (socket: Socket): Promise<string> => String((await once(socket, "data"))[0]);

test("the hub gets the request as its own, and bytes go both ways untouched", async () => {
  const { port, hubPort, nextAtHub } = await splice();
  const browser = upgrade(port, "/hub?page=a", [`Origin: http://localhost:${port}`]);
  const atHub = await nextAtHub();
  const head = await text(atHub);
  expect(head).toMatch(/^GET \/ HTTP\/1\.1\r\n/);
  expect(head).toContain(`Host: localhost:${hubPort}\r\n`);
  expect(head).toContain(`Origin: http://localhost:${hubPort}\r\n`);
  atHub.write("from the hub");
  expect(await text(browser)).toBe("from the hub");
  browser.write("from the page");
  expect(await text(atHub)).toBe("from the page");
});

test("when one end goes, so does the other", async () => {
  const { port, nextAtHub } = await splice();
  const browser = upgrade(port, "/hub");
  const atHub = await nextAtHub();
  atHub.destroy();
  await once(browser, "close");
  const second = upgrade(port, "/hub");
  const secondAtHub = await nextAtHub();
  secondAtHub.resume();
  second.destroy();
  await once(secondAtHub, "close");
});

test("a cut ends the connections of one page only", async () => {
  const { it, port, nextAtHub } = await splice();
  const cut = upgrade(port, "/hub?page=a");
  await nextAtHub();
  const other = upgrade(port, "/hub?page=b");
  const otherAtHub = await nextAtHub();
  expect(it.cut({ page: "a", ms: 0 })).toBe(1);
  await once(cut, "close");
  otherAtHub.write("still here");
  expect(await text(other)).toBe("still here");
});

test("for ten seconds a page is not let in again, others are", async () => {
  const { it, port, nextAtHub } = await splice();
  it.cut({ page: "a", ms: 10_000 });
  await once(upgrade(port, "/hub?page=a").resume(), "close");
  upgrade(port, "/hub?page=b");
  await nextAtHub();
});

test.each([
  ["/elsewhere", [], "404"],
  ["//", [], "404"],
  ["/hub", ["Origin: http://evil.example"], "403"],
])("an upgrade of %s with %j is answered %s", async (path, headers, status) => {
  const { port } = await splice();
  expect(await text(upgrade(port, path, headers))).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
});

test("a hub that is away is no answer at all, and nothing else happens", async () => {
  const server = createServer();
  const it = new Splice(1);
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) =>
    it.pass(request, socket, head),
  );
  const port = await listening(server);
  closing.push(() => server.close());
  await once(upgrade(port, "/hub").resume(), "close");
});
