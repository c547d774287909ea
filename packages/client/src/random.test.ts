// Random orders of what an application, a network and an honest hub can do.

import fc from "fast-check";
import { expect, test } from "vitest";
import { Bench, hub, turn } from "./fake-hub.testkit.ts";
import { HonestHub, names, Witness } from "./honest-hub.testkit.ts";
import type { SubscribeOptions } from "./subscription.ts";

type Act =
  | { readonly act: "subscribe"; readonly name: string; readonly options: SubscribeOptions }
  | { readonly act: "unsubscribe"; readonly which: number }
  | { readonly act: "publish"; readonly name: string; readonly confirm: "none" | "received" }
  | { readonly act: "happens"; readonly name: string }
  | { readonly act: "pass"; readonly ms: number }
  | { readonly act: "cut"; readonly code: number }
  | { readonly act: "work" | "turn" | "reconnect" | "sleep" | "moving" | "ping" | "late" | "busy" };

const often = <T>(weight: number, arbitrary: fc.Arbitrary<T>): fc.WeightedArbitrary<T> => ({
  weight,
  arbitrary,
});

const acts: fc.Arbitrary<Act> = fc.oneof(
  often(
    3,
    fc.record({
      act: fc.constant("subscribe" as const),
      name: fc.constantFrom(...names),
      options: fc.constantFrom<SubscribeOptions[]>(
        { lingerMs: 0 },
        {},
        { from: "start" },
        { from: "state" },
        { from: { last: 3 }, lingerMs: 0 },
        { rate: { everyMs: 100 } },
        { resync: () => Promise.resolve(undefined) },
      ),
    }),
  ),
  often(2, fc.record({ act: fc.constant("unsubscribe" as const), which: fc.nat(9) })),
  often(
    2,
    fc.record({
      act: fc.constant("publish" as const),
      name: fc.constantFrom("a", "b"),
      confirm: fc.constantFrom("none" as const, "received" as const),
    }),
  ),
  often(9, fc.record({ act: fc.constant("happens" as const), name: fc.constantFrom(...names) })),
  often(
    4,
    fc.record({ act: fc.constant("pass" as const), ms: fc.constantFrom(0, 1, 250, 250, 3000) }),
  ),
  often(
    1,
    fc.record({
      act: fc.constant("cut" as const),
      code: fc.constantFrom(1000, 1006, 4000, 4001),
    }),
  ),
  often(9, fc.constant({ act: "work" as const })),
  often(
    2,
    fc.record({
      act: fc.constantFrom(
        "turn" as const,
        "reconnect" as const,
        "sleep" as const,
        "moving" as const,
        "ping" as const,
        "late" as const,
        "busy" as const,
      ),
    }),
  ),
);

class World {
  readonly bench = new Bench({
    idleMs: 5000,
    onDiagnostic: ({ kind }) => {
      if (kind !== "refused") this.faults.push(kind);
    },
  });
  readonly published: Promise<string>[] = [];
  readonly faults: string[] = [];
  readonly hub: HonestHub = new HonestHub(this.bench);
  readonly #witnesses: Witness[] = [];

  async do(act: Act): Promise<void> {
    const { bench } = this;
    const socket = bench.sockets.at(-1);
    switch (act.act) {
      case "subscribe":
        this.#subscribe(act.name, act.options);
        break;
      case "unsubscribe":
        this.#witnesses[act.which]?.leave();
        break;
      case "publish":
        this.published.push(
          bench.client
            .topic(act.name)
            .publish(this.published.length, { confirm: act.confirm })
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
      case "cut":
        socket?.end(act.code);
        break;
      case "work":
        await turn();
        this.hub.work();
        break;
      case "turn":
        await turn();
        break;
      case "reconnect":
        bench.client.reconnect();
        break;
      case "sleep":
        bench.clock.sleep(90_000);
        break;
      case "moving":
        socket?.say(hub.moving(500));
        break;
      case "ping":
        socket?.say(hub.ping(1));
        break;
      case "busy":
        this.hub.isBusy = !this.hub.isBusy;
        break;
      case "late":
        for (const old of bench.sockets.slice(0, -1)) {
          old.say(hub.publication(1, 999, 999), hub.publication(2, 999, 999), hub.welcome());
          old.end(4503);
        }
        break;
    }
  }

  #subscribe(name: string, { from, ...options }: SubscribeOptions): void {
    // of what is being replayed when a state is asked for, others are told a gap, and "a" is to have none
    const hasFrom = name !== "c.*" && (name !== "a" || from !== "state");
    const asked = hasFrom ? { from, ...options } : options;
    const witness = new Witness(this.bench, name, asked, this.faults, (offset) => {
      // what handlers do while a message is read
      if (offset % 5 === 0) witness.leave();
      if (offset % 7 === 0) this.#witnesses.at(-1)!.leave();
      if (offset % 11 === 0) this.#subscribe(name, options);
      if (offset % 17 === 0) this.bench.client.reconnect();
    });
    this.#witnesses.push(witness);
  }

  /** In the end the hub is there and grants what it is asked for. */
  async end(): Promise<void> {
    this.hub.isBusy = false;
    for (let seconds = 0; seconds < 30; seconds++) {
      await this.bench.clock.pass(1000);
      this.hub.work(Infinity);
      await this.do({ act: "ping" });
    }
    for (const witness of this.#witnesses) witness.mustBeLive();
    for (const witness of this.#witnesses) witness.leave();
    const closed = this.bench.client.close();
    await this.bench.clock.pass(10_000);
    await closed;
  }
}

test("D21 in any order of events nothing throws, is lost silently, comes late, or is left over", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(acts, { maxLength: 150, size: "max" }), async (list) => {
      const world = new World();
      await list.reduce((before, act) => before.then(() => world.do(act)), Promise.resolve());
      await world.end();
      const outcomes = await Promise.all(world.published);
      const { bench, faults } = world;
      const endings = new Set(["received", "none", "timeout", "unknown-outcome", "closed"]);
      expect(faults).toEqual([]);
      const { happened } = world.hub;
      expect(happened.filter((one, i) => happened.indexOf(one) !== i)).toEqual([]);
      const confirmed = outcomes.flatMap((outcome, n) => (outcome === "received" ? [n] : []));
      const taken = new Set(
        happened.map((one) => Number(one.split(" ")[1]!.replace(/^204,/u, ""))),
      );
      expect(confirmed.filter((n) => !taken.has(n))).toEqual([]);
      expect(outcomes.filter((outcome) => !endings.has(outcome))).toEqual([]);
      expect(bench.client.status.get().state).toBe("closed");
      expect([bench.clock.timers.size, bench.client.pending]).toEqual([0, 0]);
    }),
    { numRuns: 300 },
  );
});
