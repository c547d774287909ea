// What the application and the platform do in their own time (tokens, state, a store, the turns of a loop), in any order, while links
// come and go.

import { getEventListeners } from "node:events";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Bench, hub, turn } from "./fake-hub.testkit.ts";
import { HonestHub, names, Witness } from "./honest-hub.testkit.ts";
import type { OutboxEntry, OutboxStore } from "./outbox.ts";
import type { SubscribeOptions } from "./subscription.ts";

type Act =
  | { readonly act: "push" | "pull"; readonly name: string; readonly kind: number }
  | { readonly act: "leave"; readonly which: number }
  | { readonly act: "publish" | "happens"; readonly name: string }
  | { readonly act: "pass"; readonly ms: number }
  | { readonly act: "work" | "cut" | "reconnect" | "moving" | "sleep" };

const named = (act: "publish" | "happens"): fc.Arbitrary<Act> =>
  fc.record({ act: fc.constant(act), name: fc.constantFrom("a", "b", "e") });

const acts: fc.Arbitrary<Act> = fc.oneof(
  fc.record({
    act: fc.constantFrom("push" as const, "pull" as const),
    name: fc.constantFrom(...names),
    kind: fc.nat(3),
  }),
  fc.record({ act: fc.constant("leave" as const), which: fc.nat(5) }),
  { weight: 2, arbitrary: named("publish") },
  { weight: 4, arbitrary: named("happens") },
  fc.record({ act: fc.constant("pass" as const), ms: fc.constantFrom(0, 250, 3000) }),
  {
    weight: 5,
    arbitrary: fc.record({
      act: fc.constantFrom(
        "work" as const,
        "work" as const,
        "work" as const,
        "cut" as const,
        "reconnect" as const,
        "moving" as const,
        "sleep" as const,
      ),
    }),
  },
);

/** A store whose answers come when they come, in the order in which it was asked. */
class SlowStore implements OutboxStore {
  readonly #scheduler: fc.Scheduler;
  #entries: OutboxEntry[] = [];
  #last: Promise<unknown> = Promise.resolve();

  constructor(scheduler: fc.Scheduler) {
    this.#scheduler = scheduler;
  }

  get size(): number {
    return this.#entries.length;
  }

  async open(): Promise<void> {
    await this.#answer("open");
  }

  async put(entry: OutboxEntry): Promise<void> {
    await this.#answer("put");
    this.#entries.push(entry);
  }

  async remove(entry: OutboxEntry): Promise<void> {
    await this.#answer("remove");
    this.#entries = this.#entries.filter((kept) => kept !== entry);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #answer(label: string): Promise<unknown> {
    const before = this.#last;
    return (this.#last = this.#scheduler.schedule(Promise.resolve(), label).then(() => before));
  }
}

class World {
  readonly faults: string[] = [];
  readonly store: SlowStore;
  readonly bench: Bench;
  readonly hub: HonestHub;
  readonly published: Promise<string>[] = [];
  /** Of every wait, every subscription, every hook. */
  readonly signal: AbortSignal = new AbortController().signal;
  readonly #scheduler: fc.Scheduler;
  readonly #witnesses: Witness[] = [];
  readonly #loops: { readonly done: Promise<void>; readonly leave: () => void }[] = [];

  constructor(scheduler: fc.Scheduler) {
    this.#scheduler = scheduler;
    this.store = new SlowStore(scheduler);
    this.bench = new Bench({
      idleMs: 5000,
      token: ({ signal }) => this.#fetch("token", signal).then(() => "t"),
      outbox: { store: this.store, ttlMs: Infinity },
      onDiagnostic: ({ kind, error }) => {
        if (kind !== "refused") this.faults.push(`${kind} ${String(error)}`);
      },
    });
    this.hub = new HonestHub(this.bench);
    this.hub.tokenMs = 40_000;
  }

