// The two ways to load a server: as much as it takes with so many publications under way, or so many a second.

import { passed } from "../in-turn.ts";
import type { Fleet, Source } from "./fleet.ts";
import { type Ledger, NO_TOPIC } from "./ledger.ts";
import type { FloodOrder, Outcome, PaceOrder } from "./orders.ts";

/** When nothing arrives for so long although something should, it is lost; in milliseconds. */
const LOST_MS = 5000;

/** Keeps `window` publications under way: a publication is, until all its subscribers have it. */
export async function flood(fleet: Fleet, { window, ms }: FloodOrder): Promise<Outcome> {
  const { ledger } = fleet;
  const source = sourceOf(fleet);
  const run = new Run(fleet);
  const endAt = run.begun + ms;
  // what an earlier load has lost never arrives
  const lost = ledger.published - ledger.settled;
  let isScheduled = false;
  const turn = (): void => {
    isScheduled = false;
    const now = performance.now();
    const room = window - (ledger.published - ledger.settled - lost);
    if (now < endAt && room >= source.perMessage) source.publish(room, now);
  };
  ledger.onSettled = () => {
    if (!isScheduled) setImmediate(turn);
    isScheduled = true;
  };
  turn();
  await passed(ms);
  await arrived(ledger);
  ledger.onSettled = () => {};
  return run.outcome();
}

/** Publishes at a fixed rate, whatever becomes of it. `isOver`: whether to end before the time. */
export async function pace(
  fleet: Fleet,
  { perSecond, ms }: PaceOrder,
  isOver: () => boolean = () => false,
): Promise<Outcome> {
  const source = sourceOf(fleet);
  const run = new Run(fleet);
  const all = Math.floor((ms * perSecond) / 1000);
  const msEach = 1000 / perSecond;
  let sent = 0;
  await new Promise<void>((resolve) => {
    const turn = (): void => {
      const now = performance.now();
      const due = Math.min(all, Math.floor((now - run.begun) / msEach) + 1) - sent;
      if (due > 0) {
        run.late(now - run.begun - sent * msEach);
        sent += source.publish(due, now);
      }
      if (sent >= all || isOver()) resolve();
      else setTimeout(turn, run.begun + sent * msEach - performance.now());
    };
    turn();
  });
  await arrived(fleet.ledger);
  return run.outcome();
}

/** Resolves when everything has arrived, or nothing more does. */
async function arrived(
  ledger: Ledger,
  before = -1,
  beforeAt: number = performance.now(),
): Promise<void> {
  if (ledger.settled >= ledger.published) return;
  const { delivered } = ledger;
  const now = performance.now();
  const movedAt = delivered === before ? beforeAt : now;
  if (now - movedAt > LOST_MS) return;
  await passed(1);
  await arrived(ledger, delivered, movedAt);
}

function sourceOf({ source }: Fleet): Source {
  if (source === undefined) throw new TypeError("Nobody publishes: ask for at least one topic.");
  return source;
}

/** What is counted from here on. */
class Run {
  readonly begun: number = performance.now();
  readonly #fleet: Fleet;
  readonly #cpu = process.cpuUsage();
  readonly #published: number;
  readonly #delivered: number;
  readonly #faults: Readonly<Outcome["faults"]>;
  #lateMs = 0;

  constructor(fleet: Fleet) {
    const { ledger, histogram } = fleet;
    this.#fleet = fleet;
    this.#published = ledger.published;
    this.#delivered = ledger.delivered;
    this.#faults = { ...ledger.faults };
    histogram.clear();
    ledger.histogram = histogram;
  }

  late(ms: number): void {
    this.#lateMs = Math.max(this.#lateMs, ms);
  }

  outcome(): Outcome {
    const { ledger, histogram, clients } = this.#fleet;
    const { user, system } = process.cpuUsage(this.#cpu);
    const followers = clients.filter(({ client }) => client.topic !== NO_TOPIC);
    let lost = 0;
    for (const { client } of followers) lost += Math.max(0, ledger.behind(client));
    return {
      publications: ledger.published - this.#published,
      deliveries: ledger.delivered - this.#delivered,
      seconds: (Math.max(ledger.settledAt, this.begun) - this.begun) / 1000,
      cpuSeconds: (user + system) / 1_000_000,
      latency: histogram.percentiles(),
      lateMs: this.#lateMs,
      lost,
      closed: followers.filter(({ client }) => client.closed !== 0).length,
      faults: since(ledger.faults, this.#faults),
    };
  }
}

function since(now: Outcome["faults"], before: Outcome["faults"]): Outcome["faults"] {
  const names = Object.keys(now) as (keyof Outcome["faults"])[];
  return Object.fromEntries(
    names.map((name) => [name, now[name] - before[name]]),
  ) as unknown as Outcome["faults"];
}
