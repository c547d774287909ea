// A hub with a queue, its jobs as a worker sees them, and the same hub after a crash.

import { down, type EnvelopeValue, helloFrame } from "@fanwire/protocol";
import { bytesOf, client, type WireFrame } from "@fanwire/testkit";
import { type TestClient, TestHub } from "../hub.testkit.ts";
import type { LiveSession } from "../session.ts";
import type { Settings } from "../settings.ts";

/** A DELIVERY, by name. */
export interface Given {
  readonly consumer: number;
  readonly seq: number;
  readonly lease: number;
  readonly attempt: number;
  readonly time: number;
  readonly from: string | null;
  readonly payload: number;
  readonly info: Readonly<Record<string, EnvelopeValue>>;
}

function given([, consumer, seq, lease, attempt, time, from, , , payload, info]: WireFrame) {
  return {
    consumer,
    seq,
    lease,
    attempt,
    time,
    from,
    payload: (payload as Uint8Array)[0],
    info: Object.fromEntries((info as Map<string, EnvelopeValue> | null) ?? []),
  } as Given;
}

/** The jobs among frames. */
export function jobsOf(frames: readonly WireFrame[]): Given[] {
  return frames.filter(([op]) => op === down.DELIVERY).map(given);
}

/** Answers, in their order; of a refusal only its code. */
export function answersOf(frames: readonly WireFrame[]): WireFrame[] {
  const isAnswer = ([op]: WireFrame): boolean => op === down.OK || op === down.REFUSED;
  return frames.filter(isAnswer).map((frame) => (frame[0] === down.OK ? frame : frame.slice(0, 3)));
}

/** The answer to this request, whole. */
function answerTo(frames: readonly WireFrame[], id: number): WireFrame | undefined {
  return frames.find(([op, of]) => (op === down.OK || op === down.REFUSED) && of === id);
}

/** The sentence of a refusal. */
export function sentenceOf(frames: readonly WireFrame[], id: number): string {
  return answerTo(frames, id)?.[3] as string;
}

/** A hub of a new store with one queue, `q`, that is declared as said. */
export function queueHub(
  said: Readonly<Record<string, EnvelopeValue>> = {},
  settings: Partial<Settings> = {},
  leasesPerRun?: number,
): TestHub {
  const hub = new TestHub({ pingMs: 1_000_000_000, ...settings }, 7, leasesPerRun);
  hub.broker.restored(hub.broker.restore(), 5, 1, 1);
  const c = hub.join("declares");
  c.send(client.manage(1, "declare", "q", said));
  hub.store();
  const [op, , ...rest] = answerTo(c.take(), 1)!;
  if (op !== down.OK) throw new Error(`not declared: ${rest[1] as string}`);
  return hub;
}

/** How often the store of a hub was opened; once where nothing is said. */
const runs = new WeakMap<TestHub, number>();

/** The same hub after its process has ended: what was stored is read, a snapshot first. */
export function nextRun(
  hub: TestHub,
  settings: Partial<Settings> = {},
  snapshot: readonly Uint8Array[] = [],
  from = 1,
): TestHub {
  const next = new TestHub({ pingMs: 1_000_000_000, ...settings }, 8);
  next.clock.time = hub.clock.time;
  const restore = next.broker.restore();
  for (const record of snapshot) restore.record(record, 0);
  for (let i = from - 1; i < hub.stored.length; i++) restore.record(hub.stored[i]!, i + 1);
  next.stored.push(...hub.stored);
  const run = (runs.get(hub) ?? 1) + 1;
  runs.set(next, run);
  next.faults = next.broker.restored(restore, 5, hub.stored.length + 1, run);
  next.flush();
  return next;
}

/** A client that takes jobs of `q`, and whose OK was taken. */
export function worker(
  hub: TestHub,
  options: Readonly<Record<string, EnvelopeValue>> = { credit: 10 },
): TestClient {
  const c = hub.join();
  c.send(client.consume(900, "q", options));
  return c;
}

/** So many jobs in `q`, with the payloads 1, 2, …, on disk. */
export function fill(
  hub: TestHub,
  count: number,
  more: Parameters<typeof client.job>[3] = {},
): void {
  const p = hub.join("producer");
  for (let i = 1; i <= count; i++) p.send(client.job(i, "q", i, more));
  hub.store();
  p.disconnect();
}

/** What a MANAGE was answered: what came with the OK, as an object, or the code of a refusal. What it wrote is stored. */
export function ask(
  hub: TestHub,
  verb: string,
  args: Readonly<Record<string, EnvelopeValue>> | null = null,
  queue = "q",
): Readonly<Record<string, EnvelopeValue>> | number {
  const c = hub.join("operator");
  c.send(client.manage(1, verb, queue, args));
  hub.store();
  const [op, , result] = answerTo(c.take(), 1)!;
  c.disconnect();
  return op === down.REFUSED
    ? (result as number)
    : Object.fromEntries((result as Map<string, EnvelopeValue> | null) ?? []);
}

/** Jobs of a queue in a state, as `look` shows them. */
export function look(hub: TestHub, state: string, queue = "q"): Record<string, EnvelopeValue>[] {
  const { jobs } = ask(hub, "look", { state, payload: true }, queue) as {
    jobs: Map<string, EnvelopeValue>[];
  };
  return jobs.map((job) => Object.fromEntries(job));
}

/** A client that goes on with the session of another one, and what it was sent. */
export function goesOn(hub: TestHub, before: TestClient, secret = "secret"): TestClient {
  const c = hub.connect();
  c.send(resuming((before.session as LiveSession).id, secret));
  return c;
}

/** HELLO of a client that goes on with a session. */
export function resuming(session: string, secret: string): Uint8Array {
  return bytesOf(helloFrame, {
    version: 1,
    token: null,
    client: null,
    resume: { session, secret },
  });
}
