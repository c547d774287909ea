// A store in a directory: a log and snapshots, written by a thread of their own. This is the half that lives with the core. It hands over what
// was asked for once a turn, and hands on what the thread answers.

import { Worker } from "node:worker_threads";
import {
  type Replay,
  type Store,
  StoreError,
  type StoreListener,
  type StoreOpened,
} from "../ports/store.ts";
import { CallOrder } from "./call-order.ts";
import { eachRecord } from "./numbers.ts";
import type { Answer, FromWorker, Order, Room, ToWorker } from "./orders.ts";
import type { WorkerSettings } from "./worker.ts";

/** The size of a segment, in bytes, unless another is given. */
const SEGMENT_BYTES = 67_108_864;

export interface LogStoreOptions {
  /** Made where it is missing. */
  readonly directory: string;
  /** The size of a segment of the log, in bytes. Default: 64 MiB. Twice that is set aside from the beginning. */
  readonly segmentBytes?: number;
}

interface Opening {
  readonly replay: Replay;
  readonly resolve: (opened: StoreOpened) => void;
  readonly reject: (error: Error) => void;
}

export class LogStore implements Store {
  readonly #settings: WorkerSettings;
  readonly #calls: CallOrder = new CallOrder();
  #worker: Worker | undefined;
  #opening: Opening | undefined;
  #opened: Promise<unknown> | undefined;
  #listener: StoreListener | undefined;
  #room: Room = { logBytes: 0, isShortOfRoom: false };
  /** What was asked for in this turn. */
  #orders: Order[] = [];
  #hasFailed = false;
  #toldRefusals = 0;
  #closing: Promise<void> | undefined;
  /** The thread has ended. */
  #ended: Promise<void> = Promise.resolve();

  constructor({ directory, segmentBytes = SEGMENT_BYTES }: LogStoreOptions) {
    this.#settings = { directory, segmentBytes };
  }

  get logBytes(): number {
    return this.#room.logBytes;
  }

  get isShortOfRoom(): boolean {
    return this.#room.isShortOfRoom;
  }

  async open(replay: Replay, listener: StoreListener): Promise<StoreOpened> {
    this.#calls.open();
    const opened = this.#open(replay, listener);
    this.#opened = opened;
    return opened;
  }

