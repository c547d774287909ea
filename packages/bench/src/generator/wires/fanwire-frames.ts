// What every client of our hub says and hears, whatever it is there for.

import {
  down,
  downFrames,
  type Frame,
  helloFrame,
  protocolVersion,
  Reader,
  readHead,
  seenFrame,
  SeenPace,
  subscribeFrame,
  upPongFrame,
  Writer,
} from "@fanwire/protocol";
import { BINARY, type Message } from "../frame.ts";
import type { Client } from "../wire.ts";

/** Entries of one SUBSCRIBE or UNSUBSCRIBE: it stays well below what a batch may hold. */
export const ENTRIES_MAX = 2000;

/** Spreads consecutive numbers evenly over 0 to 1 (the golden ratio's fraction). */
const SPREAD = 0.618_033_988_749_895;

let greeted = 0;

/** Frames in one message. */
export function batch(write: (w: Writer) => void): Message {
  const w = new Writer();
  write(w);
  return { opcode: BINARY, body: w.take() };
}

/** SUBSCRIBE from now on, without options. */
export function subscription(patterns: readonly string[]): Message {
  const entries = patterns.map((pattern) => ({ pattern, from: null, options: null }));
  return batch((w) => subscribeFrame.write(w, { id: 1, entries }));
}

/** Says HELLO and waits for WELCOME. What is returned counts what the client receives from here on. */
export async function greet(client: Client, token: string | null = null): Promise<SeenPace> {
  const about = new Map<string, string | boolean>([
    ["sdk", "fanwire-bench"],
    ["flow", true],
  ]);
  client.send(
    batch((w) =>
      helloFrame.write(w, { version: protocolVersion, token, client: about, resume: null }),
    ),
  );
  await client.receive();
  return new SeenPace((greeted++ * SPREAD) % 1);
}

export function reportSeen(client: Client, seen: SeenPace): void {
  client.send(batch((w) => seenFrame.write(w, { bytes: seen.report() })));
}

/** A batch of the hub, frame by frame. Used again for the next one. */
export class BatchReader {
  readonly r: Reader = new Reader();
  readonly #head = { count: 0, op: 0 };

  /** The frame that follows, as far as its opcode. */
  head(): { readonly count: number; readonly op: number } {
    readHead(this.r, this.#head);
    return this.#head;
  }

  /** Takes a frame that every client takes in the same way; undefined when it is another, which the caller reads. */
  common(client: Client, op: number, count: number): DownFrame | undefined {
    const frame = downFrames.find((one) => one.op === op)?.read(this.r, count);
    if (frame?.op === down.PING)
      client.send(batch((w) => upPongFrame.write(w, { n: (frame as { n: number }).n })));
    else if (frame?.op === down.REFUSED)
      throw new Error(`The hub refused: ${(frame as { text: string }).text}`);
    this.check();
    return frame;
  }

  /** Throws when what was read last is no frame of the hub. */
  check(): void {
    const { fault } = this.r;
    if (fault !== "") throw new Error(`A frame of the hub could not be read: ${fault}.`);
  }
}

type DownFrame = (typeof downFrames)[number] extends Frame<infer F> ? F : never;
