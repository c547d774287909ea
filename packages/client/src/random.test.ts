// Random orders of what an application, a network and an honest hub can do.

import type { Granted, SubscribeOutcome } from "@fanwire/protocol";
import { framesOf, type WireFrame } from "@fanwire/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Gap } from "./core/gap.ts";
import { Bench, type FakeSocket, hub, turn } from "./fake-hub.testkit.ts";
import type { Publication } from "./publication.ts";
import type { SubscribeOptions, Subscription } from "./subscription.ts";

const SUBSCRIBE = 3;
const UNSUBSCRIBE = 4;
const PUBLISH = 5;

const names = ["a", "b", "c.*", "e"];
const topicOf = (name: string): string => name.replace("*", "d");

/** What the hub keeps of each topic: all, nothing, the last four. */
const keeps: Readonly<Record<string, number>> = { a: Infinity, b: 0, "c.d": Infinity, e: 4 };

/** Reads what the client says only when it is told to, and keeps every promise of the protocol. */
class HonestHub {
  readonly #bench: Bench;
  readonly #heads = new Map<string, number>();
  #socket: FakeSocket | undefined;
  #read = 0;
  #streams = new Map<string, number>();
  #numbers = 0;
  /** Frames of replays that are not said yet, and what comes behind them, by stream. */
  #unsaid = new Map<number, Uint8Array[]>();
  /** What was published. */
  readonly happened: string[] = [];
  readonly #taken = new Map<string, number>();
  /** Grants and takes later what is asked for now. */
  isBusy = false;

  constructor(bench: Bench) {
    this.#bench = bench;
  }

