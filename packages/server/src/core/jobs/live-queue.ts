// A queue as the hub has it: what happens in it becomes records, frames and publications, and what was written down becomes true in it.

import { activeFrame, errorCodes, lostFrame, writeDeliveryHead, writeMap } from "@fanwire/protocol";
import type { Alarmed } from "../alarm.ts";
import type { Consumer } from "../queues/consumer.ts";
import type { JobDraft } from "../queues/job.ts";
import type { Death, Grave, Loss, QueueLease, QueueListener } from "../queues/queue-listener.ts";
import type { QueueSettings } from "../queues/queue-settings.ts";
import { WorkQueue } from "../queues/work-queue.ts";
import { limited, quoted, refusal, type Refusal } from "../refusal.ts";
import type { Awaiting, Kept } from "../storing.ts";
import type { Timed } from "../wheel.ts";
import type { QueueDeps } from "./deps.ts";
import { draftOf, type JobSource, storedJob } from "./job-writing.ts";
import type { LiveJob, LiveTaking } from "./live-job.ts";
import {
  writeDoneRecord,
  writeFailedRecord,
  writeJobRecord,
  writeMovedRecord,
  writeParkedRecord,
} from "./job-records.ts";
import { infoBytes, infoOf } from "./info.ts";
import { deadOrigin, HOPS_MAX, JobOrigin } from "./origin.ts";
import { type MoveListener, Moving } from "./moving.ts";
import type { SendAnswer } from "./send-answer.ts";
import { type Joined, Sending } from "./sending.ts";
import type { Figures } from "./telling.ts";
import { toldOf } from "./told.ts";
import { UnderWay, type Verdict } from "./under-way.ts";

/** Jobs that are given out, and deadlines that are looked at, before others have their turn. */
const STEP_JOBS = 512;

/** A session is sent this many bytes of jobs in a turn: what follows waits for the next. */
const TURN_BYTES = 65_536;

/** What a DELIVERY may need beside its tail and what is known of its origin. */
const HEAD_BYTES = 512;

const SENTENCES: Readonly<Record<Loss, string>> = {
  expired: "The lease was not touched in time; the job goes to somebody else.",
  "too-long": "The job took longer than maxProcessingMs; it goes to somebody else.",
  stalled: "Another lease of the consumer ran out, so what it had not begun went back.",
  gone: "The consumer is gone.",
};

export class LiveQueue implements QueueListener<LiveTaking>, Alarmed {
  /** What stands for it in stored records. */
  readonly number: number;
  readonly work: WorkQueue<LiveTaking>;
  /** Leases up to this number are not of its jobs. */
  leasesBefore = 0;
  /** By which it is found when something is due in it; null when it is not to be found. */
  alarm: Timed | null = null;
  /** It waits for its turn. */
  isDirty = false;
  /** It is being deleted: to whoever looks for it, it is not there. */
  isEnding = false;
  /** It is not there any more, or it never was; null: it is. */
  whyGone: Refusal | null = null;
  /** It was made, and could not be stored. */
  isUnstored = false;
  /** How it is declared on disk; null: it is not there yet. */
  onDisk: { readonly settings: QueueSettings; readonly isPaused: boolean } | null = null;
  /** What was said of jobs and is being stored. */
  readonly underWay: UnderWay = new UnderWay();
  readonly #deps: QueueDeps<LiveQueue>;
  /** Whom the settlement that is being carried out is answered to; null: nobody waits. */
  #verdict: Verdict | null = null;
  /** Who has sent a job again while it is being stored, by its number. */
  readonly #joined = new Map<number, Joined[]>();
  /** Jobs that were publications and are being stored. */
  readonly #bound = new Set<LiveJob>();
  /** Pulls that were given something in this turn. */
  #pulled: LiveTaking[] = [];

  constructor(
    deps: QueueDeps<LiveQueue>,
    number: number,
    name: string,
    settings: QueueSettings,
    firstSeq: number,
  ) {
    this.#deps = deps;
    this.number = number;
    this.work = new WorkQueue<LiveTaking>(name, settings, this, firstSeq, deps.clock.now);
  }

  get name(): string {
    return this.work.name;
  }

  /** When something is due in it; Infinity: nothing. */
  get dueAt(): number {
    return this.work.dueAt;
  }

  get isDurable(): boolean {
    return this.work.settings.durable;
  }

  /** What was written of its declaration could not be stored: it is as it was, but for what has changed since. */
  takeBack(settings: QueueSettings, isPaused: boolean): void {
    const { work, onDisk } = this;
    if (onDisk === null) return;
    if (work.settings === settings) work.configure(onDisk.settings);
    if (work.isPaused === isPaused) this.hold(onDisk.isPaused);
    this.changed();
  }

