// Holds the ends of a hub against how it may end.

import { closeCodes as closeCodesOf } from "@fanwire/protocol";
import type { Faults } from "./faults.ts";
import type { Figures } from "./figures.ts";
import type { Event } from "./history.ts";
import type { Judge } from "./judge.ts";

/** The hub's exit code when its disk has failed. */
export const STORE_FAILED = 74;

export class HubJudge implements Judge {
  readonly #faults: Faults;
  readonly #figures: Figures;

  constructor(faults: Faults, figures: Figures) {
    this.#faults = faults;
    this.#figures = figures;
  }

  add(event: Event): void {
    switch (event.kind) {
      case "killed":
        this.#figures.kills++;
        return;
      case "stopped":
        this.#figures.stops++;
        return;
      case "cut":
        this.#figures.powerCuts++;
        return;
      case "failed":
        return this.#onFailed(event);
      case "exited":
        return this.#faults.add("ended", `The hub ended with ${event.code}: ${event.said}`);
    }
  }

  finish(): void {}

  #onFailed({ code, closeCodes }: Extract<Event, { kind: "failed" }>): void {
    this.#figures.diskErrors++;
    if (code !== STORE_FAILED)
      this.#faults.add("ended", `The disk failed, and the hub ended with ${code}.`);
    const told = closeCodesOf["storage-failed"].code;
    const others = closeCodes.filter((closeCode) => closeCode !== told);
    if (others.length > 0)
      this.#faults.add(
        "ended",
        `The disk failed, and clients were closed with ${others.join(", ")}.`,
      );
  }
}
