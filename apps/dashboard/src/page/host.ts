// The machine whose figures are shown: found by its first publication, followed from then on.
import type { Client, Publication, Subscription } from "@fanwire/client";
import { decodeLevel } from "@fanwire/protocol";
import type { Stamp } from "../publications.ts";
import { HostFigures, hostLevel } from "./data/host-figures.ts";
import type { News } from "./data/news.ts";
import { Recall } from "./data/recall.ts";
import { everyQuarter } from "./quarter.ts";
import { Value } from "./store.ts";

/** A publisher that says nothing for so long has stopped; its figures are of then, not of now. */
const AWAY_MS = 3_000;

export interface HostListener {
  /** All of the host is followed by it. */
  followed(subscription: Subscription<unknown>): void;
  /** Any publication of the host. */
  heard(publication: Publication): void;
  /** One that the publisher stamped. */
  stamped(stamp: Stamp, publication: Publication): void;
  /** One of before the page was opened was read. */
  recalled(time: number): void;
}

export class Host {
  readonly figures = new HostFigures();
  /** As it calls itself; undefined until it is found. */
  readonly name = new Value<string | undefined>(undefined);
  /** No publications although we are connected. */
  readonly away = new Value(false);
  readonly #client: Client;
  readonly #news: News;
  readonly #now: () => number;
  #level = "*";
  #heardAt = performance.now();

  /** `now`: the hub's clock. */
  constructor(client: Client, news: News, now: () => number) {
    this.#client = client;
    this.#news = news;
    this.#now = now;
  }

  /** Of its topics; undefined until it is found. */
  get level(): string | undefined {
    return this.name.get() === undefined ? undefined : this.#level;
  }

  /** A topic or pattern of this host, as panels name it. */
  topic(rest: string): string {
    return `host.${this.#level}.${rest}`;
  }

  start(listener: HostListener): void {
    const first = this.#client.topic("host.*.cpu.all").subscribe(({ topic }) => {
      if (this.name.get() !== undefined) return;
      this.#found(hostLevel(topic), listener);
      queueMicrotask(() => first.unsubscribe());
    });
    everyQuarter(() => this.#watch());
  }

  #found(level: string, listener: HostListener): void {
    this.#level = level;
    const { figures } = this;
    const recall = new Recall({
      client: this.#client,
      now: this.#now,
      take({ topic, data }) {
        const time = figures.recall(topic, data);
        if (time !== undefined) listener.recalled(time);
      },
    });
    const subscription = this.#client.topic(this.topic("**")).subscribe((publication) => {
      const { topic, data } = publication;
      listener.heard(publication);
      const isNew = !figures.topics.has(topic);
      const stamp = figures.take(topic, data);
      if (!stamp) return;
      this.#heardAt = performance.now();
      listener.stamped(stamp, publication);
      // what came of it now is where the rest ends
      if (isNew && figures.topics.has(topic)) recall.add(topic);
    });
    subscription.on("gap", () => figures.break());
    listener.followed(subscription);
    const name = decodeLevel(level);
    this.name.set(name);
    this.#news.tell(`Live from ${name}.`);
  }

  #watch(): void {
    // while there is no connection nobody can tell whether the publisher is away
    if (this.#client.status.get().state !== "live") this.#heardAt = performance.now();
    const away = performance.now() - this.#heardAt > AWAY_MS;
    if (away === this.away.get()) return;
    this.away.set(away);
    const name = this.name.get() ?? "this machine";
    this.#news.tell(
      away ? `No publications from ${name} for ${AWAY_MS / 1000} s.` : `${name} publishes again.`,
    );
  }
}
