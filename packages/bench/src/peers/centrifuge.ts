// The least that is a server to centrifuge-js: of the JSON protocol of Centrifugo connect, subscribe, publish and ping, without history or
// tokens. What one turn brings leaves in one message, a line each, as Centrifugo does it.

import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { answerQuestions } from "../control.ts";
import { collectTwice, sampling } from "./sample.ts";

/** As Centrifugo does by default, in seconds. */
const PING_S = 25;

/** What a client says; an empty one answers a ping. */
interface Command {
  readonly id?: number;
  readonly connect?: object;
  readonly subscribe?: { readonly channel: string };
  readonly publish?: { readonly channel: string; readonly data: unknown };
}

/** Lines that leave at the end of the turn. */
class Session {
  readonly #socket: WebSocket;
  #lines: string[] = [];

  constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  say(line: string): void {
    if (this.#lines.push(line) === 1) setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#socket.send(this.#lines.join("\n"));
    this.#lines = [];
  }
}

const followers = new Map<string, Set<Session>>();
const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });

server.on("connection", (socket) => {
  const session = new Session(socket);
  const ping = setInterval(() => session.say("{}"), PING_S * 1000);
  socket.on("message", (text: Buffer) => {
    for (const line of text.toString().split("\n")) obey(session, JSON.parse(line) as Command);
  });
  socket.on("close", () => {
    clearInterval(ping);
    for (const sessions of followers.values()) sessions.delete(session);
  });
});

server.on("listening", () => {
  answerQuestions({ port: (server.address() as AddressInfo).port }, sampling(collectTwice));
});

function obey(session: Session, { id, connect, subscribe, publish }: Command): void {
  if (id === undefined) return;
  if (connect !== undefined) {
    const about = { client: "bench", version: "bench", ping: PING_S, pong: true };
    return session.say(JSON.stringify({ id, connect: about }));
  }
  if (subscribe !== undefined) {
    const { channel } = subscribe;
    const sessions = followers.get(channel) ?? new Set();
    followers.set(channel, sessions.add(session));
    return session.say(JSON.stringify({ id, subscribe: {} }));
  }
  if (publish === undefined) return;
  const { channel, data } = publish;
  const push = JSON.stringify({ push: { channel, pub: { data } } });
  for (const follower of followers.get(channel) ?? []) follower.say(push);
  session.say(JSON.stringify({ id, publish: {} }));
}
