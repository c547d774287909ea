// A connection for a client of ours that asks for things while publications come.

import type { SeenPace } from "@fanwire/protocol";
import { dial, type Dialled } from "./dial.ts";
import { Lane } from "./lane.ts";
import { Ledger, NO_TOPIC } from "./ledger.ts";
import { greet } from "./wires/fanwire-frames.ts";
import { talk } from "./wires/talk.ts";

const lane = new Lane();
const ledger = new Ledger(new Uint32Array(1), 1);

/** Connects and says HELLO. What comes after WELCOME goes to the talker, once the client has one in its `state` and begins. */
export async function dialTalker(
  port: number,
  token?: string,
): Promise<Dialled & { readonly seen: SeenPace }> {
  const dialled = await dial(port, talk.path, talk.subprotocol, {
    lane,
    ledger,
    wire: talk,
    topic: NO_TOPIC,
    each: null,
    isTimed: false,
    token,
  });
  return { ...dialled, seen: await greet(dialled.client) };
}
