// Random orders of what an application, a network and an honest hub can do with one queue.

import { framesOf, type WireFrame } from "@fanwire/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type FakeSocket, hub, turn } from "../fake-hub.testkit.ts";
import { Fatal, Release } from "./outcomes.ts";
import { jobs, op, QueueBench, recordOf } from "./queue-hub.testkit.ts";
import type { Worker, WorkerJob } from "./working.ts";

const LEASE_LOST = 403;
const RATE_LIMITED = 300;

/** A job at the hub. */
interface Kept {
  readonly seq: number;
  readonly id: string;
  state: "ready" | "leased" | "done" | "dead";
  lease: number;
  attempt: number;
}

/** Keeps every promise of the protocol, and reads what the client says only when it is told to. */
class HonestQueue {
  readonly bench: QueueBench;
  readonly kept: Kept[] = [];
  isBusy = false;
  #socket: FakeSocket | undefined;
  #read = 0;
  #consumers = new Map<number, number>();
  #numbers = 0;
  #leases = 0;

  constructor(bench: QueueBench) {
    this.bench = bench;
  }

  work(): void {
    const socket = this.bench.sockets.at(-1);
    if (!socket || socket.closeCode !== undefined) return;
    if (socket !== this.#socket) return this.#accept(socket);
    for (; this.#read < socket.messages.length; this.#read++)
      for (const frame of framesOf(socket.messages[this.#read]!)) this.#answer(socket, frame);
    for (const [consumer, credit] of this.#consumers) this.#give(socket, consumer, credit);
  }

  /** A lease runs out. `isTold`: the worker hears of it. */
  expire(which: number, isTold: boolean): void {
    const leased = this.kept.filter(({ state }) => state === "leased");
    const job = leased[which % leased.length];
    if (!job) return;
    job.state = "ready";
    if (!isTold || this.#socket !== this.bench.sockets.at(-1)) return;
    const [consumer] = this.#consumers.keys();
    this.#socket?.say(jobs.lost(consumer ?? 1, job.seq, "lease-lost", job.lease));
  }

  #accept(socket: FakeSocket): void {
    this.#socket = socket;
    this.#consumers = new Map();
    socket.welcome();
    this.#read = 1;
  }

  #give(socket: FakeSocket, consumer: number, credit: number): void {
    let held = this.kept.filter(({ state }) => state === "leased").length;
    for (const job of this.kept) {
      if (job.state !== "ready" || held >= credit) continue;
      held++;
      job.state = "leased";
      job.lease = ++this.#leases;
      const { seq, lease } = job;
      const attempt = ++job.attempt;
      socket.say(jobs.delivery(consumer, seq, { lease, attempt, info: { id: job.id } }));
    }
  }

  #answer(socket: FakeSocket, [opcode, id, ...rest]: WireFrame): void {
    const n = id as number;
    if (opcode === op.SEND) this.#send(socket, n, recordOf(rest[1])["id"] as string);
    else if (opcode === op.CONSUME) {
      if (this.isBusy) return socket.say(hub.refused(n, "rate-limited", 100));
      const consumer = ++this.#numbers;
      this.#consumers.set(consumer, 4);
      socket.say(jobs.granted(n, { consumer }));
    } else if (opcode === op.CANCEL) {
      this.#consumers.delete(rest[0] as number);
      socket.say(hub.ok(n));
    } else if (opcode === op.SETTLE) {
      const rows = rest[1] as readonly (readonly [number, number, number])[];
      socket.say(jobs.settled(n, ...rows.map((row) => this.#settle(...row))));
    }
  }

  #send(socket: FakeSocket, n: number, id: string): void {
    if (this.isBusy) return socket.say(hub.refused(n, "rate-limited", 100));
    const known = this.kept.find((job) => job.id === id);
    const seq = known?.seq ?? this.kept.length + 1;
    if (!known) this.kept.push({ seq, id, state: "ready", lease: 0, attempt: 0 });
    socket.say(jobs.sent(n, seq, !!known));
  }

  #settle(verb: number, seq: number, lease: number): number {
    const job = this.kept[seq - 1]!;
    const { state } = job;
    if (state === "done" || state === "dead") return verb === 0 ? 0 : LEASE_LOST;
    if (state === "leased" && job.lease !== lease) return LEASE_LOST;
    if (state === "ready" && (verb === 1 || verb > 3)) return LEASE_LOST;
    if (verb < 4 && this.isBusy) return RATE_LIMITED;
    if (verb === 0) job.state = "done";
    if (verb === 3) job.state = "dead";
    if (verb === 1 || verb === 2) job.state = "ready";
    return 0;
  }
}

const acts = fc.oneof(
  { weight: 4, arbitrary: fc.record({ act: fc.constant("send" as const) }) },
  { weight: 6, arbitrary: fc.record({ act: fc.constant("work" as const) }) },
  { weight: 5, arbitrary: fc.record({ act: fc.constant("end" as const), which: fc.nat(5) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constant("pass" as const),
      ms: fc.constantFrom(1, 100, 1000, 10_000, 31_000),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constant("expire" as const),
      which: fc.nat(5),
      isTold: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      act: fc.constantFrom(
        "cut" as const,
        "turn" as const,
        "reconnect" as const,
        "busy" as const,
        "close" as const,
        "drain" as const,
        "worker" as const,
        "moving" as const,
      ),
    }),
  },
);

type Act = typeof acts extends fc.Arbitrary<infer A> ? A : never;

const concurrency = 2;

class World {
  readonly bench = new QueueBench({ idleMs: 5000, onDiagnostic: () => {} });
  readonly queue: HonestQueue = new HonestQueue(this.bench);
  readonly outcomes: Promise<string>[] = [];
  readonly faults: string[] = [];
  readonly begun = new Set<string>();
  worker: Worker | undefined;
  #waiting: (() => void)[] = [];
  #handled = 0;
  isEnding = false;

  readonly #handler = ({ seq, attempt, signal }: WorkerJob): Promise<void> => {
    const key = `${seq}/${attempt}`;
    if (this.begun.has(key)) this.faults.push(`${key} has begun twice`);
    this.begun.add(key);
    if (this.worker!.running > concurrency) this.faults.push("too many at work");
    if (signal.aborted) this.faults.push(`${key} was aborted before it began`);
    const n = ++this.#handled;
    if (this.isEnding) return Promise.resolve();
    if (n % 11 === 0) throw new Error("at once");
    return new Promise((resolve, reject) => {
      this.#waiting.push(() => {
        if (n % 7 === 0) reject(new Release());
        else if (n % 5 === 0) reject(new Error("no"));
        else if (n % 13 === 0) reject(new Fatal("never"));
        else resolve();
      });
    });
  };

  begin(): void {
    this.worker ??= this.bench.q.consume(this.#handler, { concurrency });
    void this.worker.closed.then(() => (this.worker = undefined));
  }

  async do(act: Act): Promise<void> {
    const { bench, queue, worker } = this;
    const socket = bench.sockets.at(-1);
    switch (act.act) {
      case "send":
        this.outcomes.push(
          bench.q.send(this.outcomes.length).then(
            ({ id }) => id,
            ({ code }) => code as string,
          ),
        );
        break;
      case "work":
        await turn();
        return queue.work();
      case "end":
        this.#waiting.splice(act.which, 1)[0]?.();
        break;
      case "pass":
        await bench.clock.pass(act.ms);
        break;
      case "expire":
        return queue.expire(act.which, act.isTold);
      case "cut":
        return socket?.end(1006);
      case "turn":
        return turn();
      case "reconnect":
        return bench.client.reconnect();
      case "busy":
        queue.isBusy = !queue.isBusy;
        break;
      case "close":
        void worker?.close();
        break;
      case "drain":
        void worker?.drain().catch(() => {});
        break;
      case "worker":
        return this.begin();
      case "moving":
        return socket?.say(hub.moving(500));
    }
  }

  /** In the end the hub is there, and so is a worker that does what it is given. */
  async end(): Promise<void> {
    this.queue.isBusy = false;
    this.isEnding = true;
    for (let seconds = 0; seconds < 40; seconds++) {
      this.begin();
      for (const resolve of this.#waiting.splice(0)) resolve();
      await this.bench.clock.pass(1000);
      this.queue.work();
      this.bench.sockets.at(-1)?.say(hub.ping(1));
    }
    const drained = this.worker?.drain();
    for (let i = 0; i < 3; i++) {
      await turn();
      this.queue.work();
    }
    await drained;
    const closed = this.bench.client.close();
    await this.bench.clock.pass(10_000);
    await closed;
  }
}

test("QC21 in any order of events no job is lost, none begins twice under a lease, and nothing is left over", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(acts, { maxLength: 120, size: "max" }), async (list) => {
      const world = new World();
      world.begin();
      await list.reduce((before, act) => before.then(() => world.do(act)), Promise.resolve());
      await world.end();
      const ids = new Set(await Promise.all(world.outcomes));
      for (const code of ["timeout", "unknown-outcome", "closed"]) ids.delete(code);
      const { kept } = world.queue;
      expect(world.faults).toEqual([]);
      expect([...ids].filter((id) => !kept.some((job) => job.id === id))).toEqual([]);
      expect(kept.filter(({ state }) => state !== "done" && state !== "dead")).toEqual([]);
      const { bench } = world;
      expect(bench.client.status.get().state).toBe("closed");
      expect(bench.clock.timers.size).toBe(0);
    }),
    { numRuns: 200 },
  );
});
