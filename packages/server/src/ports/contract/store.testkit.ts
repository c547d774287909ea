// What every store keeps. One suite, which each of them runs; the memory store is the reference.

import { SeededRandom } from "@fanwire/testkit";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type Replay, type Store, type StoreListener, type StoreOpened } from "../store.ts";

/** A place for one store at a time, as a directory is. */
export interface StorePlace {
  /** Another store for what lies there. */
  store(): Store;
  /** Whatever lies there is no longer needed. */
  discard(): void;
}

/** Records back to back, each behind its length. */
export function pack(...records: readonly (Uint8Array | string)[]): Uint8Array {
  const parts = records.flatMap((record) => {
    const bytes = Buffer.from(record);
    const head = Buffer.alloc(4);
    head.writeUInt32BE(bytes.length);
    return [head, bytes];
  });
  return new Uint8Array(Buffer.concat(parts));
}

/** A listener that notes what it is told, and what was replayed. */
export class Notes implements StoreListener {
  /** Of records: `text@lsn`. */
  readonly replayed: string[] = [];
  /** In order: what has become of which records. */
  readonly told: string[] = [];
  storedCount = 0;
  refusedCount = 0;
  /** The LSN that the next record to be stored should have. */
  nextLsn = 0;
  readonly snapshots: ({ readonly bytes: number } | { readonly sentence: string })[] = [];
  readonly failures: string[] = [];
  slicesTaken = 0;

  readonly replay: Replay = (bytes, lsn) => {
    this.replayed.push(`${Buffer.from(bytes).toString("latin1")}@${lsn}`);
  };

  stored(count: number, firstLsn: number): void {
    if (this.nextLsn !== 0) expect(firstLsn).toBe(this.nextLsn);
    this.nextLsn = firstLsn + count;
    this.storedCount += count;
    this.told.push(`stored ${count}`);
  }

  refused(count: number): void {
    this.refusedCount += count;
    this.told.push(`refused ${count}`);
  }

  failed(sentence: string): void {
    this.failures.push(sentence);
  }

  sliceTaken(): void {
    this.slicesTaken++;
  }

  snapshotEnded(outcome: { readonly bytes: number } | { readonly sentence: string }): void {
    this.snapshots.push(outcome);
    this.told.push("snapshot");
  }
}

export interface OpenStore {
  readonly store: Store;
  readonly notes: Notes;
  readonly opened: StoreOpened;
}

export async function openStore(store: Store): Promise<OpenStore> {
  const notes = new Notes();
  const opened = await store.open(notes.replay, notes);
  return { store, notes, opened };
}

/** Waits until what is expected holds. */
export function until(expected: () => void): Promise<void> {
  return vi.waitFor(expected, { interval: 1, timeout: 15_000 });
}

/** Appends records and waits until they are stored. */
export async function keep({ store, notes }: OpenStore, ...records: string[]): Promise<void> {
  const before = notes.storedCount;
  store.append(pack(...records), records.length);
  await until(() => expect(notes.storedCount).toBe(before + records.length));
}

/** Writes a snapshot of these records, and waits for its end. */
export async function snapshot({ store, notes }: OpenStore, ...records: string[]): Promise<void> {
  const before = notes.snapshots.length;
  store.beginSnapshot();
  store.snapshotSlice(pack(...records), records.length);
  store.endSnapshot();
  await until(() => expect(notes.snapshots.length).toBe(before + 1));
}