  /** Gives nothing out, or does again. */
  hold(isPaused: boolean): void {
    if (isPaused) this.work.pause();
    else this.work.resume();
    this.changed();
  }

  /** Something has changed: there may be something to give out, or another time to look. */
  changed(): void {
    if (!this.isDirty) {
      this.isDirty = true;
      this.#deps.dirty(this);
    }
  }

  /** A job for the queue. `hash`: of its payload, where it has an id. */
  send(draft: JobDraft, hash: number, place: number, answer: SendAnswer): void {
    const { clock, storing, recordTime } = this.#deps;
    const { work } = this;
    if (draft.id !== null) {
      const known = work.lookUp(draft.sender, draft.id, hash, clock.now);
      if (known === "conflict")
        return answer.refused(place, refusal("conflict", "The id was used for another payload."));
      if (known !== "new") return this.#again(known, place, answer);
    }
    const why = this.#whyNotSend(draft);
    if (why !== undefined) return answer.refused(place, why);
    const job = work.add(draft, hash, clock.now, !this.isDurable);
    this.knows(job);
    if (!this.isDurable) {
      answer.taken(place, job.seq, false);
      this.tell(job);
      return this.changed();
    }
    writeJobRecord(storing.begin(), this.number, storedJob(job, hash, recordTime), job.tail);
    storing.keep(new Sending(this, storing, job, place, answer));
  }

  /** The id of a job is that of this one. */
  knows({ id, sender, seq }: LiveJob): void {
    if (id !== null) this.#deps.ids.took(id, sender, this, seq);
  }

  /** Whether it has the job, or remembers its id. */
  remembers(sender: string | null, id: string, seq: number): boolean {
    const { work } = this;
    if (this.whyGone !== null) return false;
    return work.find(seq) !== undefined || work.seqOf(sender, id, this.#deps.clock.now) === seq;
  }

  /** The job is on disk. */
  sent(job: LiveJob): void {
    this.work.stored(job, this.#deps.clock.now);
    this.tell(job);
    this.changed();
  }

  /** Those that sent it again meanwhile. */
  takeJoined(seq: number): readonly Joined[] {
    const joined = this.#joined.get(seq);
    this.#joined.delete(seq);
    return joined ?? [];
  }

  /** The job was sent before. */
  #again(
    { seq, isStored }: { readonly seq: number; readonly isStored: boolean },
    place: number,
    answer: SendAnswer,
  ): void {
    if (isStored) return answer.taken(place, seq, true);
    const joined = this.#joined.get(seq);
    if (joined === undefined) this.#joined.set(seq, [{ place, answer }]);
    else joined.push({ place, answer });
  }

  /** Why a client cannot send it. */
  #whyNotSend(draft: JobDraft): Refusal | undefined {
    // nothing is dropped for what cannot be stored anyway
    const why = this.isDurable ? this.#deps.storing.whyNoRoom(draft.tail.length) : undefined;
    return why ?? this.#whyNoRoom(draft);
  }

