// Many restless clients.

import { collect, inTurn, passed } from "../in-turn.ts";
import { dial, type Dialled } from "./dial.ts";
import { Lane } from "./lane.ts";
import { Ledger, NO_TOPIC } from "./ledger.ts";
import type { StormOrder, StormOutcome } from "./orders.ts";
import { Restless } from "./restless.ts";
import { greet } from "./wires/fanwire-frames.ts";
import { talk } from "./wires/talk.ts";

/** How long they may take to calm down, in milliseconds. */
const CALM_MS = 10_000;

/** The clients of one order, connected. To be calmed by whoever raised it. */
export class Storm {
  readonly #dialled: Dialled[] = [];
  readonly #restless: Restless[] = [];

  static async raise({ port, clients, patterns }: StormOrder): Promise<Storm> {
    const storm = new Storm();
    const role = {
      lane: new Lane(),
      ledger: new Ledger(new Uint32Array(1), 1),
      wire: talk,
      topic: NO_TOPIC,
      each: null,
      isTimed: false,
    };
    const open = async (): Promise<void> => {
      const dialled = await dial(port, talk.path, talk.subprotocol, role);
      const { client } = dialled;
      const restless = new Restless(client, await greet(client), patterns);
      client.state = restless;
      client.begin();
      storm.#dialled.push(dialled);
      storm.#restless.push(restless);
    };
    await collect(inTurn(Array.from({ length: clients }), open));
    for (const restless of storm.#restless) restless.begin();
    return storm;
  }

  /** Waits until the last of them has no subscription, and closes them. */
  async calm(): Promise<StormOutcome> {
    const all = this.#restless;
    for (const restless of all) restless.stop();
    await this.#calmed(performance.now() + CALM_MS);
    const sum = (of: (restless: Restless) => number): number =>
      all.reduce((total, restless) => total + of(restless), 0);
    const outcome = {
      cycles: sum(({ cycles }) => cycles),
      deliveries: sum(({ deliveries }) => deliveries),
      wrong: sum(({ wrong }) => wrong),
      closed: this.#dialled.filter(({ client }) => client.closed !== 0).length,
    };
    for (const { socket } of this.#dialled) socket.destroy();
    return outcome;
  }

  async #calmed(until: number): Promise<void> {
    const isOver = this.#restless.every(({ isCalm }) => isCalm);
    if (isOver || performance.now() > until) return;
    await passed(5);
    await this.#calmed(until);
  }
}
