// Somebody who has asked for a connection. It counts as one while it waits for its turn, and when it goes away meanwhile nothing of it
// stays.

import type { Duplex } from "node:stream";
import type { Applicant } from "./admission.ts";
import type { Counted } from "./plain-connection.ts";

/** What becomes of an arrival. */
export interface ArrivalEnds {
  /** Its turn has come. */
  admitted(arrival: Arrival): void;
  /** It went away while it waited. */
  left(arrival: Arrival): void;
}

export class Arrival implements Applicant, Counted {
  neighbourhood: string | null;
  readonly #stream: Duplex;
  readonly #ends: ArrivalEnds;
  #isAdmitted = false;
  #isHeld = false;

  constructor(stream: Duplex, neighbourhood: string | null, ends: ArrivalEnds) {
    this.#stream = stream;
    this.neighbourhood = neighbourhood;
    this.#ends = ends;
  }

  admit(): void {
    this.#isAdmitted = true;
    this.#release();
    this.#ends.admitted(this);
  }

  /** Looks for its end until its turn comes, if that has not come yet. */
  hold(): void {
    if (this.#isAdmitted) return;
    this.#isHeld = true;
    this.#stream.on("error", this.#onEnd);
    this.#stream.on("readable", this.#onReadable);
    this.#stream.on("end", this.#onEnd);
    this.#stream.on("close", this.#onClose);
  }

  #release(): void {
    if (!this.#isHeld) return;
    this.#stream.off("error", this.#onEnd);
    this.#stream.off("readable", this.#onReadable);
    this.#stream.off("end", this.#onEnd);
    this.#stream.off("close", this.#onClose);
  }

  /** What it sends too early is left where it is, and only the end is taken. */
  readonly #onReadable = (): void => {
    if (this.#stream.readableLength === 0) this.#stream.read();
  };

  readonly #onEnd = (): void => {
    this.#stream.destroy();
  };

  readonly #onClose = (): void => {
    this.#release();
    this.#ends.left(this);
  };
}
