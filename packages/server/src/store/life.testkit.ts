// The life of a store in which anything may happen: full disks, kills and power cuts between any two file calls, and damage while nobody has it
// open. What was confirmed is there afterwards, or is missed by name.

import { catchInto, type Fault, FaultError, type Live, SeededRandom } from "@fanwire/testkit";
import type { StoreError } from "../ports/store.ts";
import { type Crash, FakeDisk } from "./disk.testkit.ts";
import { fsck } from "./fsck.ts";
import { DIRECTORY, Hand } from "./hand.testkit.ts";
import { at, manifestOf } from "./made.testkit.ts";
import { salvage } from "./salvage.ts";
import { segmentName } from "./segment.ts";

/** Steps of a life. */
const STEPS = 60;

class StoreLife {
  restarts = 0;
  damages = 0;
  confirmed = 0;
  readonly #random: SeededRandom;
  #disk: FakeDisk = new FakeDisk();
  #hand: Hand;
  #count = 0;
  #isFull = false;
  /** How many of the list a frame behind them proves: no damage may pass for their end. */
  #sealed = 0;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
    this.#hand = this.#open();
  }

  run(): void {
    for (let i = 0; i < STEPS; i++) this.#step();
    this.#setRoom(true);
    this.#hand.retryRoom();
    this.#append();
    if (this.#hand.refused.at(-1) === `${this.#count}`)
      throw new FaultError("stuck", "there is room, and a record was refused");
    this.#restart("close");
    if (this.#hand.opened.tornBytes > 0)
      throw new FaultError("undetected", "a store that was closed has a torn tail");
    for (const { sentence } of fsck(DIRECTORY, { files: this.#disk }).problems)
      throw new FaultError("lost", `of a store that nobody has damaged: ${sentence}`);
    this.confirmed = this.#hand.confirmed;
  }

  #step(): void {
    switch (this.#random.below(17)) {
      case 0:
        return this.#seal();
      case 1:
        return this.#random.below(2) === 0 ? this.#hand.prepare() : this.#hand.prepareSlice();
      case 2:
        return this.#hand.snapshot(...(this.#random.below(2) === 0 ? [] : [this.#next()]));
      case 3:
        return this.#restart("close");
      case 4:
        return this.#restart("kill");
      case 5:
        return this.#restart(this.#random.of(["power", "disorder"] as const));
      case 6:
        return this.#cutWithin();
      case 7:
        return this.#setRoom(this.#isFull);
      case 8:
        return this.#hand.retryRoom();
      case 9:
        return this.#hand.keepPace();
      case 10:
        return this.#damageCopy();
      default:
        return this.#append();
    }
  }

  /** Power goes off somewhere in the next few calls. */
  #cutWithin(): void {
    const calls = this.#random.of([30, 30, 150]);
    this.#disk.powerUpTo = this.#disk.effects + this.#random.below(calls);
    if (this.#random.below(2) === 0)
      for (let i = 0; i < 4 && !this.#disk.isOff; i++) this.#append();
    if (!this.#disk.isOff) this.#hand.snapshot();
    if (!this.#disk.isOff) this.#hand.close();
    this.#restart(this.#random.of(["kill", "power", "disorder"] as const));
  }

  #seal(): void {
    this.#hand.seal();
    // without room there is none
    if (this.#disk.capacity === Infinity && this.#hand.isSound) this.#sealed = this.#hand.confirmed;
  }

  #restart(how: "close" | Crash): void {
    const before = this.#hand;
    if (how === "close") before.close();
    if (!this.#disk.isOff && !before.isSound)
      throw new FaultError("stuck", "the store has failed, and the disk has not");
    if (how === "close" && this.#disk.openFiles > 0)
      throw new FaultError("unbounded", `${this.#disk.openFiles} files are left open`);
    this.restarts++;
    this.#disk = this.#disk.crash(how === "close" ? "kill" : how, this.#random);
    // what was set aside may be just what a start needs
    this.#isFull = false;
    this.#hand = this.#open();
    this.#judge(before, this.#hand, how === "close");
  }

  /** All that was confirmed is there, then perhaps some of what was not answered, and nothing else. */
  #judge(before: Hand, { list, opened }: Hand, wasClosed: boolean): void {
    const appended = [...before.list, ...before.waiting];
    const isPrefix = list.every((text, i) => text === appended[i]);
    if (!isPrefix) throw new FaultError("changed", "a record is not what was appended");
    if (list.length < before.confirmed)
      throw new FaultError("lost", `${before.confirmed} were confirmed, ${list.length} are there`);
    if (wasClosed && list.length > before.confirmed)
      throw new FaultError("invented", "something is there that was refused");
    if (opened.nextLsn !== list.length + 1)
      throw new FaultError("changed", `the next LSN is ${opened.nextLsn}`);
  }

  #open(): Hand {
    const bytes = this.#random.of([256, 512, 1024, 1024, 1024, 4096]);
    try {
      return new Hand(this.#disk, bytes);
    } catch (error) {
      const { code, message } = error as StoreError;
      if (code === undefined) throw error;
      throw new FaultError("unopened", `${code}: ${message}`);
    }
  }

  /**
   * The process is killed, a byte of one file is not what it was, and somebody looks at it. One byte: damage of both the last frame and the seal
   * behind it is nothing that the file could tell from a torn tail. The life goes on as if that had not been.
   */
  #damageCopy(): void {
    if (this.#disk.isOff) return;
    this.damages++;
    const disk = this.#disk.crash("kill", this.#random).copy();
    const path = this.#random.of([...disk.paths(), ...Array.from({ length: 6 }, () => this.#tail)]);
    const bytes = disk.bytesOf(path);
    if (bytes.length === 0) return;
    const place = this.#random.below(usedOf(bytes));
    bytes[place]! ^= 1 + this.#random.below(255);
    disk.put(path, bytes);
    const era = manifestOf(this.#disk).era;
    try {
      this.#judgeDamaged(new Hand(disk.copy()));
    } catch (error) {
      const { code } = error as StoreError;
      if (code !== "corrupt" && code !== "newer-format" && code !== "not-a-store") throw error;
      if (code === "corrupt") this.#judgeSalvaged(disk, era);
    }
  }

  /** The segment that is written to. */
  get #tail(): string {
    return at(segmentName(manifestOf(this.#disk).segments.at(-1)!.number));
  }

  /** What is read of a damaged store was written, and all of it that later frames prove. */
  #judgeDamaged({ list }: Hand): void {
    const before = this.#hand;
    const appended = [...before.list, ...before.waiting];
    if (!list.every((text, i) => text === appended[i]))
      throw new FaultError("undetected", "a damaged record is taken for what was appended");
    if (list.length < this.#sealed)
      throw new FaultError(
        "undetected",
        `${this.#sealed} records were sealed, and of a damaged store ${list.length} pass for all`,
      );
  }

  #judgeSalvaged(disk: FakeDisk, era: number): void {
    salvage(DIRECTORY, { files: disk, lock: disk.lock });
    const { list, opened } = new Hand(disk);
    const before = this.#hand;
    const appended = [...before.list, ...before.waiting];
    let place = 0;
    for (const text of list) {
      place = appended.indexOf(text, place) + 1;
      if (place === 0) throw new FaultError("invented", "what is salvaged was never appended");
    }
    if (opened.era === era && list.length < before.confirmed)
      throw new FaultError("lost", "what is salvaged lacks something, and is of the same era");
  }

  #append(): void {
    const many = 1 + this.#random.below(4);
    this.#hand.append(...Array.from({ length: many }, () => this.#next()));
  }

  /** Another text each time. */
  #next(): string {
    const size = this.#random.of([0, 5, 40, 200, 200, 1500]);
    return `${++this.#count} ${"x".repeat(this.#random.below(size + 1))}`;
  }

  /** `isEnough`: there is, and will be. */
  #setRoom(isEnough: boolean): void {
    const used = this.#disk.paths().reduce((sum, path) => sum + this.#disk.bytesOf(path).length, 0);
    this.#disk.capacity = isEnough ? Infinity : used + this.#random.below(3000);
    this.#isFull = !isEnough;
  }
}

/** Where only zeros follow. */
function usedOf(bytes: Uint8Array): number {
  return bytes.findLastIndex((byte) => byte !== 0) + 1 || bytes.length;
}

export const live: Live = (seed) => {
  const faults: Fault[] = [];
  const figures = { restarts: 0, damages: 0, confirmed: 0 };
  catchInto(faults, () => {
    const life = new StoreLife(seed);
    life.run();
    figures.restarts = life.restarts;
    figures.damages = life.damages;
    figures.confirmed = life.confirmed;
  });
  return { faults, figures };
};
