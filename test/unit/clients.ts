// Hubs, clients and wires between them, all of them real.

import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, type ClientOptions, createClient } from "@fanwire/client";
import { createHub, type Hub, type HubOptions } from "@fanwire/server";

const open: AsyncDisposable[] = [];
const folders: string[] = [];

/** Ends what a test has opened; after each. */
export async function closeAll(): Promise<void> {
  await Promise.all(open.splice(0).map((resource) => resource[Symbol.asyncDispose]()));
  for (const path of folders.splice(0)) rmSync(path, { recursive: true });
}

/** A place for the data of a hub. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "fanwire-client-"));
  folders.push(path);
  return join(path, "store");
}

export async function startHub(options: HubOptions = {}): Promise<Hub> {
  const hub = createHub({ port: 0, figuresMs: 0, ...options });
  open.push({ [Symbol.asyncDispose]: () => hub.close(0) });
  await hub.listen();
  return hub;
}

export function clientOf(url: string, options: ClientOptions = {}): Client {
  const client = createClient(url, { backoff: { minMs: 5, maxMs: 50 }, ...options });
  open.push(client);
  return client;
}

/** A wire that can be cut. */
export class Wire implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  isWhole = true;
  /** What the hub says is lost. */
  isDeaf = false;
  /** It is broken, and neither side hears of that. */
  isDead = false;

  constructor(port: number) {
    this.#server = createServer((near) => {
      const far = connect(port, "127.0.0.1");
      for (const socket of [near, far]) {
        this.#sockets.add(socket);
        socket.on("error", () => {});
        socket.on("close", () => this.isDead || [near, far].map((end) => end.destroy()));
      }
      if (!this.isWhole) near.destroy();
      near.on("data", (bytes: Uint8Array) => this.isDead || far.write(bytes));
      far.on("data", (bytes: Uint8Array) => this.isDeaf || this.isDead || near.write(bytes));
    });
    open.push(this);
  }

  async url(): Promise<string> {
    await once(this.#server.listen(0, "127.0.0.1"), "listening");
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }
}

/** Resolves when the status of the client is in this state. */
export function reaches(client: Client, state: string): Promise<void> {
  return new Promise((resolve) => {
    client.status.subscribe((status) => {
      if (status.state === state) resolve();
    });
  });
}
