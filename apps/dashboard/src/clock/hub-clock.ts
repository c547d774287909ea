// The hub's clock, read by sending ourselves a number through the hub once a second.
import type { Client, Publication } from "@fanwire/client";
import { RoundTrips, type Estimate } from "./round-trips.ts";

const EVERY_MS = 1_000;
/** A trip that takes longer than this many others is not waited for. */
const UNDERWAY_MAX = 16;

/** Ours, in ms since 1970 with fractions: Date.now() knows only whole milliseconds. */
export const localNow = (): number => performance.timeOrigin + performance.now();

export class HubClock {
  readonly #trips = new RoundTrips();
  readonly #underway = new Map<number, number>();
  readonly #client: Client;
  readonly #topic: string;
  #number = 0;
  #known: Estimate | undefined;

  /** `topic` must be nobody else's: whoever publishes there would move our clock. */
  constructor(client: Client, topic: string) {
    this.#client = client;
    this.#topic = topic;
  }

  /** Of this connection, or of the last one until the first trip is back. */
  get estimate(): Estimate | undefined {
    return this.#known;
  }

  /** The hub's time now; ours, until the first trip is back. */
  now(): number {
    return this.toHub(localNow());
  }

  toHub(local: number): number {
    return local + (this.#known?.differenceMs ?? 0);
  }

  /** Answers with what ends it. */
  start(): () => void {
    const subscription = this.#client.topic<number>(this.#topic).subscribe((p) => this.#back(p));
    const timer = setInterval(() => this.#send(), EVERY_MS);
    const forget = this.#client.status.subscribe((status) => {
      if (status.state !== "live") return;
      this.#underway.clear();
      this.#trips.clear();
      this.#send();
    });
    return () => {
      forget();
      clearInterval(timer);
      subscription.unsubscribe();
    };
  }

  #send(): void {
    if (this.#client.status.get().state !== "live") return;
    const number = ++this.#number;
    this.#underway.set(number, localNow());
    if (this.#underway.size > UNDERWAY_MAX) this.#underway.delete(number - UNDERWAY_MAX);
    // a number that was not taken is a trip that never comes back, and the next one is a second away
    this.#client
      .topic<number>(this.#topic)
      .publish(number)
      .catch(() => undefined);
  }

  #back(publication: Publication<number>): void {
    const received = localNow();
    const sent = this.#underway.get(publication.data);
    if (sent === undefined) return;
    this.#underway.delete(publication.data);
    this.#trips.add({ sent, hubTime: publication.time, received });
    this.#known = this.#trips.best();
  }
}
