// Aedes, an MQTT broker, over WebSocket as its own examples do it (`createWebSocketStream` of `ws`), default options, no compression. QoS 0, so
// nothing is stored and nothing acknowledged.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Aedes } from "aedes";
import { createWebSocketStream, WebSocketServer } from "ws";
import { answerQuestions } from "../control.ts";
import { collectTwice, sampling } from "./sample.ts";

const broker = await Aedes.createBroker();
const http = createServer();
const server = new WebSocketServer({
  server: http,
  perMessageDeflate: false,
  clientTracking: false,
  handleProtocols: () => "mqtt",
});

server.on("connection", (socket, request) => {
  const stream = createWebSocketStream(socket);
  stream.on("error", () => {});
  broker.handle(stream, request);
});

http.listen(0, "127.0.0.1", () => {
  answerQuestions({ port: (http.address() as AddressInfo).port }, sampling(collectTwice));
});
