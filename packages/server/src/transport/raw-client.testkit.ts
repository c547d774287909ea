// A client on a real socket that says what it is told to and keeps what it got.

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { batch, client, framesOf, type WireFrame } from "@fanwire/testkit";
import { type ClientOptions, WebSocket } from "ws";

/** How a client comes. */
export interface Coming extends ClientOptions {
  /** It says what it has seen. */
  readonly flow?: boolean;
  /** What stands in HELLO. */
  readonly token?: string | null;
  readonly protocols?: string | string[];
}

export class RawClient {
  readonly ws: WebSocket;
  /** All frames so far. */
  readonly frames: WireFrame[] = [];
  /** How many frames each message had. */
  readonly messages: number[] = [];
  receivedBytes = 0;
  /** WELCOME, which SEEN does not count. */
  bytesOfFirstMessage = 0;
  readonly closed: Promise<{ code: number; reason: string }>;
  #changed: (() => void)[] = [];

  constructor(
    url: string,
    protocols: string | string[] = "fanwire.1",
    options: ClientOptions = {},
  ) {
    this.ws = new WebSocket(url, protocols, { perMessageDeflate: false, ...options });
    this.ws.on("message", (data: Buffer) => {
      if (this.receivedBytes === 0) this.bytesOfFirstMessage = data.length;
      this.receivedBytes += data.length;
      const frames = framesOf(data);
      this.messages.push(frames.length);
      this.frames.push(...frames);
      for (const changed of this.#changed.splice(0)) changed();
    });
    this.closed = new Promise((resolve) => {
      this.ws.on("close", (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    this.ws.on("error", () => {}); // a close follows
  }

  /** A client whose WebSocket is open, and that has said nothing. */
  static async open(
    url: string,
    { protocols = "fanwire.1", ...options }: Omit<Coming, "flow" | "token"> = {},
  ): Promise<RawClient> {
    const opened = new RawClient(url, protocols, options);
    await once(opened.ws, "open");
    return opened;
  }

  /** A client that has said HELLO, whatever becomes of it. */
  static async greet(
    url: string,
    { flow = false, token = null, ...options }: Coming = {},
  ): Promise<RawClient> {
    const greeting = await RawClient.open(url, options);
    greeting.send(client.hello(1, flow, token));
    return greeting;
  }

  /** A client that was welcomed. */
  static async join(url: string, coming: Coming = {}): Promise<RawClient> {
    const joined = await RawClient.greet(url, coming);
    const how = await Promise.race([joined.until((frames) => frames.length === 1), joined.closed]);
    if (how !== undefined) throw new Error(`not welcomed: ${how.code} ${how.reason}`);
    return joined;
  }

  /** Frames in one message. */
  send(...frames: readonly Uint8Array[]): void {
    this.ws.send(batch(...frames));
  }

  /** Resolves when the frames so far fulfil the condition. */
  async until(condition: (frames: readonly WireFrame[]) => boolean): Promise<void> {
    while (!condition(this.frames))
      await new Promise<void>((resolve) => {
        this.#changed.push(resolve);
      });
  }

  /** All that the hub has sent by the time it answers a PING. */
  async settle(n: number = Math.floor(Math.random() * 2 ** 31)): Promise<readonly WireFrame[]> {
    this.send(client.ping(n));
    await this.until((frames) => frames.some(([op, number]) => op === 42 && number === n));
    return this.frames.filter(([op, number]) => op !== 42 || number !== n);
  }

  async close(): Promise<void> {
    this.ws.close();
    await this.closed;
  }
}

/**
 * Sends bytes to a port and returns all that comes back until the other side closes, or until it contains `end`. Rejects when
 * nobody listens.
 */
export async function exchange(
  port: number,
  bytes: string,
  end?: string | RegExp,
): Promise<string> {
  const socket: Socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  let received = "";
  socket.on("error", () => {});
  socket.setEncoding("latin1").on("data", (chunk: string) => {
    received += chunk;
    if (end !== undefined && received.search(end) >= 0) socket.destroy();
  });
  socket.write(bytes, "latin1");
  await once(socket, "close");
  return received;
}

/** The head of an upgrade, with some headers replaced (undefined: left out; a list: several times). */
export function upgradeHead(
  path: string,
  headers: Readonly<Record<string, string | readonly string[] | undefined>> = {},
): string {
  const all: typeof headers = {
    Host: "localhost",
    Connection: "Upgrade",
    Upgrade: "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Protocol": "fanwire.1",
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [value].flat().map((one) => `${name}: ${one}`),
  );
  return [`GET ${path} HTTP/1.1`, ...lines, "", ""].join("\r\n");
}

/** How an HTTP server answers. */
export interface Answer {
  readonly status: number;
  /** By their names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Takes apart what came back of one request. */
export function answerOf(received: string): Answer {
  const [head = "", ...body] = received.split("\r\n\r\n");
  const [first = "", ...lines] = head.split("\r\n");
  const headers = lines.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  return {
    status: Number(first.split(" ")[1]),
    headers: Object.fromEntries(headers),
    body: body.join("\r\n\r\n"),
  };
}

/** Asks for a WebSocket, and leaves when it was opened. */
export async function upgrade(
  port: number,
  path: string = "/",
  headers: Parameters<typeof upgradeHead>[1] = {},
): Promise<Answer> {
  return answerOf(
    await exchange(port, upgradeHead(path, headers), /^HTTP\/1\.1 101 [^]*\r\n\r\n/u),
  );
}
