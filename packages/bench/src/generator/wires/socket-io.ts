// Socket.IO (protocol 5) over Engine.IO (protocol 4), WebSocket only: a binary event is a text message with a placeholder, and then the
// bytes as a message of their own.

import { BINARY, type Message, TEXT } from "../frame.ts";
import type { Client, Outgoing, Wire } from "../wire.ts";

const text = (body: string): Message => ({ opcode: TEXT, body: Buffer.from(body, "utf8") });

/** Engine.IO's ping and pong. */
const PING = "2".charCodeAt(0);
const pong = text("3");

/** The language of Socket.IO. */
export const socketIo: Wire = {
  path: "/socket.io/?EIO=4&transport=websocket",

  async subscribe(client, patterns) {
    await connect(client);
    client.send(text(`420${JSON.stringify(["subscribe", ...patterns])}`));
    await client.receive(); // the acknowledgement, 430[]
  },

  announce: connect,

  publish: ({ topic, payload }: Outgoing) => [
    text(`451-${JSON.stringify(["publish", topic, { _placeholder: true, num: 0 }])}`),
    { opcode: BINARY, body: payload },
  ],

  take(client: Client, from: number) {
    client.ledger.take(client, client.lane.view, from, client.lane.now);
  },

  takeText(client: Client, body: Uint8Array) {
    if (body[0] === PING) client.send(pong);
  },
};

async function connect(client: Client): Promise<void> {
  await client.receive(); // 0{…}: the session of Engine.IO is open
  client.send(text("40"));
  await client.receive(); // 40{…}: so is the one of Socket.IO
}
