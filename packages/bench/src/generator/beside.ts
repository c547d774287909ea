// A second load, beside the one that is measured or without one: it publishes at a fixed rate from one order to the next.

import { Fleet } from "./fleet.ts";
import { pace } from "./load.ts";
import type { ConnectOrder, Outcome } from "./orders.ts";

/** The clients of such a load, connected. */
export class Beside {
  readonly #fleet: Fleet;
  #isOver = true;
  #running: Promise<Outcome> | undefined;

  private constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  static async connect(order: ConnectOrder): Promise<Beside> {
    return new Beside(await Fleet.connect(order));
  }

  /** How many publications each of its topics has had. */
  get next(): Uint32Array {
    return this.#fleet.ledger.next;
  }

  begin(perSecond: number): void {
    if (!this.#isOver) throw new TypeError("The load beside runs already.");
    this.#isOver = false;
    this.#running = pace(this.#fleet, { perSecond, ms: Infinity }, () => this.#isOver);
  }

  /** Waits until everything has arrived. */
  async end(): Promise<Outcome> {
    this.#isOver = true;
    if (this.#running === undefined) throw new TypeError("There is no load beside.");
    return this.#running;
  }
}
