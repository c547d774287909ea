// Bun's own server and its built-in publish (uWebSockets' topics, in native code). Runs in Bun. No compression, no pings, no idle
// timeout; all else as it comes.

import { answerQuestions } from "../control.ts";
import { sampling } from "./sample.ts";

/** What is used of Bun. */
interface BunSocket {
  subscribe(topic: string): void;
  send(data: Uint8Array, compress?: boolean): number;
}

interface BunServer {
  readonly port: number;
  publish(topic: string, data: Uint8Array, compress?: boolean): number;
  upgrade(request: Request): boolean;
}

declare const Bun: {
  serve(options: object): BunServer;
  gc(force: boolean): void;
};

/** The first byte of what a client sends; see the wire "plain" of the load generator. */
const SUBSCRIBE = 1;
const OK = Uint8Array.of(1);

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch: (request: Request, self: BunServer) =>
    self.upgrade(request) ? undefined : new Response(null, { status: 426 }),
  websocket: {
    perMessageDeflate: false,
    sendPings: false,
    idleTimeout: 0,
    message(client: BunSocket, data: Buffer) {
      const payloadAt = 2 + data[1]!;
      const topic = data.toString("latin1", 2, payloadAt);
      if (data[0] === SUBSCRIBE) {
        client.subscribe(topic);
        client.send(OK, false);
      } else server.publish(topic, data.subarray(payloadAt), false);
    },
  },
});

answerQuestions(
  { port: server.port },
  sampling(() => Bun.gc(true)),
);
