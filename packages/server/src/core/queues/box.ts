// Little's law, as a check of our own figures: the mean number of things in a box is their rate times the mean time that they stay. Both
// sides are measured apart; when they differ much, the load is not steady, or something is counted wrong.

export class Box {
  /** Things in it. */
  #count = 0;
  #changedAt: number;
  // Of this turn, and of the one before.
  #area = 0.5;
  #stayedMs = 0.5;
  #pastArea = 0.5;
  #pastStayedMs = 0.5;

  constructor(now: number) {
    this.#changedAt = now;
    this.clear();
  }

  enter(now: number): void {
    this.#pass(now);
    this.#count++;
  }

  leave(now: number, stayedMs: number): void {
    this.#pass(now);
    this.#count--;
    this.#stayedMs += stayedMs;
  }

  /** What came before the last turn is forgotten. */
  turn(now: number): void {
    this.#pass(now);
    this.#pastArea = this.#area;
    this.#pastStayedMs = this.#stayedMs;
    this.#area = 0;
    this.#stayedMs = 0;
  }

  clear(): void {
    this.#area = 0;
    this.#stayedMs = 0;
    this.#pastArea = 0;
    this.#pastStayedMs = 0;
  }

  /** |L − λW| / L: 0 when the law holds exactly; null when nothing was in it. */
  residual(now: number): number | null {
    this.#pass(now);
    const area = this.#area + this.#pastArea;
    return area === 0 ? null : Math.abs(area - this.#stayedMs - this.#pastStayedMs) / area;
  }

  #pass(now: number): void {
    this.#area += this.#count * (now - this.#changedAt);
    this.#changedAt = now;
  }
}
