// What one writes first: a `ws` server that loops over the subscribers of the topic and sends to each. No compression, binary, and
// nothing but the payload goes out: it is naive in how it fans out, not wasteful.

import { WebSocketServer, type WebSocket } from "ws";
import { answerQuestions } from "../control.ts";
import { collectTwice, sampling } from "./sample.ts";

/** The first byte of what a client sends; see the wire "plain" of the load generator. */
const SUBSCRIBE = 1;
const OPTIONS = { binary: true, compress: false } as const;
const OK = Buffer.of(1);

const subscribers = new Map<string, Set<WebSocket>>();

const server = new WebSocketServer({
  host: "127.0.0.1",
  port: 0,
  perMessageDeflate: false,
  clientTracking: false,
});

server.on("connection", (client) => {
  client.on("message", onMessage);
  client.on("close", onClose);
  client.on("error", () => {});
});

function onMessage(this: WebSocket, data: Buffer): void {
  const payloadAt = 2 + data[1]!;
  const topic = data.toString("latin1", 2, payloadAt);
  if (data[0] === SUBSCRIBE) subscribe(this, topic);
  else publish(topic, data.subarray(payloadAt));
}

function subscribe(client: WebSocket, topic: string): void {
  const all = subscribers.get(topic) ?? new Set();
  subscribers.set(topic, all.add(client));
  client.send(OK, OPTIONS);
}

function publish(topic: string, payload: Buffer): void {
  for (const client of subscribers.get(topic) ?? []) client.send(payload, OPTIONS);
}

function onClose(this: WebSocket): void {
  for (const all of subscribers.values()) all.delete(this);
}

server.on("listening", () => {
  const { port } = server.address() as { port: number };
  answerQuestions({ port }, sampling(collectTwice));
});
