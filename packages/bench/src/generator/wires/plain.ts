// The language of the servers "naive" and "bun": one byte says what, then the topic; a delivery is the payload and nothing else. There is
// nothing leaner.

import { BINARY, type Message } from "../frame.ts";
import type { Client, Outgoing, Wire } from "../wire.ts";

/** The first byte. The servers of these peers know the same numbers. */
const SUBSCRIBE = 1;
const PUBLISH = 2;

/** The language of "naive" and "bun". */
export const plain: Wire = {
  path: "/",

  async subscribe(client, patterns) {
    client.send(...patterns.map((topic) => message(SUBSCRIBE, topic)));
    await Promise.all(patterns.map(() => client.receive()));
  },

  async announce() {},

  publish: ({ topic, payload }: Outgoing) => [message(PUBLISH, topic, payload)],

  take(client: Client, from: number) {
    client.ledger.take(client, client.lane.view, from, client.lane.now);
  },
};

function message(first: number, topic: string, payload: Uint8Array = new Uint8Array()): Message {
  const name = Buffer.from(topic, "latin1");
  return {
    opcode: BINARY,
    body: Buffer.concat([Uint8Array.of(first, name.length), name, payload]),
  };
}
