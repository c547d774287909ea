// Carries out orders on a log, in order: what is to be appended and has come together becomes one frame. Nothing is written any more once
// the log has failed. It knows no thread and no time: its driver calls when there is something to do.

import { CLOSED_FIRST } from "./call-order.ts";
import { FrameQueue } from "./frame-queue.ts";
import type { Log } from "./log.ts";
import type { Answer, Order, Room } from "./orders.ts";

export class LogKeeper {
  readonly #log: Log;
  readonly #tell: (answer: Answer) => void;
  readonly #queue: FrameQueue = new FrameQueue();
  #orders: Order[] = [];
  #at = 0;
  /** Why the snapshot that has begun was given up, if it was; undefined when none has begun. */
  #snapshot: { readonly sentence: string | undefined } | undefined;
  #state: "open" | "failed" | "closed" = "open";
  #isClosing = false;
  #refusals = 0;

  constructor(log: Log, tell: (answer: Answer) => void) {
    this.#log = log;
    this.#tell = tell;
  }

  get room(): Room {
    return { logBytes: this.#log.logBytes, isShortOfRoom: this.#log.isShortOfRoom };
  }

  get isOpen(): boolean {
    return this.#state === "open";
  }

  get isClosed(): boolean {
    return this.#state === "closed";
  }

  /** All is written, and no seal says so yet. */
  get needsSeal(): boolean {
    return this.isOpen && this.#log.needsSeal;
  }

  add(orders: readonly Order[]): void {
    this.#orders.push(...orders);
  }

  /** Writes one frame, or carries out one other order. Returns whether there is more to do. */
  work(): boolean {
    this.#guard(() => this.#work());
    if (this.#state === "failed") this.#dropOrders();
    return !this.#queue.isEmpty || this.#orders.length > 0;
  }

  /** Nothing has come for a while. */
  seal(): void {
    this.#guard(() => this.#log.seal());
  }

  /** Does a slice of what is needed later. Returns whether there is more to do. */
  prepare(): boolean {
    return this.#guard(() => this.#log.prepare()) ?? false;
  }

  /** Does as much of it as is due, where there is no rest. */
  keepPace(): void {
    this.#guard(() => this.#log.keepPace());
  }

  /** Looks for room again, where there was none. */
  retryRoom(): void {
    this.#guard(() => this.#log.retryRoom());
  }

  #work(): void {
    while (this.#gather());
    if (!this.#queue.isEmpty) return this.#writeFrame();
    const order = this.#orders[this.#at];
    if (order === undefined || order.kind === "append") return;
    this.#shift();
    this.#carryOut(order);
  }

  /** Moves an append into the queue. Returns false when the next order is no append. */
  #gather(): boolean {
    const order = this.#orders[this.#at];
    if (order?.kind !== "append") return false;
    this.#shift();
    // it was ordered behind something that was refused, as if that were stored
    if (order.toldRefusals < this.#refusals) this.#refuse(order.count);
    else this.#queue.add(order.records, order.count);
    return true;
  }

  #shift(): void {
    this.#at++;
    if (this.#at < this.#orders.length) return;
    this.#orders = [];
    this.#at = 0;
  }

  #writeFrame(): void {
    const { bytes, recordBytes, count } = this.#queue.take();
    const firstLsn = this.#log.append(bytes, recordBytes, count);
    if (firstLsn !== undefined) return this.#tell({ kind: "stored", count, firstLsn });
    this.#refusals++;
    this.#refuse(count + this.#queue.clear());
  }

  #refuse(count: number): void {
    this.#tell({ kind: "refused", count, refusals: this.#refusals });
  }

  #carryOut(order: Exclude<Order, { kind: "append" }>): void {
    switch (order.kind) {
      case "begin-snapshot":
        this.#snapshot = { sentence: this.#log.beginSnapshot() };
        return;
      case "snapshot-slice":
        if (this.#snapshot!.sentence === undefined)
          this.#snapshot = { sentence: this.#log.addToSnapshot(order.records, order.count) };
        return this.#tell({ kind: "slice-taken" });
      case "end-snapshot":
        return this.#endSnapshot();
      case "close":
        return this.#close();
    }
  }

  #endSnapshot(): void {
    const sentence = this.#snapshot!.sentence;
    this.#snapshot = undefined;
    const outcome = sentence === undefined ? this.#log.endSnapshot() : { sentence };
    this.#tell({ kind: "snapshot-ended", outcome });
  }

  #close(): void {
    this.#isClosing = true;
    if (this.#snapshot !== undefined)
      this.#tell({ kind: "snapshot-ended", outcome: { sentence: CLOSED_FIRST } });
    this.#log.close();
    this.#state = "closed";
    this.#tell({ kind: "closed" });
  }

  /** Does something, unless something has failed before. */
  #guard<T>(task: () => T): T | undefined {
    if (this.#state !== "open") return undefined;
    try {
      return task();
    } catch (error) {
      this.#state = "failed";
      this.#tell({ kind: "failed", sentence: failure(error) });
      return undefined;
    }
  }

  /** Of what comes after a failure only the close is carried out, and it writes nothing. */
  #dropOrders(): void {
    const isClosing = this.#isClosing || this.#orders.some(({ kind }) => kind === "close");
    this.#orders = [];
    this.#at = 0;
    this.#queue.clear();
    if (!isClosing) return;
    this.#log.release();
    this.#state = "closed";
    this.#tell({ kind: "closed" });
  }
}

/** A failed write or sync is not tried again: the kernel may have dropped the bytes, and would call the next attempt a success. */
function failure(error: unknown): string {
  return `The store has failed: ${(error as Error).message}. What was not confirmed may be lost or stored. Look at the disk, then start again.`;
}
