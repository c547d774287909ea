// Pages of our own that use the built client, and a wire to a hub that a test can cut.

import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, createServer as createWire, type Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { createHub, type Hub, type HubOptions } from "@fanwire/server";
import { rolldown } from "rolldown";

const html = `<!doctype html><meta charset="utf-8"><title>page</title><script type="module" src="/page.js"></script><p></p>`;

/** The scripts of pages, as a bundler makes them of what is published. */
async function bundle(file: string): Promise<string> {
  const made = await rolldown({
    input: fileURLToPath(new URL(file, import.meta.url)),
    platform: "browser",
    resolve: { conditionNames: ["browser", "import", "default"] },
  });
  const { output } = await made.generate({ format: "esm", minify: true });
  await made.close();
  return output[0].code;
}

const portOf = (server: { address(): unknown }): number => (server.address() as AddressInfo).port;

/** Serves pages with the script `file`. `headers`: of the page. Any path is a page of its own. */
export async function servePages(
  file: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ url: string; close(): Promise<void> }> {
  const script = await bundle(file);
  const server: Server = createServer((request, response) => {
    if (request.url === "/page.js")
      response.writeHead(200, { "content-type": "text/javascript" }).end(script);
    else if (request.url === "/favicon.ico") response.writeHead(404).end();
    else response.writeHead(200, { "content-type": "text/html", ...headers }).end(html);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://localhost:${portOf(server)}/`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** A hub, and a wire to it. */
export class Wired {
  readonly hub: Hub;
  readonly #wire = createWire((client) => this.#join(client));
  #ends: Socket[] = [];
  /** Nothing gets through, and nobody is told. */
  #isSilent = false;
  /** Whoever comes is sent away. */
  #isCut = false;

  private constructor(hub: Hub) {
    this.hub = hub;
  }

  static async start(options: HubOptions = {}): Promise<Wired> {
    const hub = createHub({ port: 0, figuresMs: 0, ...options });
    await hub.listen();
    const wired = new Wired(hub);
    wired.#wire.listen(0, "127.0.0.1");
    await once(wired.#wire, "listening");
    return wired;
  }

  get url(): string {
    return `ws://127.0.0.1:${portOf(this.#wire)}/`;
  }

  /** Ends all connections, and lets none through until it is mended. */
  cut(): void {
    this.#isCut = true;
    for (const end of this.#ends) end.destroy();
    this.#ends = [];
  }

  /** From now on what stands carries nothing, in neither direction, as behind a router that has forgotten it; new connections do. */
  silence(): void {
    for (const end of this.#ends) end.pause().unpipe();
  }

  /** Nothing of the hub comes through, but what the client says does. */
  deafen(): void {
    this.#isSilent = true;
  }

  mend(): void {
    this.#isCut = this.#isSilent = false;
  }

  async close(): Promise<void> {
    this.cut();
    this.#wire.close();
    await this.hub.close(0);
  }

  #join(client: Socket): void {
    client.on("error", () => {});
    if (this.#isCut) {
      client.destroy();
      return;
    }
    const hub = connect(Number(new URL(this.hub.url!).port), "127.0.0.1");
    hub.on("error", () => {});
    client.pipe(hub);
    hub.on("data", (bytes) => {
      if (!this.#isSilent) client.write(bytes);
    });
    hub.on("close", () => client.destroy());
    client.on("close", () => hub.destroy());
    this.#ends.push(client, hub);
  }
}