  async #open(replay: Replay, listener: StoreListener): Promise<StoreOpened> {
    this.#listener = listener;
    // compiled, this file and the thread's are JavaScript
    const file = import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js";
    const worker = new Worker(new URL(file, import.meta.url), { workerData: this.#settings });
    this.#worker = worker;
    this.#ended = new Promise((resolve) => worker.once("exit", () => resolve()));
    const opening = new Promise<StoreOpened>((resolve, reject) => {
      this.#opening = { replay, resolve, reject };
    });
    worker.on("message", (message: FromWorker) => this.#onMessage(message));
    worker.on("error", (error) => this.#onEnd(error.message));
    worker.on("exit", () => this.#onEnd("its thread has ended"));
    // one chunk is made while the one before is read
    this.#send({ kind: "replay-more" });
    this.#send({ kind: "replay-more" });
    try {
      return await opening;
    } catch (error) {
      await worker.terminate();
      throw error;
    }
  }

  append(records: Uint8Array, count: number): void {
    if (this.#calls.append(records, count))
      this.#order({
        kind: "append",
        records: owned(records),
        count,
        toldRefusals: this.#toldRefusals,
      });
  }

  beginSnapshot(): void {
    this.#calls.beginSnapshot();
    this.#order({ kind: "begin-snapshot" });
  }

  snapshotSlice(records: Uint8Array, count: number): void {
    if (this.#calls.snapshotSlice(records, count))
      this.#order({ kind: "snapshot-slice", records: owned(records), count });
  }

  endSnapshot(): void {
    this.#calls.endSnapshot();
    this.#order({ kind: "end-snapshot" });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#calls.close();
    const [opened] = await Promise.allSettled([this.#opened]);
    if (this.#worker !== undefined && opened.status === "fulfilled") this.#order({ kind: "close" });
    await this.#ended;
  }

  /** What is asked for in one turn goes over in one message. */
  #order(order: Order): void {
    if (this.#orders.push(order) === 1) setImmediate(() => this.#flush());
  }

  #flush(): void {
    const orders = joined(this.#orders);
    this.#orders = [];
    const buffers = orders.flatMap((order) => ("records" in order ? [order.records.buffer] : []));
    this.#send({ kind: "orders", orders }, buffers);
  }

  #send(message: ToWorker, buffers: ArrayBuffer[] = []): void {
    this.#worker!.postMessage(message, buffers);
  }

  #onMessage(message: FromWorker): void {
    switch (message.kind) {
      case "replay":
        return this.#replay(message.records, message.firstLsn);
      case "opened":
        this.#room = message.room;
        this.#opening?.resolve(message.opened);
        this.#opening = undefined;
        return;
      case "not-opened":
        return this.#notOpened(new StoreError(message.code, message.sentence));
      case "answers":
        this.#room = message.room;
        for (const answer of message.answers) this.#hand(answer);
    }
  }

  #replay(records: Uint8Array, firstLsn: number): void {
    const opening = this.#opening;
    // a chunk before has ended it
    if (opening === undefined) return;
    let lsn = firstLsn;
    try {
      eachRecord(records, (bytes) => opening.replay(bytes, firstLsn === 0 ? 0 : lsn++));
      this.#send({ kind: "replay-more" });
    } catch (error) {
      this.#notOpened(error as Error);
    }
  }

  #hand(answer: Answer): void {
    const listener = this.#listener!;
    switch (answer.kind) {
      case "stored":
        return listener.stored(answer.count, answer.firstLsn);
      case "refused":
        this.#toldRefusals = answer.refusals;
        return listener.refused(answer.count);
      case "slice-taken":
        return listener.sliceTaken();
      case "snapshot-ended":
        return listener.snapshotEnded(answer.outcome);
      case "failed":
        return this.#fail(answer.sentence);
      case "closed":
    }
  }

  /** The thread has ended: in order, or because of a mistake of ours, which must not look like success. */
  #onEnd(what: string): void {
    if (this.#opening !== undefined)
      this.#notOpened(
        new StoreError("inaccessible", `${this.#settings.directory} cannot be used: ${what}`),
      );
    else if (this.#closing === undefined) this.#fail(`The store has failed: ${what}.`);
  }

  /** It was told why, so the end of the thread says nothing more. */
  #notOpened(error: Error): void {
    this.#hasFailed = true;
    // a chunk that could not be taken has ended it before
    this.#opening?.reject(error);
    this.#opening = undefined;
  }

  #fail(sentence: string): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#listener!.failed(sentence);
  }
}

/** Bytes that may be handed over: the whole of their memory, so that nobody else's goes with them. */
function owned(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = bytes;
  const isWhole = buffer instanceof ArrayBuffer && buffer.byteLength === bytes.length;
  return isWhole ? new Uint8Array(buffer) : new Uint8Array(bytes);
}

/** Appends that follow one another become one: a message with few buffers is cheaper than one with many. */
function joined(orders: readonly Order[]): Order[] {
  const result: Order[] = [];
  for (let i = 0; i < orders.length;) {
    let to = i;
    while (orders[to]?.kind === "append") to++;
    if (to - i > 1) result.push(join(orders.slice(i, to) as Append[]));
    else result.push(orders[i]!);
    i = Math.max(to, i + 1);
  }
  return result;
}

type Append = Extract<Order, { kind: "append" }>;

function join(appends: readonly Append[]): Append {
  const records = new Uint8Array(appends.reduce((sum, each) => sum + each.records.length, 0));
  let count = 0;
  let at = 0;
  for (const each of appends) {
    records.set(each.records, at);
    at += each.records.length;
    count += each.count;
  }
  return { kind: "append", records, count, toldRefusals: appends[0]!.toldRefusals };
}
