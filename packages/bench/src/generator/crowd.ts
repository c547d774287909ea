// Connections with thousands of topics each, every topic with one subscriber, and a publisher that knows them by name.

import { publishFrame, type SeenPace } from "@fanwire/protocol";
import { collect, inTurn, passed } from "../in-turn.ts";
import type { Connection } from "./connection.ts";
import { CrowdMember } from "./crowd-member.ts";
import { dial, type Dialled } from "./dial.ts";
import { Lane } from "./lane.ts";
import { Ledger, NO_TOPIC } from "./ledger.ts";
import { blankPayload, SEQUENCE_AT } from "./marker.ts";
import type { CrowdOrder, CrowdOutcome, CrowdPart } from "./orders.ts";
import { shuffled } from "./shuffled.ts";
import { batch, greet } from "./wires/fanwire-frames.ts";
import { talk, type Talker } from "./wires/talk.ts";

/** Publications of one message, which stays below what a batch may hold. */
const PER_MESSAGE = 500;

const TICK_MS = 500;

/** When nothing more has arrived for so long, the rest is lost; in milliseconds. */
const LOST_MS = 5000;

/** All connections of one order. To be closed by whoever opened it. */
export class Crowd {
  readonly #order: CrowdOrder;
  readonly #dialled: Dialled[] = [];
  readonly #members: CrowdMember[] = [];
  readonly #lane = new Lane();
  readonly #ledger = new Ledger(new Uint32Array(1), 1);
  #publisher: Connection | undefined;
  #ticking: NodeJS.Timeout | undefined;
  /** Topics whose publication has arrived. */
  #arrived = new Set<number>();
  #deliveries = 0;
  #wrong = 0;

  private constructor(order: CrowdOrder) {
    this.#order = order;
  }

  /** Connects, and subscribes to nothing yet. */
  static async open(order: CrowdOrder): Promise<Crowd> {
    const crowd = new Crowd(order);
    const took = (topic: number, isRight: boolean): void => crowd.#took(topic, isRight);
    await collect(
      inTurn(Array.from({ length: order.connections }), async () => {
        const member = await crowd.#open((client, seen) => new CrowdMember(client, seen, took));
        crowd.#members.push(member);
      }),
    );
    await crowd.#open((client, seen) => {
      crowd.#publisher = client;
      return { seen, answered() {}, published() {} };
    });
    crowd.#ticking = setInterval(() => crowd.#tick(), TICK_MS);
    return crowd;
  }

  async subscribe(part: CrowdPart): Promise<void> {
    await this.#all(part, (member, names, first) => member.subscribe(names, first));
  }

  /** In an order of chance. */
  async unsubscribe(part: CrowdPart): Promise<void> {
    const order = [...shuffled(part.topics, this.#order.seed)];
    await this.#all(part, (member, names) => member.unsubscribe(order.map((i) => names[i]!)));
  }

  /** Publishes once to each of so many topics, chosen by chance, by name. */
  async publish({ firstLevel, topics }: CrowdPart, count: number): Promise<CrowdOutcome> {
    const { connections, payloadBytes, seed } = this.#order;
    const chosen = [...shuffled(connections * topics, seed).subarray(0, count)];
    const payload = blankPayload(payloadBytes, seed);
    const marker = new DataView(payload.buffer);
    this.#arrived = new Set();
    this.#deliveries = 0;
    this.#wrong = 0;
    for (let at = 0; at < count; at += PER_MESSAGE)
      this.#publisher?.send(
        batch((w) => {
          for (const number of chosen.slice(at, at + PER_MESSAGE)) {
            marker.setUint32(SEQUENCE_AT, number, true);
            const topic = `${firstLevel}.${number}`;
            publishFrame.write(w, {
              id: 0,
              topic,
              options: null,
              encoding: 0,
              meta: null,
              payload,
            });
          }
        }),
      );
    await this.#settled(count, 0, performance.now());
    const wrong = this.#wrong + chosen.filter((topic) => !this.#arrived.has(topic)).length;
    return { publications: count, deliveries: this.#deliveries, wrong };
  }

  close(): void {
    clearInterval(this.#ticking);
    for (const { socket } of this.#dialled) socket.destroy();
  }

  async #open<T extends Talker>(make: (client: Connection, seen: SeenPace) => T): Promise<T> {
    const role = { lane: this.#lane, ledger: this.#ledger, wire: talk, topic: NO_TOPIC };
    const { path, subprotocol } = talk;
    const { port } = this.#order;
    const dialled = await dial(port, path, subprotocol, { ...role, each: null, isTimed: false });
    const { client } = dialled;
    const talker = make(client, await greet(client));
    client.state = talker;
    client.begin();
    this.#dialled.push(dialled);
    return talker;
  }

  async #all(
    { firstLevel, topics }: CrowdPart,
    each: (member: CrowdMember, names: readonly string[], first: number) => Promise<void>,
  ): Promise<void> {
    await Promise.all(
      this.#members.map((member, i) => {
        const first = i * topics;
        const names = Array.from({ length: topics }, (_, n) => `${firstLevel}.${first + n}`);
        return each(member, names, first);
      }),
    );
  }

  #took(topic: number, isRight: boolean): void {
    this.#deliveries++;
    if (!isRight || this.#arrived.has(topic)) this.#wrong++;
    this.#arrived.add(topic);
  }

  #tick(): void {
    const now = performance.now();
    for (const { client } of this.#dialled) if (client.closed === 0) talk.tick?.(client, now);
    for (const member of this.#members) member.look();
  }

  async #settled(count: number, before: number, beforeAt: number): Promise<void> {
    const now = performance.now();
    const arrived = this.#deliveries;
    const movedAt = arrived === before ? beforeAt : now;
    if (arrived >= count || now - movedAt > LOST_MS) return;
    await passed(5);
    await this.#settled(count, arrived, movedAt);
  }
}
