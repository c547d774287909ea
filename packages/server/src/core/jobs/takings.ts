// Who takes jobs, and what becomes of that when a connection is gone: the leases of a session are kept a while for the one that goes on
// with it.

import {
  consumeOk,
  errorCodes,
  lostFrame,
  type ResumeClaim,
  stoppedFrame,
} from "@fanwire/protocol";
import type { Clock } from "../clock.ts";
import { heldBy } from "../queues/leases.ts";
import type { QueueLease } from "../queues/queue-listener.ts";
import type { Refusal } from "../refusal.ts";
import type { Rounds } from "../round.ts";
import type { LiveSession } from "../session.ts";
import type { Timed } from "../wheel.ts";
import type { LiveTaking } from "./live-job.ts";
import type { LiveQueue } from "./live-queue.ts";
import type { Queues } from "./queues.ts";
import { type Pull, Taking, Worker } from "./taking.ts";

/** What was asked of a CONSUME. */
export interface ConsumeOptions {
  readonly concurrency: number;
  readonly credit: number;
  /** So many jobs, and then it is over; 0: until it is cancelled. */
  readonly pull: number;
  readonly waitMs: number;
}

/** Jobs that a session held when it went, until another goes on with it. */
export class Orphan implements Timed {
  readonly session: string;
  readonly secret: string;
  readonly subject: string | null;
  readonly taking: LiveTaking;
  dueAt: number;

  constructor(session: LiveSession, taking: LiveTaking, dueAt: number) {
    this.session = session.id;
    this.secret = session.secret;
    this.subject = session.publisher;
    this.taking = taking;
    this.dueAt = dueAt;
  }
}

/** What consumers work with. */
export interface TakingWorld {
  readonly clock: Clock;
  readonly rounds: Rounds;
  remindOrphan(orphan: Orphan): void;
  remindPull(taking: LiveTaking): void;
}

const FRAME_BYTES = 64;

export class Takings {
  readonly #world: TakingWorld;
  readonly #queues: Queues;
  readonly #orphans = new Map<string, Orphan[]>();
  /** Sessions that take something, by id. */
  readonly #workers = new Map<string, LiveSession>();

  constructor(world: TakingWorld, queues: Queues) {
    this.#world = world;
    this.#queues = queues;
  }

  /** Sessions that take something, and sessions that are gone and whose jobs are kept for them. */
  get size(): number {
    return this.#workers.size + this.#orphans.size;
  }

  /** The session takes jobs of the queue; of a pull the answer is owed until it has some. */
  begin(session: LiveSession, queue: LiveQueue, id: number, asked: ConsumeOptions): void {
    const worker = this.#workerOf(session);
    const isPull = asked.pull > 0;
    const pull: Pull | null = isPull ? { id, count: 0 } : null;
    const quota = isPull ? asked.pull : Infinity;
    const taking: LiveTaking = new Taking(session, 0, queue.work, { ...asked, quota }, pull);
    queue.work.addConsumer(taking.consumer);
    taking.number = worker.nextNumber;
    worker.takings.set(taking.number, taking);
    if (session.flow.isBehind) queue.work.block(taking.consumer, true);
    if (isPull) {
      taking.dueAt = this.#world.clock.now + asked.waitMs;
      this.#world.remindPull(taking);
    } else this.#confirm(taking, id, 0);
    queue.changed();
  }

  /** The session takes no more. */
  cancel(taking: LiveTaking, isReleased: boolean): void {
    const { work, consumer, session } = taking;
    if (taking.pull !== null) this.#endPull(taking);
    work.removeConsumer(consumer);
    if (isReleased) this.#release(taking);
    session.worker?.tidy();
    this.#queues.find(work.name)?.changed();
  }

