// Drives a log by hand, in one thread, over any files; and a small application whose whole state is the list of what was appended.

import { pack } from "../ports/contract/store.testkit.ts";
import type { StoreError, StoreOpened } from "../ports/store.ts";
import type { FakeDisk } from "./disk.testkit.ts";
import { Log } from "./log.ts";
import { LogKeeper } from "./log-keeper.ts";
import { eachRecord } from "./numbers.ts";
import type { Answer, Order } from "./orders.ts";

export const DIRECTORY = "/store";

/** Small enough that a few records fill a segment. */
export const SEGMENT_BYTES = 1024;

const SEPARATOR = "\n";

/** Where so many LSNs are missing they were left out on purpose. */
const LEAP_MIN = 1_000_000_000;

export class Hand {
  readonly disk: FakeDisk;
  readonly answers: Answer[] = [];
  readonly opened: StoreOpened;
  /** What was replayed: `text@lsn`. */
  readonly replayed: string[] = [];
  /** The list that the application has after the replay. */
  readonly list: string[] = [];
  /** How many of the list are confirmed. */
  confirmed: number;
  /** Of what was appended: those that were refused. */
  readonly refused: string[] = [];
  readonly #log: Log;
  readonly #keeper: LogKeeper;
  #waiting: string[] = [];
  /** LSNs that a salvage has left out. */
  #leap = 0;

  /** Opens; throws what the log throws. */
  constructor(disk: FakeDisk, segmentBytes: number = SEGMENT_BYTES) {
    this.disk = disk;
    this.#log = new Log(disk, DIRECTORY, { segmentBytes, lock: disk.lock });
    this.#keeper = new LogKeeper(this.#log, (answer) => this.#hear(answer));
    const parts = this.#log.open();
    for (;;) {
      const next = parts.next();
      if (next.done === true) {
        this.opened = next.value;
        break;
      }
      let lsn = next.value.firstLsn;
      eachRecord(next.value.records, (bytes) => {
        const text = Buffer.from(bytes).toString("latin1");
        this.replayed.push(`${text}@${lsn}`);
        this.#replay(text, lsn);
        if (lsn > 0) lsn++;
      });
    }
    this.confirmed = this.list.length;
  }

  /** Nothing has failed so far. */
  get isSound(): boolean {
    return !this.answers.some(({ kind }) => kind === "failed");
  }

  get logBytes(): number {
    return this.#log.logBytes;
  }

  get isShortOfRoom(): boolean {
    return this.#keeper.room.isShortOfRoom;
  }

  /** Each call is a frame of its own, unless it is too long for one. */
  append(...texts: string[]): void {
    this.#waiting.push(...texts);
    this.give({
      kind: "append",
      records: new Uint8Array(pack(...texts)),
      count: texts.length,
      toldRefusals: Number.MAX_SAFE_INTEGER, // each is carried out before the next
    });
  }

  give(...orders: Order[]): void {
    this.#keeper.add(orders);
    while (this.#keeper.work());
  }

  /** Writes a snapshot of the list, with records between its slices. */
  snapshot(...between: string[]): void {
    const list = this.list.slice(0, this.confirmed);
    this.give({ kind: "begin-snapshot" });
    for (const [i, text] of list.entries())
      this.give({
        kind: "snapshot-slice",
        records: new Uint8Array(pack(`${i + 1}${SEPARATOR}${text}`)),
        count: 1,
      });
    for (const text of between) this.append(text);
    // as the thread does where nothing else is to be done
    this.prepareSlice();
    this.give({ kind: "end-snapshot" });
  }

  seal(): void {
    this.#keeper.seal();
  }

  prepare(): void {
    while (this.#keeper.prepare());
  }

  /** A part of that. */
  prepareSlice(): void {
    this.#keeper.prepare();
  }

  keepPace(): void {
    this.#keeper.keepPace();
  }

  retryRoom(): void {
    this.#keeper.retryRoom();
    this.prepare();
  }

  close(): void {
    this.give({ kind: "close" });
  }

  #hear(answer: Answer): void {
    this.answers.push(answer);
    switch (answer.kind) {
      case "stored":
        this.list.push(...this.#waiting.splice(0, answer.count));
        this.confirmed = this.list.length;
        break;
      case "refused":
        this.refused.push(...this.#waiting.splice(0, answer.count));
        break;
      default:
    }
  }

  /** Records of the application say at which place of the list they stand: they are results, and a second time changes nothing. */
  #replay(text: string, lsn: number): void {
    const [place, rest] = text.split(SEPARATOR);
    if (lsn - this.#leap > this.list.length + LEAP_MIN) this.#leap = lsn - 1 - this.list.length;
    if (lsn === 0) this.list[Number(place) - 1] = rest!;
    else this.list[lsn - this.#leap - 1] = text;
  }

  /** What was appended and is not answered. */
  get waiting(): readonly string[] {
    return this.#waiting;
  }
}

/** The error with which a store cannot be opened; undefined when it can. */
export function errorOf(disk: FakeDisk): StoreError | undefined {
  try {
    new Hand(disk).close();
    return undefined;
  } catch (error) {
    return error as StoreError;
  }
}
