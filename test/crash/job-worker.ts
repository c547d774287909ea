// Works on jobs: most it does, some it fails, gives back or rejects, and now and then it is gone in the middle of one.

import { setTimeout as sleep } from "node:timers/promises";
import { down } from "@fanwire/protocol";
import { client, type SeededRandom, type WireFrame } from "@fanwire/testkit";
import { payloadOf, type Recorder } from "./history.ts";
import { RawLink } from "./raw.ts";

export interface WorkerSettings {
  readonly who: string;
  readonly queues: readonly string[];
  /** Those of them of whose jobs it finds some to be of no use. */
  readonly rejected: readonly string[];
  readonly random: SeededRandom;
  readonly recorder: Recorder;
}

/** Jobs that it has at a time, of each queue. */
const CONCURRENCY = 8;

/** The longest that it works on one, in milliseconds. */
const WORK_MS = 30;

const RECONNECT_MS = 5;

/** How soon it looks again for a queue that was not there, in milliseconds. */
const LOOK_MS = 200;

export class JobWorker {
  readonly closeCodes: Set<number> = new Set<number>();
  readonly #url: string;
  readonly #settings: WorkerSettings;
  readonly #decoder = new TextDecoder();
  /** By request: the lease that was spoken of, or the queue that was asked for. */
  readonly #asked = new Map<number, number | string>();
  /** By consumer. */
  readonly #queues = new Map<number, string>();
  #requests = 0;
  #link: RawLink | undefined;
  #isStopped = false;
  readonly #running: Promise<void>;

  constructor(url: string, settings: WorkerSettings) {
    this.#url = url;
    this.#settings = settings;
    this.#running = this.#run();
  }

  /** Is gone for a moment, whatever it works on. */
  cut(): void {
    this.#link?.cut();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#link?.cut();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { who, queues, recorder } = this.#settings;
    while (!this.#isStopped) {
      let link: RawLink;
      try {
        link = await RawLink.open(this.#url, (frame) => this.#read(frame));
      } catch {
        await sleep(RECONNECT_MS);
        continue;
      }
      this.#link = link;
      for (const queue of queues) this.#consume(link, queue);
      this.closeCodes.add(await link.closed);
      this.#link = undefined;
      this.#asked.clear();
      this.#queues.clear();
      recorder.add({ kind: "workerGone", who });
    }
  }

  #consume(link: RawLink, queue: string): void {
    if (this.#link !== link) return;
    const id = ++this.#requests;
    this.#asked.set(id, queue);
    link.send(client.consume(id, queue, { concurrency: CONCURRENCY, credit: CONCURRENCY }));
  }

  #read(frame: WireFrame): void {
    const { recorder } = this.#settings;
    switch (frame[0]) {
      case down.DELIVERY:
        return this.#get(frame);
      case down.LOST:
        return recorder.add({ kind: "leaseLost", lease: frame[3] as number });
      case down.OK:
      case down.REFUSED:
        return this.#answered(frame);
    }
  }

  #answered([op, id, what]: WireFrame): void {
    const asked = this.#asked.get(id as number);
    this.#asked.delete(id as number);
    const link = this.#link;
    if (typeof asked === "number" && op === down.OK)
      this.#settings.recorder.add({
        kind: "verdict",
        lease: asked,
        code: (what as readonly number[])[0]!,
      });
    else if (typeof asked === "string" && op === down.OK) this.#queues.set(what as number, asked);
    else if (typeof asked === "string")
      setTimeout(() => link && this.#consume(link, asked), LOOK_MS).unref();
  }

  #get(frame: WireFrame): void {
    const { who, random, recorder } = this.#settings;
    const [, consumer, seq, lease, attempt] = frame as readonly number[];
    const queue = this.#queues.get(consumer!)!;
    const payload = payloadOf(this.#decoder.decode(frame[9] as Uint8Array));
    const ms = performance.now();
    recorder.add({
      kind: "given",
      who,
      queue,
      seq: seq!,
      lease: lease!,
      attempt: attempt!,
      payload,
      ms,
    });
    const link = this.#link;
    const work = (): void => {
      if (link !== undefined && link === this.#link) this.#say(link, queue, seq!, lease!);
    };
    if (random.below(2) === 0) work();
    else setTimeout(work, random.below(WORK_MS)).unref();
  }

  #say(link: RawLink, queue: string, seq: number, lease: number): void {
    const { random, recorder } = this.#settings;
    const roll = random.below(40);
    const verb = this.#settings.rejected.includes(queue) && roll === 0 ? "reject" : verbOf(roll);
    const id = ++this.#requests;
    this.#asked.set(id, lease);
    recorder.add({ kind: "says", lease, verb });
    link.send(client.settle(id, queue, [verb, seq, lease]));
  }
}

/** What is said of a job, of 40 times: most are done. */
function verbOf(roll: number): "fail" | "release" | "ack" {
  if (roll < 3) return "fail";
  return roll < 5 ? "release" : "ack";
}