  /** Welcomes the client, or answers all that it has said and goes on with replays. */
  work(framesMax = 2): void {
    const socket = this.#bench.sockets.at(-1);
    if (!socket || socket.closeCode !== undefined) return;
    if (socket !== this.#socket) return this.#accept(socket);
    for (; this.#read < socket.messages.length; this.#read++)
      for (const frame of framesOf(socket.messages[this.#read]!)) this.#answer(socket, frame);
    for (const [sub, frames] of this.#unsaid) {
      const said = frames.splice(0, framesMax);
      if (frames.length === 0) this.#unsaid.delete(sub);
      if (said.length > 0) socket.say(...said);
    }
  }

  /** Somebody publishes. */
  publish(name: string): void {
    const topic = topicOf(name);
    const offset = this.#head(topic) + 1;
    this.#heads.set(topic, offset);
    const sub = this.#streams.get(name);
    if (sub === undefined || this.#socket !== this.#bench.sockets.at(-1)) return;
    const frames = [this.#publication(name, sub, offset)];
    if (name !== topic && offset % 4 === 0) frames.push(hub.mark(sub, offset));
    const waiting = this.#unsaid.get(sub);
    if (waiting) waiting.push(...frames);
    else this.#socket?.say(...frames);
  }

  #publication(name: string, sub: number, offset: number): Uint8Array {
    const topic = topicOf(name);
    return name === topic
      ? hub.publication(sub, offset, offset)
      : hub.patternPublication(sub, topic, offset, offset);
  }

  #accept(socket: FakeSocket): void {
    this.#socket = socket;
    this.#streams = new Map();
    this.#unsaid = new Map();
    socket.welcome();
    this.#read = 1;
  }

  #answer(socket: FakeSocket, frame: WireFrame): void {
    const [op, id, what] = frame;
    if (op === PUBLISH)
      if (what === 999) socket.say(hub.refused(id as number, "unknown-alias"));
      else this.#take(socket, frame);
    else if (op === SUBSCRIBE) {
      const asked = what as readonly (readonly [string, unknown])[];
      socket.say(
        hub.granted(id as number, ...asked.map(([name, from]) => this.#grant(name, from))),
      );
    } else if (op === UNSUBSCRIBE) {
      for (const name of what as readonly string[]) {
        this.#unsaid.delete(this.#streams.get(name)!);
        this.#streams.delete(name);
      }
      socket.say(hub.ok(id as number));
    }
  }

  /** Takes what it can take, says again what it has taken, and refuses the rest for now. */
  #take(socket: FakeSocket, [, id, to, options, , , payload]: WireFrame): void {
    const topic = to as string;
    const own = (options as Map<string, unknown> | null)?.get("id") as
      | readonly number[]
      | undefined;
    const last = this.#taken.get(topic) ?? 0;
    if (this.isBusy && id !== 0) return socket.say(hub.refused(id as number, "rate-limited", 100));
    const isNew = !own || own[1] === Math.max(last + 1, own[2]!);
    if (!isNew && own[1]! > last) return socket.say(hub.refused(id as number, "out-of-order", 100));
    if (isNew) this.happened.push(`${topic} ${(payload as Uint8Array).join(",")}`);
    if (isNew && own) this.#taken.set(topic, own[1]!);
    if (id !== 0)
      socket.say(hub.published(id as number, { alias: 999, duplicate: !isNew, offset: null }));
  }

  #grant(name: string, from: unknown): Partial<Granted> | SubscribeOutcome {
    if (this.isBusy) return { granted: false, code: 300, text: "Later.", retryAfterMs: 100 };
    const topic = topicOf(name);
    const known = this.#streams.get(name);
    const sub = known ?? ++this.#numbers;
    this.#streams.set(name, sub);
    const head = this.#head(topic);
    const first = Math.max(1, head + 1 - keeps[topic]!);
    const isPattern = name !== topic;
    let at = head;
    if (typeof from === "number") at = Math.max(first - 1, head - from);
    else if (isPattern && from) at = this.#after(from as readonly unknown[]);
    else if (from) at = (from as readonly number[])[0] === 0 ? first - 1 : (from as number[])[1]!;
    const place = isPattern ? { epoch: null, head: null } : { epoch: 5, head };
    if (from === null && known !== undefined) return { sub, ...place };
    this.#unsaid.delete(sub);
    if (at === head) return { sub, ...place, mark: isPattern ? Uint8Array.of(head) : null };
    const frames: Uint8Array[] = [];
    const missed = first - 1 - at;
    if (missed > 0) frames.push(hub.gap(sub, { epoch: 5, next: first, missed, reason: 1 }));
    for (let offset = Math.max(at + 1, first); offset <= head; offset++)
      frames.push(this.#publication(name, sub, offset));
    frames.push(
      hub.caughtUp(sub, isPattern ? { mark: Uint8Array.of(head) } : { epoch: 5, offset: head }),
    );
    this.#unsaid.set(sub, frames);
    return { sub, ...place, replay: missed > 0 ? 2 : 1 };
  }

  /** A mark is the head of the one topic; the client may have had more of it. */
  #after([mark, , , offset]: readonly unknown[]): number {
    const reached = (mark as Uint8Array)[0]!;
    // as if the hub did not look at what stands beside the mark, sometimes
    return reached % 8 === 0 ? reached : Math.max(reached, (offset as number | undefined) ?? 0);
  }

  #head(topic: string): number {
    return this.#heads.get(topic) ?? 0;
  }
}

/** A listener that notes what it should not be told. */
class Witness {
  readonly subscription: Subscription<unknown>;
  readonly #name: string;
  /** The application fetches state: what is delivered need not begin where the last ended. */
  readonly #hasState: boolean;
  /** It begins with the state, which is none here. */
  readonly #isState: boolean;
  readonly #faults: string[];
  readonly #inside: (offset: number) => void;
  #isOver = false;
  /** The offset that comes next; undefined: any. */
  #next: number | undefined;

  /** `inside` is called within each delivery. */
  constructor(
    bench: Bench,
    name: string,
    options: SubscribeOptions,
    faults: string[],
    inside: (offset: number) => void,
  ) {
    this.#name = name;
    this.#hasState = options.resync !== undefined;
    this.#isState = options.from === "state";
    this.#faults = faults;
    this.#inside = inside;
    const topic = bench.client.topic(name);
    this.subscription = topic.subscribe((publication) => this.#deliver(publication), {
      ...options,
      resync: options.resync && this.#fetch,
    });
    if (name === "a" && options.from === "start") this.#next = 1;
    this.subscription.on("gap", (gap) => this.#gap(gap));
    this.subscription.on("interrupted", () => this.#must(!this.#isOver, "interrupted late"));
    this.subscription.on("ended", () => this.#must(this.#isOver, "ended by itself"));
  }

  mustBeLive(): void {
    const state = this.subscription.state.get();
    this.#must(this.#isOver || state === "live", `${state} in the end`);
  }

  leave(): void {
    this.#isOver = true;
    this.subscription.unsubscribe();
  }

  #must(holds: boolean, fault: string): void {
    if (!holds) this.#faults.push(fault);
  }

  #deliver({ data, position }: Publication): void {
    const offset = data as number;
    const at = this.subscription.position;
    this.#must(!this.#isOver, "delivered late");
    this.#must(this.#next === undefined || offset === this.#next, `lost before ${offset}`);
    const isAny = at === undefined || this.#hasState || this.#name === "c.*";
    const isBehind = isAny || at === `5:${offset - 1}`;
    this.#must(isBehind, `at ${at} when ${offset} came`);
    this.#must(position === `5:${offset}`, `${position} is not that of ${offset}`);
    this.#next = offset + 1;
    this.#inside(offset);
  }

  /** Whatever is behind it, it has. */
  readonly #fetch = (): Promise<undefined> => {
    this.#must(!this.#isOver, "resync late");
    this.#next = undefined;
    return Promise.resolve(undefined);
  };

  #gap({ next, missed }: Gap): void {
    this.#must(!this.#isOver, "gap told late");
    this.#must(keeps[topicOf(this.#name)]! < Infinity, `gap of ${this.#name}`);
    const offset = next && Number(next.split(":")[1]);
    if (offset && this.#next) this.#must(missed === offset - this.#next, `${missed} missed`);
    // a state comes anew, from wherever it is then
    this.#next = this.#isState ? undefined : offset || undefined;
  }
}

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
