// How much came, so that the hub knows how far this client is behind: what SEEN says, and when (SPEC.md, N).

import { limits } from "@fanwire/protocol";

/** Counts the payload bytes of the messages of one link, the one with WELCOME not counted. */
export class Flow {
  #received = 0;
  #reported = 0;
  /** When what came must be reported at the latest. */
  lateAt: number = Infinity;

  /** Counts a message. True: report now. */
  add(bytes: number, now: number): boolean {
    this.#received += bytes;
    const open = this.#received - this.#reported;
    if (open >= limits.seenLateBytes && this.lateAt === Infinity)
      this.lateAt = now + limits.seenAfterMs;
    return open >= limits.seenBytes;
  }

  /** The number to report. */
  report(): number {
    this.lateAt = Infinity;
    return (this.#reported = this.#received);
  }
}
