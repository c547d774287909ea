// Socket.IO, as its documentation says it is leanest: WebSocket only, no compression (both off by default, said here for the reader), no
// client bundle, no recovery, and the first request of a connection is not kept (docs, "Memory usage"). Topics are rooms.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server, type Socket } from "socket.io";
import { answerQuestions } from "../control.ts";
import { collectTwice, sampling } from "./sample.ts";

const http = createServer();
const io = new Server(http, {
  transports: ["websocket"],
  perMessageDeflate: false,
  httpCompression: false,
  serveClient: false,
});

io.engine.on("connection", (raw: { request: unknown }) => {
  raw.request = null;
});

io.on("connection", (socket: Socket) => {
  socket.on("subscribe", async (...args: unknown[]) => {
    const answered = args.pop() as () => void;
    await socket.join(args as string[]);
    answered();
  });
  socket.on("publish", (topic: string, payload: Buffer) => {
    io.to(topic).emit("m", payload);
  });
});

http.listen(0, "127.0.0.1", () => {
  answerQuestions({ port: (http.address() as AddressInfo).port }, sampling(collectTwice));
});
