// Lives of pages that are killed at any time, with one store: what was kept happens once, in its order.

import fc from "fast-check";
import { expect, test } from "vitest";
import { Bench, turn } from "./fake-hub.testkit.ts";
import { HonestHub } from "./honest-hub.testkit.ts";
import type { OutboxEntry, OutboxStore } from "./outbox.ts";

/** What is behind the stores of all pages. */
class Disk {
  entries: OutboxEntry[] = [];
  /** All that was ever kept: topic and data. */
  readonly kept: string[] = [];

  /** The store of one page; what a page that is gone still wants does not happen. */
  storeOf(page: { isGone: boolean }): OutboxStore {
    const write = async (change: () => void): Promise<void> => {
      await turn();
      if (!page.isGone) change();
    };
    return {
      open: async (own, take) => {
        await turn();
        const left = this.entries.filter(({ producer }) => producer !== own);
        if (!page.isGone) take(left.toSorted((a, b) => a.producer - b.producer || a.seq - b.seq));
      },
      put: (entry) =>
        write(() => {
          this.entries.push(structuredClone(entry));
          this.kept.push(`${entry.topic} ${entry.payload.join(",")}`);
        }),
      remove: ({ producer, seq }) =>
        write(() => {
          this.entries = this.entries.filter(
            (kept) => kept.producer !== producer || kept.seq !== seq,
          );
        }),
      close: () => Promise.resolve(),
    };
  }
}

class World {
  readonly disk: Disk = new Disk();
  bench: Bench;
  readonly hub: HonestHub;
  readonly told: string[] = [];
  #page = { isGone: false };
  #lives = 0;
  #count = 0;

  constructor() {
    this.bench = this.#open();
    this.hub = new HonestHub(this.bench);
  }

  async do(act: string): Promise<void> {
    const { bench, hub } = this;
    if (act === "kill") this.#kill();
    else if (act === "cut") bench.sockets.at(-1)?.end(1006);
    else if (act === "busy") hub.isBusy = !hub.isBusy;
    else if (act === "pass") await bench.clock.pass(250);
    else if (act === "work") hub.work();
    else if (act === "turn") await turn();
    else
      bench.client
        .topic(act)
        .publish(this.#count++)
        .catch(() => {});
  }

  async end(): Promise<void> {
    this.hub.isBusy = false;
    for (let i = 0; i < 60; i++) {
      await this.bench.clock.pass(1000);
      this.hub.work(Infinity);
    }
    await turn();
  }

  /** At any moment; the clock of the machine goes on. */
  #kill(): void {
    this.#page.isGone = true;
    const before = this.bench.clock.now();
    this.#page = { isGone: false };
    this.bench = this.#open();
    this.bench.clock.sleep(before + 1 - this.bench.clock.now());
    this.hub.serve(this.bench);
  }

  #open(): Bench {
    // some producers are higher than those before, some lower
    const chance = ((++this.#lives * 7) % 31) / 31;
    return new Bench(
      {
        outbox: { store: this.disk.storeOf(this.#page), ttlMs: Infinity },
        onDiagnostic: ({ error }) => this.told.push(String(error)),
      },
      chance,
    );
  }
}

const often = (weight: number, ...list: readonly string[]): fc.WeightedArbitrary<string> => ({
  weight,
  arbitrary: fc.constantFrom(...list),
});

const acts = fc.oneof(
  often(3, "a", "a", "b"),
  often(6, "work", "turn"),
  often(4, "pass", "cut", "busy", "kill"),
);

test("D41 whenever pages are killed, what was kept happens once and in the order of its topic", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(acts, { maxLength: 80, size: "max" }), async (list) => {
      const world = new World();
      await list.reduce((before, act) => before.then(() => world.do(act)), Promise.resolve());
      await world.end();
      const { happened } = world.hub;
      for (const topic of ["a ", "b "]) {
        const of = (all: readonly string[]): string[] => all.filter((one) => one.startsWith(topic));
        expect(of(happened)).toEqual(of(world.disk.kept));
      }
      expect(world.disk.entries).toEqual([]);
      expect(world.bench.client.pending).toBe(0);
      expect(world.told).toEqual([]);
    }),
    { numRuns: 200 },
  );
});
