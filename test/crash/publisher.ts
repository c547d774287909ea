// Publishes numbered publications, and each until it is answered: what has an unknown outcome is sent again, as the same publication.

import { setTimeout as sleep } from "node:timers/promises";
import { down, encoding, errorCodes } from "@fanwire/protocol";
import { client, type SeededRandom, type WireFrame } from "@fanwire/testkit";
import { keyOf, payloadText, type Recorder } from "./history.ts";
import { RawLink } from "./raw.ts";

export interface PublisherSettings {
  readonly name: string;
  /** A number of its own. */
  readonly number: number;
  /** How the hub tells one that it has: by a text, or by the number of a producer. */
  readonly style: "id" | "producer";
  readonly topics: readonly string[];
  /** Those of them of which a hub that was killed knows nothing any more. */
  readonly forgetful: readonly string[];
  /** Those of them whose publications have keys. */
  readonly states: readonly string[];
  /** Publications without an answer. */
  readonly window: number;
  /** Publications that it makes in all. Without it there is no end. */
  readonly most?: number;
  /** The longest payload, in bytes. */
  readonly bytesMax: number;
  readonly random: SeededRandom;
  readonly recorder: Recorder;
}

interface Publication {
  readonly topic: string;
  readonly payload: string;
  /** The number of the producer, where that is its style. */
  readonly n: number;
  /** Of the frame that asks; 0: it waits to be sent. */
  request: number;
  /** When it was sent first, in milliseconds; 0: not yet. */
  sentAt: number;
}

/** Refusals after which the same may be sent again. */
const RETRIED: ReadonlySet<number> = new Set(
  (["rate-limited", "storage-full", "out-of-order", "draining", "unknown-outcome"] as const).map(
    (name) => errorCodes[name].code,
  ),
);

/** How long a publication is sent again, in milliseconds: less than the hub remembers its id. */
const GIVE_UP_MS = 90_000;

const RECONNECT_MS = 5;
const RETRY_MS = 20;

export class Publisher {
  readonly #url: string;
  readonly #settings: PublisherSettings;
  /** What has no answer, in the order in which it was made. */
  readonly #open = new Set<Publication>();
  readonly #asked = new Map<number, Publication>();
  readonly #numbers = new Map<string, number>();
  #made = 0;
  #requests = 0;
  #link: RawLink | undefined;
  #isDraining = false;
  #isStopped = false;
  readonly #running: Promise<void>;
  /** Codes with which it was closed. */
  readonly closeCodes: Set<number> = new Set<number>();
  /** Refusals by their code. */
  readonly refusals: Map<number, number> = new Map<number, number>();

  constructor(url: string, settings: PublisherSettings) {
    this.#url = url;
    this.#settings = settings;
    this.#running = this.#run();
  }

  /** It has made all that it may, and all of it is answered. */
  get isDone(): boolean {
    return this.#open.size === 0 && this.#made === this.#settings.most;
  }

  /** Publishes nothing new. Resolves when everything is answered, or the time is over. */
  async drain(ms: number): Promise<void> {
    this.#isDraining = true;
    const until = performance.now() + ms;
    while (this.#open.size > 0 && performance.now() < until) await sleep(10);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#link?.cut();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      try {
        this.#link = await RawLink.open(this.#url, (frame) => this.#read(frame));
      } catch {
        await sleep(RECONNECT_MS);
        continue;
      }
      this.#giveUp();
      // all of it in its order, before anything new
      this.#send(Array.from(this.#open));
      this.#fill();
      this.closeCodes.add(await this.#link.closed);
      this.#link = undefined;
      this.#lose();
    }
  }

  #lose(): void {
    for (const { topic, payload } of this.#asked.values())
      this.#settings.recorder.add({ kind: "unknown", topic, payload });
    this.#asked.clear();
  }

  /** Ids are remembered for two minutes: what is older would be a second one. Numbers are remembered for ever. */
  #giveUp(): void {
    if (this.#settings.style !== "id") return;
    for (const publication of this.#open) {
      const { topic, payload, sentAt } = publication;
      if (sentAt === 0 || performance.now() - sentAt < GIVE_UP_MS) continue;
      this.#open.delete(publication);
      this.#settings.recorder.add({ kind: "givenUp", topic, payload });
    }
  }

  #fill(): void {
    const { window, most = Infinity } = this.#settings;
    if (this.#isDraining) return;
    const made: Publication[] = [];
    while (this.#open.size < window && this.#made < most) {
      const publication = this.#make();
      this.#open.add(publication);
      made.push(publication);
    }
    this.#send(made);
  }

  #make(): Publication {
    const { name, topics, bytesMax, random } = this.#settings;
    const topic = random.of(topics);
    // most are short
    const bytes = 16 + random.below(random.below(4) === 0 ? bytesMax : 64);
    const payload = `${name}-${++this.#made}:${bytes}`;
    const n = (this.#numbers.get(topic) ?? 0) + 1;
    this.#numbers.set(topic, n);
    return { topic, payload, n, request: 0, sentAt: 0 };
  }

  #send(publications: readonly Publication[]): void {
    const frames = publications.map((publication) => {
      const { topic, payload } = publication;
      publication.request = ++this.#requests;
      publication.sentAt ||= performance.now();
      this.#asked.set(publication.request, publication);
      this.#settings.recorder.add({ kind: "sent", topic, payload });
      return client.publish(publication.request, topic, Buffer.from(payloadText(payload)), {
        options: { id: this.#identity(publication) },
        encoding: encoding.text,
        ...(this.#settings.states.includes(topic) && { meta: { key: keyOf(payload) } }),
      });
    });
    // no batch becomes longer than a hub takes
    for (let i = 0; i < frames.length; i += 8) this.#link!.send(...frames.slice(i, i + 8));
  }

  #identity({ topic, payload, n }: Publication): string | number[] {
    const { style, number, forgetful } = this.#settings;
    if (style === "id") return payload;
    if (!forgetful.includes(topic)) return [number, n, 1];
    // what has no answer may be new to a hub that has forgotten everything
    const first = Array.from(this.#open).find((other) => other.topic === topic);
    return [number, n, Math.min(n, first?.n ?? n)];
  }

  #read(frame: WireFrame): void {
    const [op, request] = frame;
    if (op !== down.OK && op !== down.REFUSED) return;
    const publication = this.#asked.get(request as number);
    if (publication === undefined) return;
    this.#asked.delete(request as number);
    const { topic, payload } = publication;
    const { recorder } = this.#settings;
    if (op === down.OK) {
      const [, , , epoch, offset, level, duplicate] = frame as readonly [
        ...number[],
        number,
        number | null,
        number,
        boolean,
      ];
      this.#open.delete(publication);
      recorder.add({
        kind: "confirmed",
        topic,
        payload,
        epoch: epoch as number,
        offset: offset as number | null,
        level: level as number,
        duplicate: duplicate as boolean,
      });
    } else this.#refused(publication, frame[2] as number);
    this.#fill();
  }

  #refused(publication: Publication, code: number): void {
    const { topic, payload } = publication;
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
    this.#settings.recorder.add({ kind: "refused", topic, payload, code });
    if (!RETRIED.has(code)) {
      this.#open.delete(publication);
      return;
    }
    const link = this.#link;
    setTimeout(() => {
      if (link !== undefined && this.#link === link && this.#open.has(publication))
        this.#send([publication]);
    }, RETRY_MS).unref();
  }
}
