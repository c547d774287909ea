// Publications that outlive the page, in IndexedDB. All pages of an origin share the database; by Web Locks each entry is one page's.

import type { OutboxStore } from "../outbox.ts";
import { type Database, openDatabase } from "./database.ts";

/**
 * An outbox in the IndexedDB database of that name, for `outbox.store` of one client. What a page could not send before it was reloaded,
 * closed or killed is sent by the next one, or by another that is open, and by one alone. All clients with one name publish as whoever
 * they are by then: take another name for another user, and for another hub. It needs Web Locks, which there are on pages of `https:` and of
 * localhost. Without either, and when the disk is full, `onDiagnostic` tells `outbox-failed`, and publications wait in memory.
 */
export function indexedDbOutbox(name: string): OutboxStore {
  const life = new AbortController();
  /** Resolves when the client is closed, which gives its locks back. */
  const { promise: ended, resolve: end } = newLatch();
  const watched = new Set<number>();
  let opened: Promise<Database> | undefined;
  let channel: BroadcastChannel | undefined;

  const lockOf = (owner: number): string => `fanwire-outbox ${name} ${owner}`;

  /** Nobody takes what this client puts, as long as it lives. */
  const hold = (producer: number): Promise<void> =>
    new Promise((resolve, reject) => {
      navigator.locks
        .request(lockOf(producer), () => {
          resolve();
          return ended;
        })
        .catch(reject);
    });

  async function start(producer: number): Promise<Database> {
    if (!globalThis.indexedDB || !globalThis.navigator?.locks)
      throw new Error(
        "IndexedDB and Web Locks are needed: use a browser's page of https: or localhost",
      );
    await hold(producer);
    return openDatabase(name);
  }

  return {
    async open(producer, take) {
      opened = start(producer);
      const database = await opened;
      if (life.signal.aborted) return;

      /** Takes what the owner has left: when it is gone, or not at all if `isNow` and it is not. Resolves when that is known. */
      function watch(owner: number, isNow: boolean): Promise<boolean> {
        const options = isNow ? { ifAvailable: true } : { signal: life.signal };
        return new Promise((resolve, reject) => {
          navigator.locks
            .request(lockOf(owner), options, async (lock) => {
              const entries = lock ? await database.entriesOf(owner) : [];
              if (entries[0] && !life.signal.aborted) take(entries);
              resolve(!!lock);
              // whoever comes after this client may find some of them
              if (entries[0]) await ended;
            })
            .catch(reject);
        });
      }

      async function follow(owner: number): Promise<void> {
        if (owner === producer || watched.has(owner)) return;
        watched.add(owner);
        if (await watch(owner, true)) return;
        // it lives, and what it has is not waited for
        watch(owner, false).catch(() => {});
      }

      const here = (channel = new BroadcastChannel(lockOf(0)));
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel is of its origin alone
      const greet = (): void => here.postMessage(producer);
      here.addEventListener("message", ({ data }: MessageEvent<number>) => {
        // whoever comes hears of who is there
        if (!watched.has(data)) greet();
        follow(data).catch(() => {});
      });
      greet();
      await Promise.all((await database.owners()).map(follow));
    },
    put: async (entry) => (await opened!).put(entry),
    remove: async (entry) => (await opened!).remove(entry),
    async close() {
      life.abort();
      channel?.close();
      await opened?.then(
        (database) => database.close(),
        () => {},
      );
      end();
    },
  };
}

function newLatch(): { promise: Promise<void>; resolve: () => void } {
  let resolve!: () => void;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