  #whyNoRoom({ tail, priority }: JobDraft): Refusal | undefined {
    const { work } = this;
    if (work.hasRoom(tail.length)) return undefined;
    this.gone(work.makeRoom(tail.length, priority, this.#deps.clock.now), "dropped");
    if (work.hasRoom(tail.length)) return undefined;
    const { jobsMax, bytesMax } = work.settings;
    const text = `The queue ${quoted(this.name)} is full: it may hold ${jobsMax} jobs and ${bytesMax} bytes.`;
    return limited("queue-full", "jobsMax", text, RETRY_MS);
  }

  /** Gives out what there is to give, and does what is due. Returns whether there is more. */
  step(): boolean {
    const { clock, leases } = this.#deps;
    const { work } = this;
    let isMore = work.dueAt <= clock.now && work.tick(clock.now, STEP_JOBS);
    let left = STEP_JOBS;
    while (left > 0 && leases.hasNext && work.canGive(clock.now)) {
      const job = work.give(clock.now, leases.next());
      if (job === undefined) break;
      this.#deliver(job);
      left--;
    }
    isMore ||= left === 0;
    for (const taking of this.#pulled.splice(0)) this.#deps.pulled(taking);
    this.isDirty = isMore;
    this.#deps.remind(this);
    return isMore;
  }

  /** What is said of a job while it is carried out is answered here, unless somebody else takes it over. */
  under(verdict: Verdict, act: () => void): void {
    this.#verdict = verdict;
    act();
    this.#takeVerdict()?.decided(0);
    this.changed();
  }

  /** Jobs that are gone: dropped, purged or expired. */
  gone(jobs: readonly LiveJob[], why: string, awaiting: Awaiting | null = null): void {
    if (jobs.length === 0) return;
    if (this.isDurable) {
      const { storing } = this.#deps;
      const seqs = jobs.map(({ seq }) => seq);
      writeDoneRecord(storing.begin(), this.number, seqs);
      storing.insist(awaiting);
    }
    for (const job of jobs) this.tell(job, why);
    this.changed();
  }

  /** What is known of the job, to whoever follows it. */
  tell(job: LiveJob, state: string = job.state): void {
    const { telling } = this.#deps;
    if (telling.isAsked) telling.job(this.#ownId(job), this.name, toldOf(this.name, job, state));
  }

  /** What a job is that was sent with an id; it may be gone. */
  tellNow(seq: number, id: string): void {
    const job = this.work.find(seq);
    const told = job ? toldOf(this.name, job, job.state) : { queue: this.name, seq, state: "gone" };
    this.#deps.telling.state(id, told);
  }

  /** How far the job is. */
  progress(figures: Figures, job: LiveJob): void {
    this.#deps.telling.progress(this.#ownId(job), this.name, figures);
  }

  /** Its id, unless that stands for the job of another subject. */
  #ownId({ id, sender }: LiveJob): string | null {
    return id !== null && this.#deps.ids.isOf(id, sender) ? id : null;
  }

  // QueueListener

  lost({ job, consumer, number }: QueueLease<LiveTaking>, why: Loss): void {
    const { session, number: taking } = consumer.owner;
    if (why === "gone" || !session.isHere) return;
    const text = SENTENCES[why];
    lostFrame.write(this.#deps.rounds.reply(session, HEAD_BYTES), {
      consumer: taking,
      seq: job.seq,
      lease: number,
      code: errorCodes["lease-lost"].code,
      text,
    });
  }

  failed(job: LiveJob): void {
    if (this.isDurable) this.writeFailed(job, job.failures, job.dueAt, job.error, null);
    this.tell(job, "failed");
  }

  dead(job: LiveJob, why: Death): Grave {
    this.tell(job, "dead");
    const { deadLetter } = this.work.settings;
    const grave =
      deadLetter === null || (job.origin?.hops ?? 0) >= HOPS_MAX
        ? undefined
        : this.#deps.grave(deadLetter, this);
    const origin = deadOrigin(job.origin, {
      from: this.name,
      why,
      failures: job.failures,
      error: job.error,
      at: this.#deps.clock.time,
    });
    if (grave?.work.hasRoom(job.tail.length) !== true) return this.#park(job);
    const verdict = this.#takeVerdict();
    return this.move(job, grave, draftOf(job, origin), {
      moved: () => verdict?.decided(0),
      stays: (no) => {
        this.work.park(job, this.#deps.clock.now);
        if (this.isDurable) this.#writeParked(job, null);
        verdict?.decided(errorCodes[no.name].code);
      },
    });
  }

  expired(job: LiveJob): void {
    this.gone([job], "expired");
  }

  activeChanged(consumer: Consumer<LiveTaking>): void {
    const { session, number } = consumer.owner;
    // before the OK of its CONSUME it has no number
    if (number === 0 || !session.isHere) return;
    activeFrame.write(this.#deps.rounds.reply(session, 32), {
      consumer: number,
      active: consumer.isActive,
    });
  }

  // Records

  writeFailed(
    job: LiveJob,
    failures: number,
    dueAt: number,
    error: string | null,
    kept: Kept | null,
  ): void {
    const { storing, recordTime } = this.#deps;
    writeFailedRecord(storing.begin(), {
      queue: this.number,
      seq: job.seq,
      failures,
      notBefore: recordTime.of(dueAt),
      error,
    });
    if (kept === null) storing.insist();
    else storing.keep(kept);
  }

  /** The job, which nobody holds, goes to another queue, in one record. The listener is told before or after this returns. */
  move(job: LiveJob, to: LiveQueue, draft: JobDraft, listener: MoveListener): Grave {
    const { clock, storing, recordTime } = this.#deps;
    const isAtOnce = !to.isDurable && !this.isDurable;
    const there = to.work.add(draft, NOT_REMEMBERED, clock.now, isAtOnce);
    to.knows(there);
    if (isAtOnce) {
      listener.moved();
      to.tell(there);
      to.changed();
      return "moved";
    }
    const record = storedJob(there, 0, recordTime);
    const from = { queue: this.number, seq: job.seq };
    const w = storing.begin();
    if (!to.isDurable) writeDoneRecord(w, this.number, [job.seq]);
    else if (this.isDurable) writeMovedRecord(w, from, to.number, record, there.tail);
    else writeJobRecord(w, to.number, record, there.tail);
    storing.keep(new Moving(this.#deps, [this, job], [to, there], listener));
    return "moving";
  }

  /** A job that waits or is parked goes to another queue. Until that is stored nobody is given it. */
  moveWaiting(
    job: LiveJob,
    to: LiveQueue,
    draft: JobDraft,
    done: (why: Refusal | null) => void,
  ): void {
    const { work } = this;
    const { clock } = this.#deps;
    const wasDead = job.state === "dead";
    work.settling(job, clock.now, null);
    const grave = this.move(job, to, draft, {
      moved: () => done(null),
      stays: (why) => {
        if (wasDead) work.park(job, clock.now);
        else work.unsettled(job, clock.now);
        done(why);
      },
    });
    if (grave === "moved") work.moved(job);
  }

  /** Calls back when everything that was written of the queue is stored, or is not. */
  confirm(done: (why: Refusal | null) => void): void {
    if (!this.isDurable) return done(null);
    const { storing } = this.#deps;
    writeDoneRecord(storing.begin(), this.number, []);
    storing.keep({ tail: null, stored: () => done(this.whyGone), refused: done });
  }

  /**
   * A publication becomes a job, if there is room in the queue: it was confirmed, so it is written until the disk has room too. Returns whether
   * it did.
   */
  take(draft: JobDraft, source: JobSource): boolean {
    const { clock, storing, recordTime } = this.#deps;
    if (this.#whyNoRoom(draft) !== undefined) return false;
    const job = this.work.add(draft, NOT_REMEMBERED, clock.now, !this.isDurable);
    if (!this.isDurable) this.tell(job);
    else {
      const record = storedJob(job, 0, recordTime, source);
      writeJobRecord(storing.begin(), this.number, record, job.tail);
      this.#bound.add(job);
      const sending = new Sending(this, storing, job, 0, NOBODY);
      storing.insist({ stored: () => sending.stored() });
    }
    this.changed();
    return true;
  }

  /**
   * The job is being stored, and was a publication before. A snapshot must hold it: the publication was shown, so the log is not replayed from
   * before it, and its binding is said to have it.
   */
  isBound(job: LiveJob): boolean {
    return this.#bound.has(job);
  }

  /** The store has answered for it. */
  unbound(job: LiveJob): void {
    this.#bound.delete(job);
  }

  /** Its figures, as they are told. */
  stats(now: number): Figures {
    return this.work.stats(now) as unknown as Figures;
  }

  #park(job: LiveJob): Grave {
    const verdict = this.#takeVerdict();
    if (this.isDurable)
      this.#writeParked(job, {
        stored: () => verdict?.decided(0),
        refused: () => verdict?.decided(errorCodes["storage-full"].code),
      });
    else verdict?.decided(0);
    return "stays";
  }

  #writeParked({ seq, failures, error, origin }: LiveJob, awaiting: Awaiting | null): void {
    const { storing } = this.#deps;
    writeParkedRecord(storing.begin(), {
      queue: this.number,
      seq,
      failures,
      error,
      origin: origin instanceof JobOrigin ? origin.entries : null,
    });
    storing.insist(awaiting);
  }

  #deliver(job: LiveJob): void {
    const { lease, tail, seq } = job;
    const taking = lease!.consumer.owner;
    const { session } = taking;
    const info = infoOf(job);
    const room = HEAD_BYTES + tail.length + infoBytes(job);
    const w = this.#deps.rounds.reply(session, room);
    writeDeliveryHead(w, taking.number, seq, lease!.number, job.attempt);
    w.raw(tail, 0, tail.length);
    if (info === null) w.nil();
    else writeMap(w, info);
    if (taking.pull !== null && taking.pull.count++ === 0) this.#pulled.push(taking);
    if (session.replies!.at > TURN_BYTES) this.#deps.full(session);
    this.tell(job, "leased");
  }

  #takeVerdict(): Verdict | null {
    const verdict = this.#verdict;
    this.#verdict = null;
    return verdict;
  }
}

/** Waits for no answer. */
const NOBODY: SendAnswer = { taken() {}, refused() {} };

/** Instead of the hash of a payload: its id is that of a job that was sent elsewhere, or before. */
const NOT_REMEMBERED = -1;

/** How soon to try again when the queue is full, in milliseconds. */
const RETRY_MS = 1000;
