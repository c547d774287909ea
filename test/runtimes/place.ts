// The hubs that runtimes meet, and the wire of each that can be cut.

import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { createHub, newKey, publicKeyOf, signToken } from "@fanwire/server";
import type { Place } from "./case.ts";
import { openPageServer } from "./page-server.ts";

const CUT_TOPIC = "cut";

/** Hubs for any number of runtimes, and a page for those that need one. */
export interface Site extends AsyncDisposable {
  readonly pageUrl: string;
  /** For a runtime of this name. */
  placeOf(name: string): Promise<Place>;
}

export async function openSite(): Promise<Site> {
  const page = await openPageServer();
  const { origin } = page;
  const hub = createHub({
    port: 0,
    figuresMs: 0,
    origins: [origin],
    limits: { payloadBytesMax: 131_072 },
    topics: [
      { match: "kept.**", history: true },
      { match: "state.**", state: true },
    ],
    queues: [{ name: "work" }],
  });
  const key = await newKey();
  const keyed = createHub({
    port: 0,
    figuresMs: 0,
    origins: [origin],
    auth: { keys: [publicKeyOf(key)] },
  });
  await Promise.all([hub.listen(), keyed.listen()]);
  const token = await signToken(key, {
    sub: "runtime",
    fanwire: { pub: ["mine.{sub}.**"], sub: ["mine.**"] },
  });
  const wires: Wire[] = [];
  return {
    pageUrl: origin,
    async placeOf(name) {
      const wire = new Wire(hub.port!);
      wires.push(wire);
      hub.subscribe(CUT_TOPIC, ({ data }) => {
        if (data === name) wire.cut();
      });
      const url = await wire.url();
      return { hub: hub.url!, wire: url, cutTopic: CUT_TOPIC, keyed: keyed.url!, token, name };
    },
    async [Symbol.asyncDispose]() {
      for (const wire of wires) wire.close();
      await Promise.all([hub.close(0), keyed.close(0), page[Symbol.asyncDispose]()]);
    },
  };
}

/** A wire to the hub's port. */
class Wire {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(port: number) {
    this.#server = createServer((near) => {
      const far = connect(port, "127.0.0.1");
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(from);
        from.on("error", () => {}).on("close", () => to.destroy());
        from.pipe(to);
      }
    });
  }

  async url(): Promise<string> {
    await once(this.#server.listen(0, "127.0.0.1"), "listening");
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  close(): void {
    this.#server.close();
    this.cut();
  }
}
