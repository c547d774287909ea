// Clients that follow a topic each, are cut off, and come back all within a moment to go on where they were.

import { type KeyInput, signToken } from "@fanwire/server";
import { collect, inTurn, passed } from "../in-turn.ts";
import { dialTalker } from "./dial-talker.ts";
import type { Dialled } from "./dial.ts";
import { Follower, Place } from "./follower.ts";
import type { ReturnOrder, ReturnOutcome } from "./orders.ts";
import { talk } from "./wires/talk.ts";

/** Connections that are opened at the same time when they come first. */
const AT_ONCE = 100;

/** Who does not have what it missed by then, in milliseconds, does not get it. */
const PATIENCE_MS = 60_000;
const LOOK_MS = 5;
const TICK_MS = 500;

/** What the hub's publisher of each topic says first: publication 0 has the offset behind it. */
const ZERO_AT = 2;

interface Returner {
  readonly token: string;
  readonly place: Place;
}

/** The clients of one order. */
export class Returners {
  readonly #order: ReturnOrder;
  readonly #all: readonly Returner[];
  #dialled: Dialled[] = [];
  #reasons = new Set<string>();
  #tookMs = 0;
  #ticking: NodeJS.Timeout | undefined;

  private constructor(order: ReturnOrder, tokens: readonly string[]) {
    this.#order = order;
    this.#all = tokens.map((token, i) => ({
      token,
      place: new Place(`t.${i % order.topics}`, ZERO_AT),
    }));
  }

  static async prepare(order: ReturnOrder): Promise<Returners> {
    const { clients, key, rights } = order;
    const tokens = await Promise.all(
      Array.from({ length: clients }, (_, i) =>
        signToken(key as KeyInput, { sub: `user-${i}`, fanwire: rights }),
      ),
    );
    return new Returners(order, tokens);
  }

  /** They come for the first time, and follow their topics from now on. */
  async arrive(): Promise<void> {
    const groups: Returner[][] = [];
    for (let i = 0; i < this.#all.length; i += AT_ONCE)
      groups.push(this.#all.slice(i, i + AT_ONCE));
    const come = async (one: Returner): Promise<void> => {
      const follower = await this.#open(one);
      follower.fromHead();
    };
    await collect(inTurn(groups, (group) => Promise.all(group.map(come))));
    await this.#until(() => this.#all.every(({ place }) => place.epoch !== 0));
    this.#ticking = setInterval(() => this.#tick(), TICK_MS);
  }

  /** All connections end without a word. */
  cut(): void {
    for (const { socket } of this.#dialled) socket.destroy();
    this.#dialled = [];
  }

  /** All connect, spread evenly over the time of the order. Resolves when each has, or has not, what was published before it came. */
  async comeBack(): Promise<void> {
    for (const { place } of this.#all) place.count = 0;
    const begun = performance.now();
    const isBack: (() => boolean)[] = [];
    const { withinMs, clients } = this.#order;
    const come = async (one: Returner, i: number): Promise<void> => {
      await passed((withinMs * i) / clients);
      try {
        const follower = await this.#open(one);
        isBack.push(() => follower.isGranted && one.place.next > follower.headAtGrant);
        follower.goOn();
      } catch (error) {
        this.#reasons.add((error as Error).message);
      }
    };
    await Promise.all(this.#all.map(come));
    await this.#until(() => isBack.every((is) => is()));
    this.#tookMs = performance.now() - begun;
  }

  /** How it was for them, when nothing more is published. `next`: how many publications each topic has. */
  async look(next: Uint32Array): Promise<ReturnOutcome> {
    const { topics } = this.#order;
    const isAtHead = ({ place }: Returner, i: number): boolean =>
      place.next === next[i % topics]! + ZERO_AT;
    await this.#until(() => this.#all.every(isAtHead));
    clearInterval(this.#ticking);
    const sum = (of: (place: Place) => number): number =>
      this.#all.reduce((total, { place }) => total + of(place), 0);
    return {
      atHead: this.#all.filter(isAtHead).length,
      tookMs: this.#tookMs,
      deliveries: sum(({ count }) => count),
      wrong: sum(({ wrong }) => wrong),
      gaps: sum(({ gaps }) => gaps),
      reasons: [...this.#reasons].slice(0, 5),
    };
  }

  async #open(one: Returner): Promise<Follower> {
    const dialled = await dialTalker(this.#order.port, one.token);
    this.#dialled.push(dialled);
    return new Follower(dialled.client, dialled.seen, [one.place]);
  }

  #tick(): void {
    const now = performance.now();
    for (const { client } of this.#dialled)
      if (client.closed === 0 && client.state !== null) talk.tick?.(client, now);
  }

  async #until(isSo: () => boolean, untilMs = performance.now() + PATIENCE_MS): Promise<void> {
    if (isSo() || performance.now() > untilMs) return;
    await passed(LOOK_MS);
    await this.#until(isSo, untilMs);
  }
}