  /** A consumer is ended against its will, and what it holds goes back: it must not work at that any longer. */
  stop(taking: LiveTaking, why: Refusal): void {
    const { session, number } = taking;
    const leases = heldBy(taking.consumer, false).toReversed();
    this.cancel(taking, true);
    if (!session.isHere) return;
    for (const lease of leases) this.#lost(taking, lease, why);
    stoppedFrame.write(this.#world.rounds.reply(session, FRAME_BYTES + why.text.length * 3), {
      consumer: number,
      code: errorCodes[why.name].code,
      text: why.text,
    });
  }

  /** The queue is gone: nobody takes of it any more, and nobody holds what was in it. */
  end(queue: LiveQueue, why: Refusal): void {
    for (const session of this.#workers.values())
      for (const taking of session.worker!.of(queue.work)) {
        this.stop(taking, why);
        session.worker!.takings.delete(taking.number);
      }
    for (const [id, orphans] of this.#orphans) {
      const others = orphans.filter(({ taking }) => taking.work !== queue.work);
      if (others.length === 0) this.#orphans.delete(id);
      else this.#orphans.set(id, others);
    }
  }

  /** A pull was given something: it has what there was. */
  pulled(taking: LiveTaking): void {
    if (taking.pull === null) return;
    this.#endPull(taking);
    taking.work.removeConsumer(taking.consumer);
  }

  /** A pull has waited long enough. */
  pullIsDue(taking: LiveTaking): void {
    if (taking.pull === null) return;
    // what can be given at once is given first
    const queue = this.#queues.find(taking.work.name);
    if (queue?.isDirty === true) {
      taking.dueAt = this.#world.clock.now + 1;
      return this.#world.remindPull(taking);
    }
    this.cancel(taking, false);
  }

  /** The connection is gone: what it held is kept a while. */
  leave(session: LiveSession): void {
    const { worker } = session;
    if (worker === null) return;
    session.worker = null;
    this.#workers.delete(session.id);
    for (const taking of worker.takings.values()) {
      const { work, consumer } = taking;
      work.removeConsumer(consumer);
      taking.pull = null;
      if (consumer.held + consumer.settling > 0) this.#orphan(session, taking);
      this.#queues.find(work.name)?.changed();
    }
  }

  /** Nobody went on with the session. */
  lose(orphan: Orphan): void {
    const { session, taking } = orphan;
    const all = this.#orphans.get(session);
    if (all?.includes(orphan) !== true) return;
    const others = all.filter((other) => other !== orphan);
    if (others.length > 0) this.#orphans.set(session, others);
    else this.#orphans.delete(session);
    taking.work.lose(taking.consumer, this.#world.clock.now);
    this.#queues.find(taking.work.name)?.changed();
  }

  /** The session that is named, of this subject, if it still stands. */
  heldBy({ session: id, secret }: ResumeClaim, subject: string | null): LiveSession | undefined {
    const before = this.#workers.get(id);
    const isIts = before !== undefined && isSame(before.secret, secret);
    return isIts && before.publisher === subject ? before : undefined;
  }

  /** The session goes on with one that is gone: it holds what that held. */
  adopt(session: LiveSession, { session: id, secret }: ResumeClaim): void {
    const orphans = this.#orphans.get(id) ?? [];
    const own = orphans.filter(
      (orphan) => isSame(orphan.secret, secret) && orphan.subject === session.publisher,
    );
    if (own.length === 0) return;
    this.#orphans.delete(id);
    const worker = this.#workerOf(session);
    for (const { taking } of own) {
      taking.session = session;
      taking.number = worker.nextNumber;
      worker.takings.set(taking.number, taking);
    }
  }

  /** Whether what the session takes of a queue is more than it may. */
  countOf({ worker }: LiveSession): number {
    worker?.tidy();
    return worker?.takings.size ?? 0;
  }

  #workerOf(session: LiveSession): Worker<LiveSession> {
    if (session.worker === null) {
      session.worker = new Worker();
      this.#workers.set(session.id, session);
    }
    return session.worker;
  }

  #orphan(session: LiveSession, taking: LiveTaking): void {
    const { resumeMs } = taking.work.settings;
    const orphan = new Orphan(session, taking, this.#world.clock.now + resumeMs);
    const all = this.#orphans.get(session.id);
    if (all === undefined) this.#orphans.set(session.id, [orphan]);
    else all.push(orphan);
    this.#world.remindOrphan(orphan);
  }

  #lost({ session, number }: LiveTaking, lease: QueueLease<LiveTaking>, why: Refusal): void {
    const { code } = errorCodes[why.name];
    const { text } = why;
    const told = { consumer: number, seq: lease.job.seq, lease: lease.number, code, text };
    lostFrame.write(this.#world.rounds.reply(session, FRAME_BYTES + text.length * 3), told);
  }

  #release({ work, consumer }: LiveTaking): void {
    const queue = this.#queues.find(work.name);
    for (const job of work.releaseAll(consumer, this.#world.clock.now)) queue?.tell(job);
  }

  #endPull(taking: LiveTaking): void {
    const pull = taking.pull!;
    taking.pull = null;
    taking.dueAt = Infinity;
    this.#confirm(taking, pull.id, pull.count);
  }

  #confirm({ session, number, consumer, work }: LiveTaking, id: number, jobs: number): void {
    if (!session.isHere) return;
    consumeOk.write(this.#world.rounds.reply(session, FRAME_BYTES), {
      id,
      consumer: number,
      active: consumer.isActive,
      leaseMs: work.settings.leaseMs,
      jobs,
    });
  }
}

/** Compares all of both, so that the time it takes tells nothing. */
function isSame(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++)
    difference |= a.charCodeAt(i) ^ (b.charCodeAt(i % b.length) | 0);
  return difference === 0;
}
