// What a queue does by itself, without a wire or a disk. Run as a program it prints figures as JSON:
// `node --expose-gc … load.testkit.ts <part> <jobs> <milliseconds>`.

import { pathToFileURL } from "node:url";
import { Consumer } from "./consumer.ts";
import { defaultsFor, type QueueSettings } from "./queue-settings.ts";
import { Tails } from "./tails.ts";
import { WorkQueue } from "./work-queue.ts";

const TAIL_BYTES = 200;
const CONSUMERS = 10;
const LEASE_MS = 30_000;

/** Jobs of a slice of a tick. */
const SLICE = 500;

/** Figures of a measurement; see {@link parts}. */
export type Figures = Readonly<Record<string, number>>;

/** What is measured, each in a process of its own. */
export const parts = {
  /** Jobs that are sent, given out and acknowledged, one after the other: a second of processor time. */
  cycle: (_size: number, ms: number): Figures => {
    const queue = new QueueUnderLoad(CONSUMERS, 64);
    queue.cycle(ms / 2);
    return { perCpuSecond: queue.cycle(ms) };
  },
  /** With so many jobs waiting: what a job takes in memory beyond its tail, and how long an operation takes at most, 999 times of 1,000. */
  backlog: (size: number, ms: number): Figures => {
    const queue = new QueueUnderLoad(0, 0);
    const before = collected();
    queue.fill(size);
    const after = collected();
    const each = (bytes: number): number => bytes / size - TAIL_BYTES;
    queue.join(CONSUMERS, 64);
    queue.cycle(ms / 2);
    return {
      bytesPerJob: each(after.rss - before.rss),
      heapPerJob: each(after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers),
      p999Ms: queue.slowest(ms),
      perCpuSecond: queue.cycle(ms),
    };
  },
  /** The longest slice of a tick while so many leases run out at once, in milliseconds of its thread. */
  leases: (size: number): Figures => {
    new QueueUnderLoad(size / 1000, 100).runOut(size / 10);
    return { sliceMs: new QueueUnderLoad(size / 100, 100).runOut(size) };
  },
} as const;

class QueueUnderLoad {
  readonly #queue: WorkQueue<number>;
  readonly #tails = new Tails();
  readonly #bytes = new Uint8Array(TAIL_BYTES);
  #lease = 2 ** 32;

  constructor(consumers: number, credit: number, settings: Partial<QueueSettings> = {}) {
    const listener = {
      lost: () => {},
      failed: () => {},
      dead: () => "stays" as const,
      expired: () => {},
      activeChanged: () => {},
    };
    const all = { ...defaultsFor("q"), jobsMax: 10_000_000, bytesMax: 1e12, ...settings };
    this.#queue = new WorkQueue("q", all, listener, 1, performance.now());
    this.join(consumers, credit);
  }

  join(consumers: number, credit: number): void {
    for (let i = 0; i < consumers; i++) this.#queue.addConsumer(new Consumer(i, credit, credit));
  }

  fill(jobs: number): void {
    for (let i = 0; i < jobs; i++) this.#send(i, performance.now());
  }

  /** Sends, gives out and acknowledges. Returns how often, a second of processor time. */
  cycle(ms: number): number {
    const begun = process.cpuUsage();
    const end = performance.now() + ms;
    let count = 0;
    for (let now = performance.now(); now < end; now = performance.now(), count++) {
      this.#send(count, now);
      this.#take(now);
    }
    const { user, system } = process.cpuUsage(begun);
    return (count * 1e6) / (user + system);
  }

  /** The 99.9th percentile of single operations, in milliseconds. */
  slowest(ms: number): number {
    const times: number[] = [];
    const end = performance.now() + ms;
    for (let now = performance.now(), i = 0; now < end; i++) {
      if (i % 2 === 0) this.#send(i, now);
      else this.#take(now);
      const after = performance.now();
      times.push(after - now);
      now = after;
    }
    return times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.999)]!;
  }

  /** The longest slice while all leases run out at once, in milliseconds of this thread. */
  runOut(leases: number): number {
    const now = performance.now();
    this.fill(leases);
    for (let i = 0; i < leases; i++) this.#queue.give(now, ++this.#lease);
    let longest = 0;
    for (let isMore = true; isMore;) {
      const begun = process.threadCpuUsage();
      isMore = this.#queue.tick(now + LEASE_MS, SLICE);
      const { user, system } = process.threadCpuUsage(begun);
      longest = Math.max(longest, (user + system) / 1000);
    }
    return longest;
  }

  #send(i: number, now: number): void {
    const none = { id: null, group: null, origin: null, notBefore: -Infinity };
    const tail = this.#tails.keep(this.#bytes);
    const draft = {
      ...none,
      sender: "s",
      priority: i % 10,
      sentAt: now,
      expiresAt: Infinity,
      tail,
    };
    this.#queue.add(draft, 0, now, true);
  }

  #take(now: number): void {
    if (!this.#queue.canGive(now)) return;
    const { seq } = this.#queue.give(now, ++this.#lease)!;
    const job = this.#queue.check(seq, this.#lease, "ack", now);
    if (typeof job !== "string") this.#queue.ack(job, now, null);
  }
}

function collected(): NodeJS.MemoryUsage {
  for (let i = 0; i < 3; i++) globalThis.gc?.();
  return process.memoryUsage();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const [part = "cycle", size = "1000000", ms = "2000"] = process.argv.slice(2);
  console.log(JSON.stringify(parts[part as keyof typeof parts](Number(size), Number(ms))));
}
