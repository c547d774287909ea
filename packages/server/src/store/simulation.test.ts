import { SeededRandom } from "@fanwire/testkit";
import { describe, expect, test } from "vitest";
import { FakeDisk } from "./disk.testkit.ts";
import { fsck } from "./fsck.ts";
import { DIRECTORY, Hand } from "./hand.testkit.ts";

/** Steps of a life. */
const STEPS = 60;

const LIVES = 100;

/** A life of a store in which anything may happen, and after which everything confirmed must be there. */
class Life {
  readonly #random: SeededRandom;
  readonly #what: string;
  #disk: FakeDisk = new FakeDisk();
  #hand: Hand;
  #count = 0;
  #full = false;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
    this.#what = `seed ${seed}`;
    this.#hand = this.#open();
  }

  run(): void {
    for (let i = 0; i < STEPS; i++) this.#step();
    this.#setRoom(true);
    this.#hand.retryRoom();
    this.#append();
    expect(this.#hand.refused.at(-1), this.#what).not.toBe(`${this.#count}`);
    this.#restart("close");
    expect(this.#hand.opened.tornBytes, this.#what).toBe(0);
    expect(fsck(DIRECTORY, { files: this.#disk }).problems, this.#what).toEqual([]);
  }

  #step(): void {
    switch (this.#random.below(16)) {
      case 0:
        return this.#hand.seal();
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
        return this.#setRoom(this.#full);
      case 8:
        return this.#hand.retryRoom();
      case 9:
        return this.#hand.keepPace();
      default:
        return this.#append();
    }
  }

  /** Power goes off somewhere in the next few calls. */
  #cutWithin(): void {
    this.#disk.powerUpTo = this.#disk.effects + this.#random.below(30);
    for (let i = 0; i < 4 && !this.#disk.isOff; i++) this.#append();
    if (!this.#disk.isOff) this.#hand.snapshot();
    if (!this.#disk.isOff) this.#hand.close();
    this.#restart(this.#random.of(["kill", "power", "disorder"] as const));
  }

  #restart(how: "close" | "kill" | "power" | "disorder"): void {
    const before = this.#hand;
    if (how === "close") before.close();
    if (!this.#disk.isOff) expect(before.isSound, this.#what).toBe(true);
    if (how === "close") expect(this.#disk.openFiles, this.#what).toBe(0);
    this.#disk = this.#disk.crash(how === "close" ? "kill" : how, this.#random);
    const appended = [...before.list, ...before.waiting];
    const confirmed = before.confirmed;
    // what was set aside may be just what a start needs
    this.#full = false;
    this.#hand = this.#open();
    const { list, opened } = this.#hand;
    expect(list.length, this.#what).toBeGreaterThanOrEqual(confirmed);
    expect(list, this.#what).toEqual(appended.slice(0, list.length));
    expect(opened.nextLsn, this.#what).toBe(list.length + 1);
    if (how === "close") expect(list.length, this.#what).toBe(confirmed);
  }

  #open(): Hand {
    return new Hand(this.#disk, this.#random.of([256, 512, 1024, 1024, 1024, 4096]));
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

  /** `isFull`: it is, and will not be. */
  #setRoom(isFull: boolean): void {
    const used = this.#disk.paths().reduce((sum, path) => sum + this.#disk.bytesOf(path).length, 0);
    this.#disk.capacity = isFull ? Infinity : used + this.#random.below(3000);
    this.#full = !isFull;
  }
}

describe("a store to which anything happens", () => {
  test("Z3 has everything that was answered as stored, and never what was refused", () => {
    for (let seed = 1; seed <= LIVES; seed++) new Life(seed).run();
  });
});
