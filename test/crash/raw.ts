// A connection that says what it is told to, frame by frame.

import { once } from "node:events";
import { down } from "@fanwire/protocol";
import { batch, client, framesOf, type WireFrame } from "@fanwire/testkit";
import { WebSocket } from "ws";

export class RawLink {
  readonly #socket: WebSocket;
  /** Resolves with the close code. */
  readonly closed: Promise<number>;

  private constructor(socket: WebSocket, read: (frame: WireFrame) => void) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => {
      socket.once("close", resolve);
    });
    socket.on("error", () => {});
    socket.on("message", (bytes: Buffer) => {
      for (const frame of framesOf(bytes))
        if (frame[0] === down.PING) this.send(client.pong(frame[1] as number));
        else read(frame);
    });
  }

  /** Resolves when the hub has said WELCOME; rejects when there is none. `read` gets WELCOME too. */
  static async open(url: string, read: (frame: WireFrame) => void): Promise<RawLink> {
    const socket = new WebSocket(url, "fanwire.1");
    const welcomed = new Promise<void>((resolve) => {
      socket.once("message", () => resolve());
    });
    const link = new RawLink(socket, read);
    await once(socket, "open");
    link.send(client.hello());
    const first = await Promise.race([welcomed, link.closed]);
    if (typeof first === "number") throw new Error(`closed with ${first}`);
    return link;
  }

  send(...frames: readonly Uint8Array[]): void {
    if (frames.length > 0) this.#socket.send(batch(...frames), () => {});
  }

  cut(): void {
    this.#socket.terminate();
  }
}
