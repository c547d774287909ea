// Clients that come all within a moment, each with a token of its own.

import { type KeyInput, signToken } from "@fanwire/server";
import { passed } from "../in-turn.ts";
import { Histogram } from "../histogram.ts";
import type { Role } from "./connection.ts";
import { dial, type Dialled } from "./dial.ts";
import { Lane } from "./lane.ts";
import { Ledger, NO_TOPIC } from "./ledger.ts";
import type { LogInOrder, LogInOutcome } from "./orders.ts";
import { greet } from "./wires/fanwire-frames.ts";
import { talk } from "./wires/talk.ts";

/** Whoever is not in by then, in milliseconds, is not any more. */
const PATIENCE_MS = 60_000;

/** The clients of one order, with their tokens, which are signed before they come. */
export class LogIns {
  readonly #order: LogInOrder;
  readonly #tokens: readonly string[];
  readonly #dialled: Dialled[] = [];
  readonly #role: Role = {
    lane: new Lane(),
    ledger: new Ledger(new Uint32Array(1), 1),
    wire: talk,
    topic: NO_TOPIC,
    each: null,
    isTimed: false,
  };

  private constructor(order: LogInOrder, tokens: readonly string[]) {
    this.#order = order;
    this.#tokens = tokens;
  }

  static async prepare(order: LogInOrder): Promise<LogIns> {
    const { clients, key, rights } = order;
    const tokens = await Promise.all(
      Array.from({ length: clients }, (_, i) =>
        signToken(key as KeyInput, { sub: `user-${i}`, fanwire: rights }),
      ),
    );
    return new LogIns(order, tokens);
  }

  /** All come, spread evenly over the time of the order. */
  async come(): Promise<LogInOutcome> {
    const { withinMs, clients } = this.#order;
    const histogram = new Histogram();
    const reasons: string[] = [];
    const begun = performance.now();
    let lastAt = begun;
    const one = async (token: string, i: number): Promise<void> => {
      await passed((withinMs * i) / clients);
      const at = performance.now();
      try {
        await this.#logIn(token);
        lastAt = performance.now();
        histogram.add(lastAt - at);
      } catch (error) {
        reasons.push((error as Error).message);
      }
    };
    const everybody = Promise.all(this.#tokens.map(one));
    await Promise.race([everybody, passed(PATIENCE_MS)]);
    const { count, p50, p99, max } = histogram.percentiles();
    return {
      clients,
      admitted: count,
      tookMs: lastAt - begun,
      p50Ms: p50,
      p99Ms: p99,
      maxMs: max,
      reasons: [...new Set(reasons)].slice(0, 5),
    };
  }

  close(): void {
    for (const { socket } of this.#dialled) socket.destroy();
  }

  async #logIn(token: string): Promise<void> {
    const dialled = await dial(this.#order.port, talk.path, talk.subprotocol, this.#role);
    this.#dialled.push(dialled);
    await greet(dialled.client, token);
  }
}
