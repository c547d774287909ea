// A worker of the world of jobs: it takes jobs of several queues, says all that can be said of them, in time and late, twice, and of what
// is not its own, and is cut off and goes on.

import { down, type EnvelopeValue } from "@fanwire/protocol";
import { client, type SeededRandom, type WireFrame } from "@fanwire/testkit";
import type { TestClient } from "../hub.testkit.ts";
import type { LiveSession } from "../session.ts";
import { keyOf } from "./job-disk.testkit.ts";
import type { Held, Ledger, Taking, WorldTime } from "./job-ledger.testkit.ts";
import type { QueueKind } from "./job-queues.testkit.ts";
import { numberIn } from "./payload.testkit.ts";
import type { Tell } from "./places.testkit.ts";

export type Said = "ack" | "fail" | "reject" | "release" | "touch" | "progress";

/** What is said of a job, and what the answer must be: done; lease-lost; or something. */
interface Saying {
  readonly verb: Said;
  readonly held: Held;
  readonly must: "done" | "lost" | null;
  readonly wasOpen: boolean;
  readonly saidAt: number;
  readonly number: number | null;
}

type Asked =
  | { readonly what: "consume"; readonly taking: Taking }
  | { readonly what: "settle"; readonly sayings: readonly Saying[] };

/** What a worker needs of its world. */
export interface WorkPlace {
  readonly random: SeededRandom;
  readonly time: WorldTime;
  readonly ledger: Ledger;
  readonly tell: Tell;
}

const LEASE_LOST = 403;
const STORAGE_FULL = 305;

/** What ends a job for who holds it. */
const FINAL: ReadonlySet<Said> = new Set(["ack", "fail", "reject"]);

export class JobWorker {
  readonly name: string;
  c: TestClient | null = null;
  /** Its token is not as good as it was. */
  isLimited = false;
  /** Those that it has of the connection, by number. */
  readonly takings: Map<number, Taking> = new Map();
  /** All jobs that it ever had. */
  readonly past: Held[] = [];
  /** What it went on with and has no consumer of. */
  #adopted: Taking[] = [];
  #gone: { readonly session: string; readonly takings: readonly Taking[]; at: number } | null =
    null;
  readonly #asked = new Map<number, Asked>();
  readonly #place: WorkPlace;
  #session = "";
  #id = 0;
  /** Leases that it was told to be over. */
  readonly #lost = new Set<number>();

  constructor(name: string, place: WorkPlace) {
    this.name = name;
    this.#place = place;
  }