/** The suite. `make` gives an empty place. */
export function describeStore(name: string, make: () => StorePlace): void {
  describe(`${name} keeps the promises of a store:`, () => {
    const places: StorePlace[] = [];
    const open: Store[] = [];

    function place(): StorePlace {
      const made = make();
      places.push(made);
      return made;
    }

    async function opened(at: StorePlace): Promise<OpenStore> {
      const made = await openStore(at.store());
      open.push(made.store);
      return made;
    }

    afterEach(async () => {
      await Promise.all(open.splice(0).map((store) => store.close()));
      for (const at of places.splice(0)) at.discard();
    });

    test("an empty one begins with LSN 1 and run 1", async () => {
      const { opened: facts } = await opened(place());
      expect(facts).toMatchObject({ run: 1, nextLsn: 1, replayed: 0, tornBytes: 0 });
      expect(facts.era).toBeGreaterThanOrEqual(1);
      expect(facts.era).toBeLessThanOrEqual(0xffff_ffff);
    });

    test("records are answered in order, and LSNs follow one another", async () => {
      const { store, notes } = await opened(place());
      for (let i = 0; i < 50; i++) store.append(pack(`a${i}`, `b${i}`), 2);
      await until(() => expect(notes.storedCount).toBe(100));
      expect(notes.nextLsn).toBe(101);
    });

    test("no call comes from inside a method", async () => {
      const { store, notes } = await opened(place());
      store.append(pack("a"), 1);
      store.beginSnapshot();
      store.endSnapshot();
      const closing = store.close();
      expect(notes.told).toEqual([]);
      await closing;
      expect(notes.told).toEqual(["stored 1", "snapshot"]);
    });

    test("what was stored is replayed as the bytes it was, in order, with its LSN", async () => {
      const at = place();
      const first = await opened(at);
      const random = new SeededRandom(7);
      const records = Array.from({ length: 300 }, (_, i) =>
        Buffer.from(
          Uint8Array.from({ length: i % 40 === 0 ? 0 : random.below(300) }, () =>
            random.below(256),
          ),
        ).toString("latin1"),
      );
      for (let i = 0; i < records.length; i += 10)
        first.store.append(
          pack(...records.slice(i, i + 10).map((text) => Buffer.from(text, "latin1"))),
          10,
        );
      await first.store.close();
      expect(first.notes.storedCount).toBe(300);
      const second = await opened(at);
      expect(second.notes.replayed).toEqual(records.map((text, i) => `${text}@${i + 1}`));
      expect(second.opened).toMatchObject({ nextLsn: 301, replayed: 300, tornBytes: 0 });
    });

    test("a record may be large, and one append may hold many", async () => {
      const at = place();
      const first = await opened(at);
      const large = "x".repeat(3_000_000);
      await keep(first, "before", large, "behind");
      first.store.append(pack(...Array.from({ length: 10_000 }, (_, i) => `${i}`)), 10_000);
      await first.store.close();
      const second = await opened(at);
      expect(second.opened.nextLsn).toBe(10_004);
      expect(second.notes.replayed[1]).toBe(`${large}@2`);
      expect(second.notes.replayed.at(-1)).toBe("9999@10003");
    });

    test("the era stays, the run counts up, and LSNs go on", async () => {
      const at = place();
      const first = await opened(at);
      await keep(first, "a");
      await first.store.close();
      const second = await opened(at);
      expect(second.opened).toMatchObject({ era: first.opened.era, run: 2, nextLsn: 2 });
      await keep(second, "b");
      await second.store.close();
      const third = await opened(at);
      expect(third.opened).toMatchObject({ era: first.opened.era, run: 3, nextLsn: 3 });
      expect(third.notes.replayed).toEqual(["a@1", "b@2"]);
    });

    test("a snapshot stands for what was appended before it began, and for nothing else", async () => {
      const at = place();
      const first = await opened(at);
      first.store.append(pack("a", "b"), 2);
      first.store.beginSnapshot();
      first.store.append(pack("c"), 1);
      first.store.snapshotSlice(pack("s1"), 1);
      first.store.append(pack("d"), 1);
      first.store.snapshotSlice(pack("s2", "s3"), 2);
      first.store.endSnapshot();
      first.store.append(pack("e"), 1);
      await first.store.close();
      expect(first.notes.storedCount).toBe(5);
      expect(first.notes.slicesTaken).toBe(2);
      expect(first.notes.snapshots).toEqual([{ bytes: expect.any(Number) as number }]);
      const second = await opened(at);
      expect(behindSnapshot(second.notes, 3)).toEqual(["c@3", "d@4", "e@5"]);
      expect(fromSnapshot(second.notes)).toEqual(["s1", "s2", "s3"]);
      expect(second.opened.nextLsn).toBe(6);
    });

    test("each snapshot replaces the one before, and the log behind it goes on", async () => {
      const at = place();
      const first = await opened(at);
      for (let i = 1; i <= 5; i++) {
        await keep(first, `r${i}`);
        await snapshot(first, `s${i}`);
      }
      await keep(first, "last");
      await first.store.close();
      const second = await opened(at);
      expect(fromSnapshot(second.notes)).toEqual(["s5"]);
      expect(behindSnapshot(second.notes, 6)).toEqual(["last@6"]);
    });

    test("a slice of a snapshot is told when it was taken, before there are more", async () => {
      const at = await opened(place());
      at.store.beginSnapshot();
      at.store.snapshotSlice(pack("s1", "s2"), 2);
      await until(() => expect(at.notes.slicesTaken).toBe(1));
      at.store.snapshotSlice(pack("s3"), 1);
      await until(() => expect(at.notes.slicesTaken).toBe(2));
      expect(at.notes.snapshots).toEqual([]);
      at.store.endSnapshot();
      await until(() => expect(at.notes.snapshots.length).toBe(1));
    });

    test("a snapshot may be empty", async () => {
      const at = place();
      const first = await opened(at);
      await keep(first, "a");
      await snapshot(first);
      await first.store.close();
      const second = await opened(at);
      expect(fromSnapshot(second.notes)).toEqual([]);
      expect(second.opened.nextLsn).toBe(2);
    });

    test("a snapshot that was not complete when the store was closed is told, and changes nothing", async () => {
      const at = place();
      const first = await opened(at);
      await keep(first, "a");
      first.store.beginSnapshot();
      first.store.snapshotSlice(pack("s"), 1);
      await first.store.close();
      expect(first.notes.snapshots).toEqual([{ sentence: expect.any(String) as string }]);
      const second = await opened(at);
      expect(second.notes.replayed).toEqual(["a@1"]);
    });

    test("the bytes of the log grow with what is appended, and fall with a snapshot", async () => {
      const at = await opened(place());
      const before = at.store.logBytes;
      await keep(at, "x".repeat(1000));
      const grown = at.store.logBytes;
      expect(grown).toBeGreaterThanOrEqual(before + 1000);
      await snapshot(at, "s");
      expect(at.store.logBytes).toBeLessThan(1000);
    });

    test("closing answers everything that was appended", async () => {
      const { store, notes } = await opened(place());
      for (let i = 0; i < 1000; i++) store.append(pack(`${i}`), 1);
      await store.close();
      expect(notes.storedCount + notes.refusedCount).toBe(1000);
      expect(notes.failures).toEqual([]);
    });

    test("what is held by one store is locked for another, until that is closed", async () => {
      const at = place();
      const first = await opened(at);
      await expect(openStore(at.store())).rejects.toMatchObject({
        name: "StoreError",
        code: "locked",
      });
      await keep(first, "a");
      await first.store.close();
      expect((await opened(at)).notes.replayed).toEqual(["a@1"]);
    });

    test("closing twice, and closing what was never opened, is fine", async () => {
      const at = place();
      await at.store().close();
      const { store } = await opened(at);
      await Promise.all([store.close(), store.close()]);
      await store.close();
      expect((await opened(at)).opened.run).toBe(2);
    });

    test("what is against the order of calls is a TypeError, at once", async () => {
      const at = place();
      const fresh = at.store();
      expect(() => fresh.append(pack("a"), 1)).toThrow(TypeError);
      const { store, notes } = await opened(at);
      await expect(store.open(notes.replay, notes)).rejects.toThrow(TypeError);
      expect(() => store.append(pack("a", "b"), 1)).toThrow(TypeError);
      expect(() => store.append(new Uint8Array([0, 0, 0, 2, 1]), 1)).toThrow(TypeError);
      expect(() => store.snapshotSlice(pack("a"), 1)).toThrow(TypeError);
      expect(() => store.endSnapshot()).toThrow(TypeError);
      store.beginSnapshot();
      expect(() => store.beginSnapshot()).toThrow(TypeError);
      store.append(new Uint8Array(0), 0);
      await store.close();
      expect(() => store.append(pack("a"), 1)).toThrow(TypeError);
      expect(notes.storedCount).toBe(0);
    });
  });
}

/** Records that a replay gave from the log and that the snapshot does not hold. */
function behindSnapshot(notes: Notes, firstLsn: number): string[] {
  return notes.replayed.filter((text) => Number(text.split("@").at(-1)) >= firstLsn);
}

function fromSnapshot(notes: Notes): string[] {
  return notes.replayed.filter((text) => text.endsWith("@0")).map((text) => text.slice(0, -2));
}
