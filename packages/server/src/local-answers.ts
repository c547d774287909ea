// The hub's own process as a publisher: what the hub answers to publications that had to be stored.

import {
  down,
  eachMessage,
  type FrameHead,
  readHead,
  Reader,
  refusedFrame,
} from "@fanwire/protocol";
import { HubError } from "./errors.ts";
import type { Wire } from "./ports/desk.ts";

/** Settles one publication: without a sentence it was stored. */
type Settle = (sentence?: string) => void;

export class LocalAnswers implements Wire {
  session: Wire["session"] = undefined;
  readonly #waiting = new Map<number, Settle>();
  #lastId = 0;

  /** The id to publish with. */
  nextId(): number {
    return ++this.#lastId;
  }

  /** The answer to the publication with that id, which is not answered yet. Rejects with a {@link HubError}. */
  to(id: number): Promise<void> {
    const stored = new Promise<void>((resolve, reject) => {
      this.#waiting.set(id, (why) => {
        if (why === undefined) resolve();
        else reject(new HubError("storage-full", why));
      });
    });
    stored.catch(() => {}); // who does not wait for it is not told
    return stored;
  }

  write(messages: Uint8Array): number {
    eachMessage(messages, (message) => this.#read(message));
    return 0;
  }

  writeAll(messages: readonly Uint8Array[]): number {
    for (const piece of messages) this.write(piece);
    return 0;
  }

  welcomed(): void {}

  shut(): void {
    for (const settle of this.#waiting.values()) settle("The hub was closed before it was stored.");
    this.#waiting.clear();
  }

  #read(message: Uint8Array): void {
    const r = new Reader().reset(message);
    const head: FrameHead = { count: 0, op: 0 };
    while (r.left > 0) {
      readHead(r, head);
      if (head.op === down.REFUSED) {
        const { id, text } = refusedFrame.read(r, head.count);
        this.#answer(id, text);
      } else if (head.op === down.OK) {
        this.#answer(r.uint());
        r.closeTuple(head.count, 2);
      } else r.closeTuple(head.count, 1);
    }
  }

  #answer(id: number, sentence?: string): void {
    this.#waiting.get(id)?.(sentence);
    this.#waiting.delete(id);
  }
}
