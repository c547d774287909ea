// All clients of a run: connects them, and holds what they share.

import { Histogram } from "../histogram.ts";
import { collect, inTurn } from "../in-turn.ts";
import { DelayProxy } from "./delay-proxy.ts";
import { dial, type Dialled } from "./dial.ts";
import { EachTopic } from "./each-topic.ts";
import { FreshPublisher } from "./fresh-publisher.ts";
import { Lane } from "./lane.ts";
import { layoutOf, type Layout, type Place } from "./layout.ts";
import { EVERY_TOPIC, Ledger, NO_TOPIC } from "./ledger.ts";
import { blankPayload } from "./marker.ts";
import type { ConnectOrder } from "./orders.ts";
import { Publisher } from "./publisher.ts";
import type { Wire } from "./wire.ts";
import { wires } from "./wires.ts";

/** Connections that are opened at the same time: fewer than a server's backlog holds. */
const AT_ONCE = 100;
/** A slow client reads so many times a second, … */
const TRICKLES_PER_SECOND = 10;
/** … not all of them at the same moment, but in so many parts. */
const TRICKLE_PARTS = 20;
const TICK_MS = 500;

/** What publishes: a publication is at least one. */
export interface Source {
  readonly perMessage: number;
  publish(count: number, now: number): number;
}

/** The clients of one order, connected. To be closed by whoever connected it. */
export class Fleet {
  readonly ledger: Ledger;
  /** What the slow clients got is counted apart. */
  readonly slowLedger: Ledger;
  readonly histogram: Histogram = new Histogram();
  /** Those that read as fast as they can … */
  readonly clients: Dialled[] = [];
  /** … and those that may be told not to. */
  readonly slow: Dialled[] = [];
  source: Source | undefined;
  #publisher: Dialled | undefined;
  #distance: DelayProxy | undefined;
  #timers: NodeJS.Timeout[] = [];
  #areSlow = false;
  readonly #lane = new Lane();
  readonly #slowLane: Lane;
  readonly #order: ConnectOrder;
  readonly #wire: Wire;
  readonly #layout: Layout;

  private constructor(order: ConnectOrder) {
    this.#order = order;
    this.#wire = wires[order.wire];
    this.#layout = layoutOf(order);
    const next = new Uint32Array(Math.max(1, this.#layout.topics.length));
    this.ledger = new Ledger(next, this.#layout.subscribers);
    this.slowLedger = new Ledger(next, 0);
    const bytesPerSecond = order.slow?.bytesPerSecond ?? 0;
    this.#slowLane = new Lane(Math.ceil(bytesPerSecond / TRICKLES_PER_SECOND) || undefined);
  }

  /** Connects the publisher, which must be known before its topics are followed, then everybody else. */
  static async connect(order: ConnectOrder): Promise<Fleet> {
    const fleet = new Fleet(order);
    const { topics, port, distanceMs } = order;
    if (topics > 0) await fleet.#openPublisher();
    if (distanceMs !== undefined) fleet.#distance = await DelayProxy.open(port, distanceMs);
    await fleet.#openPlaces();
    const tick = (): void => fleet.#tick();
    fleet.#timers.push(setInterval(tick, TICK_MS));
    return fleet;
  }

  /** How many topics are published. */
  get topics(): number {
    return this.#layout.topics.length;
  }

  /** The slow clients stop reading, or read little, from now on. */
  slowDown(): void {
    this.#areSlow = true;
    for (const { socket } of this.slow) socket.pause();
    // of those that connected one after the other some are of either kind
    const stalled = this.#order.slow?.stalled ?? 0;
    const share = stalled / this.slow.length;
    const trickling = this.slow.filter(
      (_, i) => Math.floor((i + 1) * share) === Math.floor(i * share),
    );
    let part = 0;
    const trickle = (): void => {
      part = (part + 1) % TRICKLE_PARTS;
      for (let i = part; i < trickling.length; i += TRICKLE_PARTS) trickling[i]!.socket.resume();
    };
    this.#timers.push(setInterval(trickle, 1000 / TRICKLES_PER_SECOND / TRICKLE_PARTS));
  }

  /** They read as fast as they can again. */
  speedUp(): void {
    this.#areSlow = false;
    for (const { socket } of this.slow) socket.resume();
  }

  close(): void {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
    for (const { socket } of [...this.clients, ...this.slow]) socket.destroy();
    this.#publisher?.socket.destroy();
    this.#distance?.close();
  }

  async #openPublisher(): Promise<void> {
    const { topics, freshTopic } = this.#layout;
    const publisher = await this.#dial(
      { patterns: [], topic: NO_TOPIC, isSlow: false },
      this.#order.port,
    );
    const { client } = publisher;
    this.#publisher = publisher;
    await this.#wire.announce(client, topics);
    client.begin();
    const { payloadBytes, seed, perMessage = 1 } = this.#order;
    const payload = blankPayload(payloadBytes, seed);
    const write = (bytes: Uint8Array): void => client.write(bytes);
    this.source =
      freshTopic === undefined
        ? new Publisher(this.#wire, { topics, payload, perMessage }, this.ledger, write)
        : new FreshPublisher(this.#wire, { topicOf: freshTopic, payload }, this.ledger, write);
  }

  async #openPlaces(): Promise<void> {
    const groups: Place[][] = [];
    const { places } = this.#layout;
    for (let i = 0; i < places.length; i += AT_ONCE) groups.push(places.slice(i, i + AT_ONCE));
    await collect(inTurn(groups, (group) => Promise.all(group.map((place) => this.#open(place)))));
  }

  async #open(place: Place): Promise<void> {
    const dialled = await this.#dial(place, this.#distance?.port ?? this.#order.port);
    await this.#wire.subscribe(dialled.client, place.patterns);
    dialled.client.begin();
    (place.isSlow ? this.slow : this.clients).push(dialled);
  }

  #dial({ topic, isSlow }: Place, port: number): Promise<Dialled> {
    const role = {
      lane: isSlow ? this.#slowLane : this.#lane,
      ledger: isSlow ? this.slowLedger : this.ledger,
      wire: this.#wire,
      topic,
      each: topic === EVERY_TOPIC ? new EachTopic(this.topics) : null,
      isTimed: topic !== NO_TOPIC && !isSlow,
      token: this.#order.token,
    };
    const { path, subprotocol } = this.#wire;
    const afterRead = (): boolean => !(isSlow && this.#areSlow);
    return dial(port, path, subprotocol, role, afterRead);
  }

  #tick(): void {
    const now = performance.now();
    for (const { client } of this.clients) this.#wire.tick?.(client, now);
    if (!this.#areSlow) for (const { client } of this.slow) this.#wire.tick?.(client, now);
  }
}
