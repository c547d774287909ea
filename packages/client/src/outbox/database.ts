// The database that publications are kept in: one object store, its key the producer and the number of the entry.

import type { OutboxEntry } from "../outbox.ts";

const ENTRIES = "entries";

type Change = (entries: IDBObjectStore) => unknown;

interface Write {
  readonly change: Change;
  readonly resolve: () => void;
  readonly reject: (cause: unknown) => void;
}

export interface Database {
  /** Who has entries here. */
  owners(): Promise<number[]>;
  /** In the order in which they were published. */
  entriesOf(owner: number): Promise<OutboxEntry[]>;
  put(entry: OutboxEntry): Promise<void>;
  remove(entry: OutboxEntry): Promise<void>;
  /** When all that was said before is written. */
  close(): Promise<void>;
}

function answer<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error));
  });
}

export async function openDatabase(name: string): Promise<Database> {
  const request = indexedDB.open(name, 1);
  request.addEventListener("upgradeneeded", () =>
    request.result.createObjectStore(ENTRIES, { keyPath: ["producer", "seq"] }),
  );
  const db = await answer(request);
  // whoever deletes it need not wait for this page
  db.addEventListener("versionchange", () => db.close());
  let puts: Write[] = [];
  let removals: Write[] = [];
  let written: Promise<unknown> = Promise.resolve();

  const read = <T>(question: (entries: IDBObjectStore) => IDBRequest<T>): Promise<T> =>
    answer(question(db.transaction(ENTRIES).objectStore(ENTRIES)));

  /** What one turn wants, in one transaction, which is done as a whole or not at all. */
  function commit(writes: readonly Write[]): void {
    if (!writes[0]) return;
    try {
      const transaction = db.transaction(ENTRIES, "readwrite");
      const entries = transaction.objectStore(ENTRIES);
      transaction.addEventListener("complete", () => writes.forEach(({ resolve }) => resolve()));
      transaction.addEventListener("abort", () =>
        writes.forEach(({ reject }) => reject(transaction.error)),
      );
      for (const { change } of writes) change(entries);
    } catch (cause) {
      for (const { reject } of writes) reject(cause);
    }
  }

  /** At the end of this turn: what is new first, and what is to go even when there is no room for that. */
  function soon(): void {
    if (puts.length + removals.length > 1) return;
    queueMicrotask(() => {
      commit(puts);
      commit(removals);
      puts = [];
      removals = [];
    });
  }

  function write(writes: Write[], change: Change): Promise<void> {
    const done = new Promise<void>((resolve, reject) => {
      writes.push({ change, resolve, reject });
      soon();
    });
    written = Promise.allSettled([written, done]);
    return done;
  }

  return {
    owners: async () => {
      const keys = await read((entries) => entries.getAllKeys());
      return [...new Set((keys as unknown as (readonly number[])[]).map(([owner]) => owner!))];
    },
    entriesOf: (owner) =>
      read((entries) => entries.getAll(IDBKeyRange.bound([owner, 0], [owner, Infinity]))),
    put: (entry) =>
      write(puts, (entries) =>
        // of a view all that is behind it would be kept
        entries.put({ ...entry, payload: entry.payload.slice() }),
      ),
    remove: ({ producer, seq }) => write(removals, (entries) => entries.delete([producer, seq])),
    async close() {
      await written;
      db.close();
    },
  };
}
