// The connection as the page tells it: its state, its cuts, and the visitor's orders to cut it.
import type { Client, Status } from "@fanwire/client";
import { localNow, type HubClock } from "../clock/hub-clock.ts";
import { describeLink, sameLink, type Link, type LinkFacts } from "./data/link.ts";
import { Missed } from "./data/missed.ts";
import type { News } from "./data/news.ts";
import { Wire } from "./data/wire.ts";
import { count } from "./numbers/digits.ts";
import { lastedExactly } from "./numbers/times.ts";
import { everyQuarter } from "./quarter.ts";
import { Value } from "./store.ts";

export type CutMs = 0 | 10_000;

/** The demo's server lets us in again a moment after the cut is over. */
const MARGIN_MS = 30;
/** How long the sentence about a return waits for the first publication, which tells how many were missed. */
const TELL_WITHIN_MS = 1_000;

export class Connection {
  readonly link = new Value<Link>({ is: "connecting" });
  readonly lastCutMs = new Value<number | undefined>(undefined);
  readonly wire = new Wire();
  readonly missed = new Missed();
  readonly #client: Client;
  readonly #clock: HubClock;
  readonly #news: News;
  readonly #page: string;
  #heard: LinkFacts["heard"];
  /** The order of the visitor that is being carried out. */
  #cutUntil: number | undefined;
  #lostAt: number | undefined;
  /** To be told when the first publication is here, or when it stays away. */
  #back: { readonly afterMs: number; readonly at: number } | undefined;

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
      if (this.#back && localNow() - this.#back.at > TELL_WITHIN_MS) this.#tellBack();
    });
    return () => {
      forget();
      rest();
    };
  }

  /** A publication came; `time` is the hub's stamp. */
  heard(time: number): void {
    const at = localNow();
    this.#heard = { at, lateMs: this.#clock.toHub(at) - time };
  }

  /** A publication of the host came, with its counter. */
  counted(n: number): void {
    this.missed.take(n);
    if (this.#back) this.#tellBack();
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
    if (this.#lostAt === undefined) return;
    const afterMs = localNow() - this.#lostAt;
    this.#lostAt = undefined;
    this.lastCutMs.set(afterMs);
    this.#back = { afterMs, at: localNow() };
  }

  /** True when there was something to lose. */
  #lost(status: Status): boolean {
    if (status.state === "closed") this.#news.tell(closedSentence(status), true);
    const spans = this.wire.spans;
    if (spans.at(-1)?.to !== undefined || spans.length === 0) return false;
    this.wire.lost(this.#clock.now());
    this.missed.away();
    this.#lostAt = localNow();
    if (status.state !== "closed") this.#news.tell(this.#lostSentence());
    return true;
  }

  #lostSentence(): string {
    return this.#cutUntil === undefined
      ? "The connection was lost. It comes back by itself."
      : "You cut this connection.";
  }

  #tellBack(): void {
    if (!this.#back) return;
    const missed = this.missed.count;
    const and = missed === undefined ? "" : ` ${count(missed)} publications missed.`;
    this.#news.tell(`Back after ${lastedExactly(this.#back.afterMs)}.${and}`);
    this.#back = undefined;
  }

  #describe(): void {
    const facts = { cutUntil: this.#cutUntil, heard: this.#heard };
    const link = describeLink(this.#client.status.get(), facts, localNow());
    if (!sameLink(link, this.link.get())) this.link.set(link);
  }
}

const closedSentence = (status: Status): string =>
  status.state === "closed" && status.cause
    ? status.cause.message
    : "This page closed its connection.";
