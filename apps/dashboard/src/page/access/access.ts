// Tries what the visitor has chosen, on the real hub and with this page's own token.
import { ClientError, type Client } from "@fanwire/client";
import type { News } from "../data/news.ts";
import { Value } from "../store.ts";
import { rights, type Right } from "./rights.ts";
import { NOT_CONNECTED, verdictOf, verdictWords, type Verdict } from "./verdict.ts";

export class Access {
  readonly chosen = new Value("follow-host");
  readonly verdict = new Value<Verdict>({ is: "asking" });
  readonly #client: Client;
  readonly #news: News;
  readonly #hostLevel: () => string | undefined;
  #asking = new AbortController();

  constructor(client: Client, news: News, hostLevel: () => string | undefined) {
    this.#client = client;
    this.#news = news;
    this.#hostLevel = hostLevel;
  }

  get rights(): readonly Right[] {
    return rights(this.#hostLevel());
  }

  /** The visitor wants to know, so the answer is news. */
  async choose(id: string): Promise<void> {
    this.chosen.set(id);
    const right = await this.ask();
    const { word, sentence } = verdictWords(this.verdict.get());
    if (right) this.#news.tell(`${word}: ${sentence}`);
  }

  /** Answers with what was asked for, or undefined when something else was asked for meanwhile. */
  async ask(): Promise<Right | undefined> {
    this.stop();
    const { signal } = this.#asking;
    const right = this.rights.find(({ id }) => id === this.chosen.get());
    if (!right) return undefined;
    if (this.#client.status.get().state !== "live") {
      this.verdict.set(NOT_CONNECTED);
      return right;
    }
    this.verdict.set({ is: "asking" });
    const verdict = await this.#try(right, signal);
    if (signal.aborted) return undefined;
    this.verdict.set(verdict);
    return right;
  }

  /** What the hub still says is of no interest any more. */
  stop(): void {
    this.#asking.abort();
    this.#asking = new AbortController();
  }

  async #try(right: Right, signal: AbortSignal): Promise<Verdict> {
    const attempt = right.verb === "follow" ? this.#follow(right, signal) : this.#publish(right);
    try {
      await attempt;
      return { is: "allowed", right };
    } catch (error) {
      if (error instanceof ClientError) return verdictOf(error);
      throw error;
    }
  }

  async #follow({ name }: Right, signal: AbortSignal): Promise<void> {
    const subscription = this.#client
      .topic(name)
      .subscribe(() => undefined, { signal, lingerMs: 0 });
    await subscription.ready;
    subscription.unsubscribe();
  }

  /** Nothing: it is no figure and no stroke, so nobody shows it. */
  async #publish({ name }: Right): Promise<void> {
    await this.#client.topic(name).publish(null);
  }
}
