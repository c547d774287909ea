// New connections come in at a bounded pace: a burst at once, the others in the order in which they came, and those that would wait too
// long are sent away at once with the time after which to try again. Who goes away while it waits leaves its turn to those behind.

export interface AdmissionBounds {
  readonly connectPerSecond: number;
  readonly connectBurst: number;
  readonly connectWaitMs: number;
}

/** Somebody at the door. */
export interface Applicant {
  /** It may come in now. */
  admit(): void;
}

export class Admission {
  readonly #spacingMs: number;
  readonly #burstMs: number;
  readonly #waitMs: number;
  readonly #now: () => number;
  /** When the next one is let in; in the past when the door is open. */
  #nextAt = -Infinity;
  /** In the order in which they came. */
  readonly #waiting = new Set<Applicant>();
  #timer: NodeJS.Timeout | undefined;

  /** `now`: milliseconds of a clock that only goes forward. */
  constructor(bounds: AdmissionBounds, now: () => number = () => performance.now()) {
    const { connectPerSecond, connectBurst, connectWaitMs } = bounds;
    this.#spacingMs = 1000 / connectPerSecond;
    this.#burstMs = (connectBurst - 1) * this.#spacingMs;
    this.#waitMs = connectWaitMs;
    this.#now = now;
  }

  /** Lets the applicant in, now or within the time that it may wait. Otherwise returns after how many seconds to try again. */
  apply(applicant: Applicant): number | undefined {
    const now = this.#now();
    this.#nextAt = Math.max(this.#nextAt, now - this.#burstMs);
    const leftMs = this.#nextAt + this.#waiting.size * this.#spacingMs - now;
    if (leftMs > this.#waitMs) return Math.ceil(leftMs / 1000);
    if (leftMs <= 0 && this.#waiting.size === 0) this.#admit(applicant);
    else {
      this.#waiting.add(applicant);
      this.#timer ??= setTimeout(this.#step, Math.max(leftMs, 0));
    }
    return undefined;
  }

  /** The applicant went away. */
  leave(applicant: Applicant): void {
    if (this.#waiting.delete(applicant) && this.#waiting.size === 0) this.#clear();
  }

  /** Lets all in that wait. */
  stop(): void {
    this.#clear();
    for (const applicant of this.#waiting) this.#admit(applicant);
  }

  #admit(applicant: Applicant): void {
    this.#waiting.delete(applicant);
    this.#nextAt += this.#spacingMs;
    applicant.admit();
  }

  #clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  readonly #step = (): void => {
    this.#timer = undefined;
    const now = this.#now();
    for (const applicant of this.#waiting) {
      if (this.#nextAt > now) break;
      this.#admit(applicant);
    }
    if (this.#waiting.size > 0)
      this.#timer = setTimeout(this.#step, Math.max(this.#nextAt - now, 1));
  };
}
