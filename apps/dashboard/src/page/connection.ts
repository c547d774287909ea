// The connection as the page tells it: its state, its cuts, and the visitor's orders to cut it.
import type { Client, Gap, Publication, Status, Subscription } from "@fanwire/client";
import { localNow, type HubClock } from "../clock/hub-clock.ts";
import { Losses, type Followed } from "./data/gaps.ts";
import { describeLink, sameLink, type Link, type LinkFacts } from "./data/link.ts";
import { Missed } from "./data/missed.ts";
import type { News } from "./data/news.ts";
import { Return } from "./data/return.ts";
import { Wire } from "./data/wire.ts";
import { everyQuarter } from "./quarter.ts";
import { Value } from "./store.ts";

export type CutMs = 0 | 10_000;

/** The demo's server lets us in again a moment after the cut is over. */
const MARGIN_MS = 30;

export interface LastCut {
  readonly ms: number;
  /** Undefined: what was missed has not come yet. */
  readonly replayed: number | undefined;
}

export class Connection {
  readonly link = new Value<Link>({ is: "connecting" });
  readonly lastCut = new Value<LastCut | undefined>(undefined);
  readonly wire = new Wire();
  readonly missed = new Missed();
  readonly #client: Client;
  readonly #clock: HubClock;
  readonly #news: News;
  readonly #page: string;
  #heard: LinkFacts["heard"];
  /** The order of the visitor that is being carried out. */
  #cutUntil: number | undefined;
  #killed = false;
  #lostAt: number | undefined;
  readonly #followed = new Map<Subscription<unknown>, Followed>();
  /** Until all that is followed is live again. */
  #back: Return | undefined;
  /** Gaps that are to be told, though nothing was cut. */
  #losses = new Losses();
  /** When the newest publication was published that came before them. */
  #lossesSince = 0;
  #newest = 0;

  constructor(client: Client, clock: HubClock, news: News, page: string) {
    this.#client = client;
    this.#clock = clock;
    this.#news = news;
    this.#page = page;
  }

  /** `lost` is called when a connection was. Answers with what ends it. */
  start(lost: () => void): () => void {
    const forget = this.#client.status.subscribe((status) => {
      if (status.state === "live") this.#connected();
      else if (this.#lost(status)) lost();
      this.#describe();
    });
    const rest = everyQuarter(() => {
      this.#describe();
      this.#tellLosses();
    });
    return () => {
      forget();
      rest();
    };
  }

  /** What the page shows depends on it: a return is one when this is live again, and its gaps are told. */
  follow(subscription: Subscription<unknown>, followed: Followed): void {
    this.#followed.set(subscription, followed);
    subscription.on("gap", (gap) => this.#lostSome(followed, gap));
    subscription.state.subscribe((state) => {
      if (state === "ended") this.#followed.delete(subscription);
      this.#look();
    });
  }

  /** A publication came. */
  heard({ time, replayed }: Pick<Publication, "time" | "replayed">): void {
    this.#newest = time;
    // what was published long ago is not late
    if (replayed) return this.#back?.replayed();
    const at = localNow();
    this.#heard = { at, lateMs: this.#clock.toHub(at) - time };
  }

  /** A publication of the host came, with its counter. */
  counted(n: number): void {
    this.missed.take(n);
  }

  /** As a crash would end it; it is started again at once. */
  async kill(): Promise<void> {
    if (this.#client.status.get().state !== "live") return;
    this.#killed = true;
    const answer = await fetch("/dev/kill", { method: "POST" }).catch(() => undefined);
    if (answer?.ok) return;
    this.#killed = false;
    this.#news.tell("Nothing was killed: the server of this page did not answer.");
  }

  async cut(ms: CutMs): Promise<void> {
    if (this.#client.status.get().state !== "live") return;
    this.#cutUntil = localNow() + ms;
    const query = new URLSearchParams({ page: this.#page, ms: String(ms) });
    const answer = await fetch(`/dev/cut?${query}`, { method: "POST" }).catch(() => undefined);
    if (!answer?.ok) {
      this.#cutUntil = undefined;
      this.#news.tell("Nothing was cut: the server of this page did not answer.");
    } else if (ms > 0) {
      this.#cutUntil = localNow() + ms;
      // the client would find out by itself, but only at its next try
      setTimeout(() => this.#tryNow(), ms + MARGIN_MS);
    }
  }

  /** A client that is closed stays closed: the way back is to begin anew. */
  again(): void {
    location.reload();
  }

  #tryNow(): void {
    if (this.#client.status.get().state === "waiting") this.#client.reconnect();
  }

  #connected(): void {
    const now = this.#clock.now();
    this.wire.connected(now);
    this.#heard = undefined;
    this.#cutUntil = undefined;
    this.#killed = false;
    if (this.#lostAt === undefined) return;
    const afterMs = localNow() - this.#lostAt;
    this.#lostAt = undefined;
    this.lastCut.set({ ms: afterMs, replayed: undefined });
    this.#back = new Return(afterMs);
    this.#look();
  }

  get #isCatchingUp(): boolean {
    if (!this.#back) return false;
    return [...this.#followed.keys()].some(({ state }) => state.get() !== "live");
  }

  /** Tells a return that is complete. */
  #look(): void {
    const back = this.#back;
    if (back && !this.#isCatchingUp && this.#client.status.get().state === "live") {
      this.#back = undefined;
      this.wire.settle(back.outcome);
      this.lastCut.set({ ms: back.afterMs, replayed: back.outcome.replayed });
      const names = [...this.#followed.values()].map(({ name }) => name);
      this.#news.tell(back.sentence(names), !back.isWhole);
    }
    this.#describe();
  }

  #lostSome(followed: Followed, gap: Gap): void {
    if (this.#back) return this.missed.told(this.#back.gap(followed, gap));
    if (this.#losses.all.length === 0) this.#lossesSince = this.#newest;
    this.missed.told(this.#losses.add(followed, gap));
  }

  #tellLosses(): void {
    const [first] = this.#losses.all;
    if (!first) return;
    const { charted } = this.#losses;
    if (charted !== undefined) this.wire.gap(this.#lossesSince, this.#clock.now(), charted);
    this.#news.tell(first.sentence, true);
    this.#losses = new Losses();
  }

  /** True when there was something to lose. */
  #lost(status: Status): boolean {
    if (status.state === "closed") this.#news.tell(closedSentence(status), true);
    const spans = this.wire.spans;
    if (spans.at(-1)?.to !== undefined || spans.length === 0) return false;
    this.wire.lost(this.#clock.now(), this.#killed);
    this.#back = undefined;
    this.#lostAt = localNow();
    if (status.state !== "closed") this.#news.tell(this.#lostSentence());
    return true;
  }

  #lostSentence(): string {
    if (this.#killed) return "You killed the hub. It is started again.";
    return this.#cutUntil === undefined
      ? "The connection was lost. It comes back by itself."
      : "You cut this connection.";
  }

  #describe(): void {
    const facts = {
      cutUntil: this.#cutUntil,
      heard: this.#heard,
      catchingUp: this.#isCatchingUp,
    };
    const link = describeLink(this.#client.status.get(), facts, localNow());
    if (!sameLink(link, this.link.get())) this.link.set(link);
  }
}

const closedSentence = (status: Status): string =>
  status.state === "closed" && status.cause
    ? status.cause.message
    : "This page closed its connection.";
