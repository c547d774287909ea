import { encoding } from "@fanwire/protocol";
import { SeededRandom } from "@fanwire/testkit";
import { afterEach, describe, expect, test } from "vitest";
import type { Published } from "./core/handlers/publish.ts";
import type { LiveSession } from "./core/session.ts";
import { LocalAnswers } from "./local-answers.ts";
import { resolveOptions } from "./options.ts";
import type { Replay, Store, StoreListener, StoreOpened } from "./ports/store.ts";
import { RecordBuffer } from "./record-buffer.ts";
import { Runtime } from "./runtime.ts";
import { settingsOf } from "./settings.ts";
import { MemoryStore, StoreMemory } from "./store/memory-store.ts";

const options = resolveOptions({ data: "memory", topics: [{ match: "**", durable: true }] });

/** A store whose answers are on their way for some turns, as those of a thread are. */
class SlowStore extends MemoryStore {
  readonly #turns: () => number;
  #answers: (() => void)[] = [];

  constructor(memory: StoreMemory, turns: () => number) {
    super(memory);
    this.#turns = turns;
  }

  override open(replay: Replay, listener: StoreListener): Promise<StoreOpened> {
    return super.open(replay, {
      stored: (count, lsn) => this.#later(() => listener.stored(count, lsn)),
      refused: (count) => this.#later(() => listener.refused(count)),
      failed: (sentence) => this.#later(() => listener.failed(sentence)),
      sliceTaken: () => this.#later(() => listener.sliceTaken()),
      snapshotEnded: (outcome) => this.#later(() => listener.snapshotEnded(outcome)),
    });
  }

  #later(answer: () => void): void {
    if (this.#answers.push(answer) === 1) this.#wait(this.#turns());
  }

  #wait(turns: number): void {
    if (turns > 0) return void setImmediate(() => this.#wait(turns - 1));
    for (const answer of this.#answers.splice(0)) answer();
  }
}

/** A store without room for a snapshot. */
class FullStore extends MemoryStore {
  isFull = true;
  isShort = false;
  /** Snapshots that were begun. */
  begun = 0;
  #listener: StoreListener | undefined;

  override open(replay: Replay, listener: StoreListener): Promise<StoreOpened> {
    this.#listener = listener;
    return super.open(replay, listener);
  }

  override get isShortOfRoom(): boolean {
    return this.isShort;
  }

  override beginSnapshot(): void {
    this.begun++;
    if (!this.isFull) super.beginSnapshot();
  }

  override snapshotSlice(records: Uint8Array, count: number): void {
    if (!this.isFull) super.snapshotSlice(records, count);
  }

  override endSnapshot(): void {
    if (!this.isFull) return super.endSnapshot();
    setImmediate(() => this.#listener!.snapshotEnded({ sentence: "There is no room." }));
  }
}

interface Running {
  readonly runtime: Runtime;
  readonly self: LiveSession;
  readonly answers: LocalAnswers;
}

const running: Runtime[] = [];

afterEach(() => {
  for (const runtime of running.splice(0)) runtime.stop();
});

/** A hub on a store, of which a snapshot is written as soon as the log has so many bytes. */
async function hubOn(store: Store, logBytesMin = 2000): Promise<Running> {
  const keeping = { store, logBytesMin };
  const runtime = new Runtime(settingsOf(options, 2 ** 32), null, keeping, () => {});
  running.push(runtime);
  await runtime.open();
  const answers = new LocalAnswers();
  return { runtime, answers, self: runtime.told().openedLocal(answers, "hub") };
}

/** Resolves when it is stored. */
function publish({ runtime, self, answers }: Running, topic: string, size: number): Promise<void> {
  const id = answers.nextId();
  const bytes = new Uint8Array(size).fill(size);
  const content = { encoding: encoding.bytes, meta: null, bytes, from: 0, to: size };
  const published = runtime.told().publish(self, topic, content, id) as Published;
  return published.isStored ? Promise.resolve() : answers.to(id);
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** All that a hub would write of itself. */
function recordsOf({ runtime }: Running): string {
  const buffer = new RecordBuffer();
  const snapshot = runtime.told().snapshot();
  while (snapshot.next(100_000, (write) => buffer.write(write)));
  return Buffer.from(buffer.take()).toString("base64");
}

describe("Q5", () => {
  test.each(Array.from({ length: 30 }, (_, i) => i))(
    "Q5 what the store had not answered when a snapshot began is not lost by it (seed %i)",
    async (seed) => {
      const random = new SeededRandom(seed);
      const memory = new StoreMemory();
      const hub = await hubOn(new SlowStore(memory, () => random.below(6)));
      const all: Promise<void>[] = [];
      for (let i = 0; i < 200; i++) {
        all.push(publish(hub, `d.${random.below(5)}`, 10 + random.below(200)));
        for (let turns = random.below(4); turns > 0; turns--) await turn();
      }
      await Promise.all(all);
      while (memory.snapshot.length === 0) await turn();
      await hub.runtime.closeStore();
      memory.isHeld = false;
      const again = await hubOn(new MemoryStore(memory));
      expect(recordsOf(again)).toBe(recordsOf(hub));
    },
  );

  test("Q5 a hub that is closed while a snapshot is written, or waits to be, gives it up and keeps all", async () => {
    for (let turns = 0; turns < 12; turns++) {
      const memory = new StoreMemory();
      const hub = await hubOn(new SlowStore(memory, () => 2), 1000);
      // one that takes several slices
      const all = Array.from({ length: 20 }, (_, i) => publish(hub, `d.${i}`, 60_000));
      await Promise.all(all);
      void publish(hub, "d.0", 100);
      for (let i = 0; i < turns; i++) await turn();
      await hub.runtime.closeStore();
      for (let i = 0; i < 20; i++) await turn();
      const again = await hubOn(new MemoryStore(memory), 1e9);
      expect(recordsOf(again)).toBe(recordsOf(hub));
    }
  });

  test("Q5 a snapshot for which there was no room is begun again when the log has grown, or there is room, not at once", async () => {
    const store = new FullStore(new StoreMemory());
    const hub = await hubOn(store, 8000);
    const growTo = async (bytes: number): Promise<void> => {
      while (store.logBytes < bytes) {
        await publish(hub, "d", 10);
        await turn();
      }
    };
    await growTo(8100);
    expect(store.begun).toBe(1);
    await growTo(8500);
    expect(store.begun).toBe(1);
    await growTo(12_500);
    expect(store.begun).toBe(2);
    store.isShort = true;
    hub.runtime.scheduleFlush();
    await turn();
    expect(store.begun).toBe(2);
    store.isShort = false;
    store.isFull = false;
    hub.runtime.scheduleFlush();
    await turn();
    expect(store.begun).toBe(3);
  });
});