  async do(act: Act): Promise<void> {
    const { bench, signal } = this;
    await turn();
    switch (act.act) {
      case "push":
        this.#push(act.name, act.kind);
        break;
      case "pull":
        this.#loops.push(this.#pull(act.name));
        break;
      case "leave":
        this.#witnesses[act.which]?.leave();
        this.#loops[act.which]?.leave();
        break;
      case "publish":
        this.published.push(
          bench.client
            .topic(act.name)
            .publish(this.published.length, { signal })
            .then(
              ({ level }) => level,
              ({ code }) => code,
            ),
        );
        break;
      case "happens":
        this.hub.publish(act.name);
        break;
      case "pass":
        await bench.clock.pass(act.ms);
        break;
      case "work":
        this.hub.work();
        break;
      case "cut":
        bench.sockets.at(-1)?.end(1006);
        break;
      case "reconnect":
        bench.client.reconnect();
        break;
      case "moving":
        bench.sockets.at(-1)?.say(hub.moving(500));
        break;
      case "sleep":
        bench.clock.sleep(90_000);
    }
  }

  /** In the end the hub is there, and everything that was begun ends. */
  async end(): Promise<void> {
    await this.#settle(60);
    for (const witness of this.#witnesses) witness.mustBeLive();
    for (const witness of this.#witnesses) witness.leave();
    for (const { leave } of this.#loops) leave();
    await this.#settle(3);
    await Promise.all(this.#loops.map(({ done }) => done));
    if (this.hub.streams > 0) this.faults.push(`${this.hub.streams} streams are left`);
    const closed = this.bench.client.close();
    await this.#settle(11);
    await closed;
  }

  async #settle(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      await this.#scheduler.waitIdle();
      await this.bench.clock.pass(1000);
      this.hub.work(Infinity);
      this.bench.sockets.at(-1)?.say(hub.ping(1));
    }
    await this.#scheduler.waitIdle();
    await turn();
  }

  async #fetch(label: string, signal: AbortSignal): Promise<void> {
    await this.#scheduler.schedule(Promise.resolve(), label);
    signal.throwIfAborted();
  }

  #push(name: string, kind: number): void {
    const resync: SubscribeOptions["resync"] = async ({ signal }) => {
      await this.#fetch("resync", signal);
      return undefined;
    };
    const options = [{}, { from: "start" as const }, { resync }, { lingerMs: 0 }][kind]!;
    const asked = name === "c.*" && "from" in options ? {} : options;
    const { signal } = this;
    this.#witnesses.push(
      new Witness(this.bench, name, { ...asked, signal }, this.faults, (offset) => {
        if (offset % 5 === 0) this.#witnesses[offset % 4]?.leave();
        if (offset % 7 === 0) this.#push(name, kind % 2 ? 3 : 0);
      }),
    );
  }

  /** A loop that takes its time with each, and notes what comes out of order, and positions that are ahead of it. */
  #pull(name: string): { done: Promise<void>; leave: () => void } {
    const subscription = this.bench.client.topic<number>(name).subscribe({ signal: this.signal });
    subscription.on("gap", () => {}, { signal: this.signal });
    let last = 0;
    let isOver = false;
    const run = async (): Promise<void> => {
      for await (const { data, position } of subscription) {
        if (isOver) this.faults.push("pulled late");
        if (data <= last) this.faults.push(`${data} behind ${last}`);
        last = data;
        const before = subscription.position;
        await this.#scheduler.schedule(Promise.resolve(), "turn of a loop");
        if (name !== "c.*" && before !== position)
          this.faults.push(`at ${before}, not ${position}`);
        if (name !== "c.*" && subscription.position !== position)
          this.faults.push(`${subscription.position} before the loop has had it`);
      }
    };
    return {
      done: run(),
      leave: () => {
        isOver = true;
        subscription.unsubscribe();
      },
    };
  }
}

test("D21 in any order in which tokens, states, stores and loops go on nothing comes late or is left over", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(acts, { maxLength: 60, size: "max" }),
      async (scheduler, list) => {
        const world = new World(scheduler);
        const { bench, faults, store, signal, published } = world;
        const steps = list.map((act) => ({ label: act.act, builder: () => world.do(act) }));
        const { task } = scheduler.scheduleSequence(steps);
        await scheduler.waitFor(task);
        await world.end();
        expect(faults).toEqual([]);
        const { happened } = world.hub;
        expect(happened.filter((one, i) => happened.indexOf(one) !== i)).toEqual([]);
        const outcomes = await Promise.all(published);
        expect(outcomes.filter((outcome) => outcome !== "received")).toEqual([]);
        expect(happened).toHaveLength(published.length);
        expect([bench.clock.timers.size, bench.client.pending, store.size]).toEqual([0, 0, 0]);
        expect(getEventListeners(signal, "abort")).toEqual([]);
      },
    ),
    { numRuns: 100 },
  );
});
