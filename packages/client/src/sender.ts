// What is said over the link, and who waits for the answer. Frames of one turn leave together.

import { encodePayload, type Reader } from "@fanwire/protocol";
import { batches } from "./core/batches.ts";
import type { ClientError } from "./errors.ts";

/** Who waits for the answer to a request. */
export interface Asker {
  /** Reads the rest of its OK, after the id. */
  ok(r: Reader, count: number): void;
  refused(error: ClientError): void;
  /** The link is gone: no answer will come. */
  cut(cause: ClientError | undefined): void;
}

export class Sender {
  /** The largest batch that the hub takes, in bytes. */
  batchBytesMax = 262_144;
  readonly #load: () => void;
  readonly #askers: Map<number, Asker> = new Map();
  #socket: WebSocket | undefined;
  #frames: Uint8Array[] = [];
  #id = 0;
  #isDue = false;

  /** `load` says what waits to be said. */
  constructor(load: () => void) {
    this.#load = load;
  }

  /** What is said can leave. */
  get isLinked(): boolean {
    return this.#socket !== undefined;
  }

  link(socket: WebSocket): void {
    this.#socket = socket;
    this.soon();
  }

  cut(cause: ClientError | undefined): void {
    this.#socket = undefined;
    this.#frames = [];
    const askers = [...this.#askers.values()];
    this.#askers.clear();
    for (const asker of askers) asker.cut(cause);
  }

  /** Says a frame, given its opcode and its elements, at the end of this turn. */
  say(...frame: readonly unknown[]): void {
    if (!this.#socket) return;
    this.#frames.push(encodePayload(frame));
    this.soon();
  }

  /** A number for a request, never used before: a late answer to an older one finds nobody. */
  id(): number {
    return ++this.#id;
  }

  /** Says a request, given its opcode and its elements. Returns its number. */
  ask(asker: Asker, op: number, ...elements: readonly unknown[]): number {
    const id = this.id();
    this.#askers.set(id, asker);
    this.say(op, id, ...elements);
    return id;
  }

  /** Who asked; only once. */
  take(id: number): Asker | undefined {
    const asker = this.#askers.get(id);
    this.#askers.delete(id);
    return asker;
  }

  /** At the end of this turn, says what waits. */
  soon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    if (this.#socket) this.#load();
    this.#isDue = false;
    for (const batch of batches(this.#frames.splice(0), this.batchBytesMax))
      this.#socket?.send(batch);
  }
}
