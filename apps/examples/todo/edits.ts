// Edits that are shown before the hub has them. Each says on what it is based, so that nobody's change is written over unseen.

import { ClientError, type Position } from "@fanwire/client";
import type { LiveMap } from "@fanwire/client/state";

/** What is wanted of an item and not confirmed. */
interface Edit<T> {
  /** Undefined: that it is gone. */
  readonly wanted: T | undefined;
  /** The publication that it changes; null: there was no such item. */
  readonly base: Position | null;
  /** Why the hub has refused it. `conflict`: somebody else has changed the item meanwhile. */
  readonly refusal?: ClientError;
}

export interface Edits<T> {
  /** By the key of the item. */
  get(key: string): Edit<T> | undefined;
  keys(): Iterable<string>;
  /** Changes an item, or deletes it. Sent at once, or when the network is back. */
  make(key: string, wanted: T | undefined): void;
  /** Sends a refused edit again, on top of what the item is now. */
  keep(key: string): void;
  /** Gives it up. */
  drop(key: string): void;
}

/** Edits of a list; `changed` is called when one is made, confirmed or refused. */
export function editsOf<T>(list: LiveMap<T>, changed: () => void): Edits<T> {
  const edits = new Map<string, Edit<T>>();
  const baseOf = (key: string): Position | null => list.get().get(key)?.position ?? null;

  /** Sends what is wanted of an item until that is confirmed: it may be edited again meanwhile. */
  async function send(key: string): Promise<void> {
    const { wanted, base } = edits.get(key)!;
    const options = { ifPosition: base, timeoutMs: Infinity };
    const sent = wanted ? list.set(key, wanted, options) : list.delete(key, options);
    const answer = await sent.catch((error: unknown) => error as ClientError);
    const now = edits.get(key)!;
    if (answer instanceof ClientError) edits.set(key, { ...now, refusal: answer });
    else if (now.wanted === wanted) edits.delete(key);
    else {
      // what was wanted since then is based on where this one went
      edits.set(key, { wanted: now.wanted, base: answer.position ?? null });
      void send(key);
    }
    changed();
  }

  function make(key: string, wanted: T | undefined): void {
    const before = edits.get(key);
    edits.set(key, before ? { ...before, wanted } : { wanted, base: baseOf(key) });
    // an edit that is under way is followed by the new one, and one that was refused waits for a decision
    if (!before) void send(key);
    changed();
  }

  return {
    get: (key) => edits.get(key),
    keys: () => edits.keys(),
    make,
    keep(key) {
      const { wanted } = edits.get(key)!;
      edits.delete(key);
      make(key, wanted);
    },
    drop(key) {
      edits.delete(key);
      changed();
    },
  };
}
