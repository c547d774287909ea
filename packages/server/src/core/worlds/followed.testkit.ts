// What a follower knows of one stream.

import type { From } from "@fanwire/protocol";

/** Publications that are told to be missing: of a topic, those from one offset up to and without another. */
interface ToldGap {
  readonly topic: string;
  readonly epoch: number;
  readonly from: number;
  readonly next: number;
}

export class Followed {
  readonly pattern: string;
  /** It wants all that is published, not the latest alone. */
  readonly isAll: boolean;
  /** The show number of what was shown last when it was granted first. */
  readonly grantedAt: number;
  /** Offset of the last publication or gap, by topic and epoch. */
  readonly last: Map<string, number> = new Map<string, number>();
  /** Publications that came, as topic, epoch and offset. */
  readonly got: Set<string> = new Set();
  readonly gaps: ToldGap[] = [];
  /** Up to this show number anything may be missing. */
  vagueUntil = 0;
  /** It has lost the right to it: nothing more of it may come, but that it has ended. */
  isForbidden = false;
  /** It goes on from where it was on another connection, and has not caught up: what it had may come again. */
  isResuming = false;
  epoch: number | null = null;
  #mark: Uint8Array | null = null;
  /** What came behind the mark. */
  readonly #beyond = new Map<string, { readonly epoch: number; readonly offset: number }>();

  constructor(pattern: string, isAll: boolean, grantedAt: number) {
    this.pattern = pattern;
    this.isAll = isAll;
    this.grantedAt = grantedAt;
  }

  get isPattern(): boolean {
    return this.pattern.includes("*");
  }

  marked(mark: Uint8Array): void {
    this.#mark = mark;
    this.#beyond.clear();
  }

  came(topic: string, epoch: number, offset: number): void {
    this.#beyond.set(topic, { epoch, offset });
  }

  /** From where it goes on; undefined when it knows no place yet. */
  get from(): Exclude<From, null> | undefined {
    if (!this.isPattern) {
      const offset = this.last.get(`${this.pattern} ${this.epoch}`);
      return offset === undefined ? undefined : { epoch: this.epoch!, offset };
    }
    if (this.#mark === null) return undefined;
    const topics = [...this.#beyond].map(([topic, { epoch, offset }]) => ({
      topic,
      epoch,
      offset,
    }));
    return { mark: this.#mark, topics };
  }
}
