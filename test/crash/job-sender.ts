// Sends numbered jobs, and each until it is answered: what has an unknown outcome is sent again, as the same job.

import { setTimeout as sleep } from "node:timers/promises";
import { down, encoding } from "@fanwire/protocol";
import { client, type SeededRandom, type WireFrame } from "@fanwire/testkit";
import { payloadText, type Recorder } from "./history.ts";
import { RawLink } from "./raw.ts";

export interface SenderSettings {
  readonly name: string;
  readonly queues: readonly string[];
  /** Those of them whose jobs have groups. */
  readonly grouped: readonly string[];
  /** Jobs without an answer. */
  readonly window: number;
  readonly random: SeededRandom;
  readonly recorder: Recorder;
}

interface Sent {
  readonly queue: string;
  readonly group: string | null;
  readonly payload: string;
}

const RECONNECT_MS = 5;
const RETRY_MS = 20;

/** More than this wait to be done: nothing new is sent for a while. */
export const BACKLOG = 400;

export class JobSender {
  readonly refusals: Map<number, number> = new Map<number, number>();
  readonly closeCodes: Set<number> = new Set<number>();
  readonly #url: string;
  readonly #settings: SenderSettings;
  readonly #mayMake: () => boolean;
  /** What has no answer, in the order in which it was made. */
  readonly #open = new Set<Sent>();
  readonly #asked = new Map<number, Sent>();
  #made = 0;
  #requests = 0;
  #link: RawLink | undefined;
  #isDraining = false;
  #isStopped = false;
  readonly #running: Promise<void>;

  /** `mayMake`: whether the hub may be given more. */
  constructor(url: string, settings: SenderSettings, mayMake: () => boolean) {
    this.#url = url;
    this.#settings = settings;
    this.#mayMake = mayMake;
    this.#running = this.#run();
  }

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

  /** Makes what is missing, if it may. */
  fill(): void {
    const { window } = this.#settings;
    if (this.#isDraining || this.#link === undefined || !this.#mayMake()) return;
    const made: Sent[] = [];
    while (this.#open.size < window) {
      const sent = this.#make();
      this.#open.add(sent);
      made.push(sent);
    }
    this.#send(made);
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      try {
        this.#link = await RawLink.open(this.#url, (frame) => this.#read(frame));
      } catch {
        await sleep(RECONNECT_MS);
        continue;
      }
      this.#send(Array.from(this.#open));
      this.fill();
      this.closeCodes.add(await this.#link.closed);
      this.#link = undefined;
      this.#asked.clear();
    }
  }

  #make(): Sent {
    const { name, queues, grouped, random } = this.#settings;
    const queue = random.of(queues);
    const payload = `${name}-${++this.#made}:${16 + random.below(200)}`;
    const group = grouped.includes(queue) ? `${name}-${random.below(3)}` : null;
    return { queue, group, payload };
  }

  #send(all: readonly Sent[]): void {
    const { recorder } = this.#settings;
    for (const sent of all) {
      const { queue, group, payload } = sent;
      const id = ++this.#requests;
      this.#asked.set(id, sent);
      recorder.add({ kind: "jobSent", queue, group, payload });
      this.#link!.send(
        client.job(id, queue, Buffer.from(payloadText(payload)), {
          options: { id: payload, ...(group !== null && { group }) },
          encoding: encoding.text,
        }),
      );
    }
  }

  #read([op, request, what, duplicate]: WireFrame): void {
    if (op !== down.OK && op !== down.REFUSED) return;
    const sent = this.#asked.get(request as number);
    if (sent === undefined) return;
    this.#asked.delete(request as number);
    const { queue, payload } = sent;
    const { recorder } = this.#settings;
    if (op === down.OK) {
      this.#open.delete(sent);
      recorder.add({
        kind: "jobConfirmed",
        queue,
        payload,
        seq: what as number,
        duplicate: duplicate as boolean,
      });
      return this.fill();
    }
    const code = what as number;
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
    recorder.add({ kind: "jobRefused", payload, code });
    const link = this.#link;
    setTimeout(() => {
      if (link !== undefined && this.#link === link && this.#open.has(sent)) this.#send([sent]);
    }, RETRY_MS).unref();
  }
}
