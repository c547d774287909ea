// What a tab has had of its patterns. Their marks cannot be compared: when another tab has the relay go back for it, or a new relay begins
// where the slowest tab was, what this one had comes again, and is left out here, below the client.

import { decodeEach, encodePayload } from "@fanwire/protocol";
import type { Frame } from "../frames.ts";
import { OK, PATTERN_PUBLICATION, SUBSCRIBE, UNSUBSCRIBE } from "../opcodes.ts";
import { type At, isKnown } from "../position.ts";

/** Of so many topics of a pattern is known what came last: of those that spoke last. */
const topicsMax = 10_000;

/** A pattern that the tab follows. */
interface Followed {
  /** The number of its stream. */
  sub: number | undefined;
  readonly had: Map<string, At>;
}

/** The entries of a SUBSCRIBE: what is asked for, and from where. */
type Entry = readonly [name: string, from: unknown, options: unknown];

/** Watches what a tab says and hears. */
export class Known {
  readonly #patterns = new Map<string, Followed>();
  readonly #streams = new Map<number, Followed>();
  /** Patterns by the SUBSCRIBE that asked for them, on the present socket. */
  readonly #asked = new Map<number, readonly (Followed | undefined)[]>();
  /** Asked for on the present socket. */
  readonly #now = new Set<string>();

  /** A new socket: what was followed is asked for again, from where it was. */
  renew(): void {
    this.#asked.clear();
    this.#streams.clear();
    this.#now.clear();
  }

  /** The tab says this. Returns the patterns that go on. */
  said(batch: Uint8Array): string[] {
    const kept: string[] = [];
    decodeEach(batch, (decoded) => {
      const [op, id, entries] = decoded as [number, number, readonly unknown[]];
      if (op === UNSUBSCRIBE) for (const name of entries) this.#forget(name as string);
      if (op !== SUBSCRIBE) return;
      const asked = (entries as Entry[]).map(([name, from]) => {
        if (!name.includes("*")) return undefined;
        // the application goes back to somewhere, or begins
        if (this.#now.has(name) ? from : !from) this.#forget(name);
        if (this.#patterns.has(name)) kept.push(name);
        this.#now.add(name);
        return this.#follow(name);
      });
      if (asked.some(Boolean)) this.#asked.set(id, asked);
    });
    return kept;
  }

  /** The tab is told this. Returns what is new of it. */
  heard(batch: Uint8Array): Uint8Array {
    if (this.#patterns.size === 0) return batch;
    const kept: Uint8Array[] = [];
    let isWhole = true;
    decodeEach(batch, (decoded) => {
      if (this.#isNew(decoded as Frame)) kept.push(encodePayload(decoded));
      else isWhole = false;
    });
    return isWhole ? batch : joined(kept);
  }

  #isNew(frame: Frame): boolean {
    if (frame[0] === OK) this.#granted(frame as never);
    if (frame[0] !== PATTERN_PUBLICATION) return true;
    const had = this.#streams.get(frame[1] as number)?.had;
    if (!had) return true;
    const topic = frame[2] as string;
    const at: At = [frame[3] as number, frame[4] as number];
    if (isKnown(had.get(topic), at)) return false;
    had.delete(topic);
    had.set(topic, at);
    if (had.size > topicsMax) had.delete(had.keys().next().value!);
    return true;
  }

  #granted([, id, outcomes]: readonly [number, number, readonly Frame[]]): void {
    this.#asked.get(id)?.forEach((followed, i) => {
      const [code, sub] = outcomes[i] as readonly [number, number];
      if (!followed || code) return;
      followed.sub = sub;
      this.#streams.set(sub, followed);
    });
    this.#asked.delete(id);
  }

  #follow(name: string): Followed {
    const followed = this.#patterns.get(name) ?? { sub: undefined, had: new Map<string, At>() };
    this.#patterns.set(name, followed);
    return followed;
  }

  #forget(name: string): void {
    const { sub } = this.#patterns.get(name) ?? {};
    if (sub !== undefined) this.#streams.delete(sub);
    this.#patterns.delete(name);
    this.#now.delete(name);
  }
}

/** One after the other. */
export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