  /** What it holds, as far as it knows. */
  get held(): Held[] {
    return [...this.takings.values(), ...this.#adopted].flatMap(({ held }) => held);
  }

  consumes(kind: QueueKind): boolean {
    return [...this.takings.values()].some((taking) => taking.kind === kind);
  }

  join(c: TestClient): void {
    this.c = c;
    this.isLimited = false;
    this.#session = (c.session as LiveSession).id;
    this.#gone = null;
  }

  /** Goes on with its session, over a connection that `open` opens. */
  resume(open: (session: string) => TestClient): void {
    const { now } = this.#place.time;
    if (this.c !== null) this.#leave(this.#place.time.now);
    const gone = this.#gone;
    if (gone === null) return;
    this.join(open(gone.session));
    for (const taking of gone.takings) {
      const isKept = now < gone.at + taking.kind.resumeMs;
      for (const held of taking.held.slice())
        if (this.#place.ledger.isOpen(held)) held.goneAt = Infinity;
        // it may have it still, and lose it
        else this.#place.ledger.end(held, true);
      if (isKept && taking.held.length > 0) this.#adopted.push(taking);
    }
  }

  cut(): void {
    const { c } = this;
    if (c === null) return;
    this.#leave(this.#place.time.now);
    c.disconnect();
  }

  /** The hub has closed the connection, or is gone. */
  closed(): void {
    if (this.c !== null) this.#leave(this.#place.time.now);
  }

  /** The process of the hub is gone, and all that it knew of sessions. */
  lost(): void {
    this.closed();
    this.#gone = null;
  }

  consume(kind: QueueKind, concurrency: number, credit: number, pull: number): void {
    const taking: Taking = {
      kind,
      worker: this.name,
      concurrency,
      credit,
      quota: pull > 0 ? pull : Infinity,
      held: [],
      mayHoldMore: false,
    };
    const options: Record<string, EnvelopeValue> = { concurrency, credit };
    if (pull > 0) Object.assign(options, { pull, waitMs: this.#place.random.of([0, 3000]) });
    const id = ++this.#id;
    this.#asked.set(id, { what: "consume", taking });
    this.c!.send(client.consume(id, kind.name, options));
  }

  setCredit(number: number, credit: number): void {
    this.takings.get(number)!.credit = credit;
    this.c!.send(client.credit(++this.#id, number, credit));
  }

  cancel(number: number, isReleased: boolean): void {
    const taking = this.takings.get(number)!;
    this.takings.delete(number);
    if (isReleased) this.#giveUp(taking);
    // what was acked and could not be stored is held again
    this.#adopted.push(taking);
    this.c!.send(client.cancel(++this.#id, number, isReleased));
  }

  /** Its right to take jobs of all queues but some is withdrawn. */
  stopped(isAllowed: (kind: QueueKind) => boolean): void {
    this.isLimited = true;
    for (const [number, taking] of this.takings)
      if (!isAllowed(taking.kind)) {
        this.#giveUp(taking);
        this.takings.delete(number);
        this.#adopted.push(taking);
      }
    for (const taking of this.#adopted) if (!isAllowed(taking.kind)) this.#giveUp(taking);
  }

  /** Says something of jobs of one queue. */
  settle(verb: Said, all: readonly Held[], number: number | null = null): void {
    const [first] = all;
    if (first === undefined || this.c === null) return;
    const id = ++this.#id;
    const sayings = all.map((held) => this.#saying(verb, held, number));
    this.#asked.set(id, { what: "settle", sayings });
    for (const saying of sayings) this.#act(saying);
    this.c.send(
      client.settle(
        id,
        first.kind.name,
        ...all.map(
          ({ seq, lease }) => [verb, seq, lease, verb === "progress" ? 5000 : number] as const,
        ),
      ),
    );
  }

  /** An answer; those that open consumers come before what these are given. */
  hear([op, id, what]: WireFrame): void {
    if (op !== down.OK && op !== down.REFUSED) return;
    const asked = this.#asked.get(id as number);
    this.#asked.delete(id as number);
    if (asked === undefined) return;
    if (asked.what === "settle") {
      if (op === down.OK) this.#verdicts(asked.sayings, what as readonly number[]);
      else this.#undecided(asked.sayings);
    } else if (op === down.OK) this.takings.set(what as number, asked.taking);
  }

  /** A pull is over with its answer; what it was given stays. */
  endPulls(): void {
    for (const [number, taking] of this.takings) {
      if (taking.quota === Infinity) continue;
      this.takings.delete(number);
      this.#adopted.push(taking);
    }
  }

  /** A job. */
  get([, consumer, seq, lease, attempt, , , , , payload, info]: WireFrame): void {
    const { ledger, time, tell } = this.#place;
    const taking = this.takings.get(consumer as number);
    // it came just before the right was withdrawn
    if (taking === undefined && this.#lost.has(lease as number)) return;
    if (taking === undefined) {
      tell("no-right", `${this.name} gets a job as ${consumer as number}, which it is not`);
      return;
    }
    const { kind } = taking;
    const held: Held = {
      key: keyOf(kind.name, seq as number),
      kind,
      seq: seq as number,
      payload: numberIn((payload as Uint8Array).slice()) ?? -1,
      lease: lease as number,
      run: time.stamp.run,
      taking,
      dueAt: time.now + kind.leaseMs,
      hardAt: time.now + kind.maxProcessingMs,
      isStarted: false,
      isReopened: false,
      goneAt: Infinity,
      state: "open",
    };
    this.past.push(held);
    ledger.give(held, attempt as number, (info as Map<string, unknown> | null)?.get("id"));
  }

  /** A lease is lost. */
  loses(lease: number): void {
    this.#lost.add(lease);
    const held = this.held.find((other) => other.lease === lease);
    if (held !== undefined) this.#place.ledger.end(held, held.isStarted);
  }

  #giveUp({ held }: Taking): void {
    const { ledger, time } = this.#place;
    // it may have run out before
    for (const one of held.slice())
      ledger.end(one, one.isStarted && time.now >= Math.min(one.dueAt, one.hardAt));
  }

  #leave(at: number): void {
    const { ledger } = this.#place;
    const takings = [...this.takings.values(), ...this.#adopted];
    for (const held of takings.flatMap((taking) => taking.held)) {
      held.goneAt = at;
      if (held.isStarted) ledger.mayCount(held);
    }
    for (const asked of this.#asked.values())
      if (asked.what === "settle") this.#undecided(asked.sayings);
    this.#asked.clear();
    this.takings.clear();
    this.#adopted = [];
    this.#gone = { session: this.#session, takings, at };
    this.c = null;
  }

  /** What became of it nobody knows. */
  #undecided(sayings: readonly Saying[]): void {
    for (const { held, wasOpen } of sayings) {
      if (held.state === "acking") held.state = "over";
      // it may be held again, and lost then
      if (!wasOpen) continue;
      held.taking.mayHoldMore = true;
      this.#place.ledger.mayCount(held);
    }
  }

  #saying(verb: Said, held: Held, number: number | null): Saying {
    const { ledger, time } = this.#place;
    // in another queue it is another job
    const other = ledger.holderOf(held);
    const holder = other?.key === held.key ? other : undefined;
    const isIts = holder === held && this.held.includes(held);
    const isOver = held.run !== time.stamp.run || time.now >= held.dueAt;
    const must = isIts
      ? "done"
      : holder !== undefined || (isOver && !FINAL.has(verb))
        ? "lost"
        : null;
    return { verb, held, must, wasOpen: isIts, saidAt: time.now, number };
  }

  #act({ verb, held, wasOpen, number, must }: Saying): void {
    const { ledger, time } = this.#place;
    if (verb === "fail") ledger.mayCount(held);
    if (verb === "ack") ledger.saysDone(held);
    if (wasOpen && verb === "touch") held.dueAt = time.now + (number ?? held.kind.leaseMs);
    else if (wasOpen && verb !== "progress")
      ledger.end(held, false, verb === "ack" && held.kind.isDurable ? "acking" : "over");
    // it may hold, but that is not sure; what it says it has done it had begun
    else if (must === null && held.state === "open")
      ledger.end(held, held.isStarted || FINAL.has(verb));
  }

  #verdicts(sayings: readonly Saying[], codes: readonly number[]): void {
    const { ledger, tell } = this.#place;
    for (const [i, { verb, held, must, wasOpen, saidAt, number }] of sayings.entries()) {
      const code = codes[i]!;
      const isStored = code !== STORAGE_FULL || !held.kind.isDurable || !FINAL.has(verb);
      const isWrong = must === "done" ? code !== 0 && isStored : must === "lost" && code === 0;
      if (isWrong) tell("wrong-verdict", `${verb} of ${held.key} by ${this.name} is ${code}`);
      if (must === "lost" && code !== LEASE_LOST && code !== 0)
        tell("wrong-verdict", `${verb} of ${held.key} by ${this.name} is ${code}`);
      if (held.state === "acking") held.state = "over";
      if (code === 0 && verb === "touch")
        held.dueAt = Math.max(held.dueAt, saidAt + (number ?? held.kind.leaseMs));
      if (code === 0 && verb === "ack") ledger.acked(held);
      if (code === 0 && verb === "fail" && must === "done")
        ledger.failed(held, saidAt, number ?? held.kind.backoffMs * 0.8);
      if (!wasOpen || code !== STORAGE_FULL) continue;
      // a failure may have been the last
      if (verb === "ack") ledger.reopen(held);
      else held.taking.mayHoldMore = true;
    }
  }
}
