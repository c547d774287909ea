// The front desk of the core: what happened comes in here, one call each, and goes to the handler of its kind. The clock is set by
// whoever calls, before each call.

import {
  type CloseName,
  closeCodes,
  closeSentences,
  movingFrame,
  type ReceivedFrame,
  Reader,
  up,
  UpReader,
} from "@fanwire/protocol";
import { Access } from "./access.ts";
import { Backlog } from "./backlog.ts";
import { CatchUp } from "./catch-up.ts";
import type { Claims } from "./claims.ts";
import type { Clock } from "./clock.ts";
import { Cohorts } from "./cohorts.ts";
import { Counts } from "./counts.ts";
import { type Credentials, noCredentials } from "./credentials.ts";
import { Deadlines, type Remind } from "./deadlines.ts";
import { Flow } from "./flow.ts";
import { onAuth, onVerified } from "./handlers/auth.ts";
import { type Admitted, onHello, type Rejection, rejectionOf, welcome } from "./handlers/hello.ts";
import { lookAt, onPing } from "./handlers/liveness.ts";
import { type Content, type Published, Publishing } from "./handlers/publish.ts";
import { onCancel, onConsume, onCredit } from "./handlers/consume.ts";
import { onManage } from "./handlers/manage.ts";
import { Presence } from "./handlers/presence.ts";
import { onSend, onSendMany } from "./handlers/send.ts";
import { onSettle } from "./handlers/settle.ts";
import { onRead } from "./handlers/read.ts";
import { follow, leaveAll, onSubscribe, onUnsubscribe } from "./handlers/subscribe.ts";
import { openJobs } from "./jobs/open-jobs.ts";
import { queueRecords } from "./jobs/queue-snapshot.ts";
import { QueueRestore } from "./jobs/restoring.ts";
import type { Link } from "./link.ts";
import { Marks } from "./marks.ts";
import type { Members } from "./members.ts";
import { type Parts, refuse, REPLY_BYTES } from "./parts.ts";
import { refusal, type Refusal } from "./refusal.ts";
import type { Revocation } from "./revocations.ts";
import { Restore, type RestoreFaults } from "./restore.ts";
import { Rounds, type WriteListener } from "./round.ts";
import {
  closed,
  Greeting,
  type LiveCohort,
  type LivePatternStream,
  LiveSession,
  type LiveStream,
  type LiveTopic,
  type OpenSession,
  type Session,
  Verifying,
} from "./session.ts";
import type { Settings } from "./settings.ts";
import type { Sink } from "./sink.ts";
import type { ThisRun } from "./sources/pattern-source.ts";
import { Sources } from "./sources/sources.ts";
import type { Subject } from "./subjects.ts";
import { lag } from "./subscription.ts";
import { Snapshot } from "./snapshot.ts";
import { Storing } from "./storing.ts";
import { type Run, Topics } from "./topics.ts";
import type { UnsaidRefusals } from "./unsaid-refusals.ts";
import type { Timed } from "./wheel.ts";

/** Most deadlines are kept to this many milliseconds, ticks of cohorts to less. */
const SLOT_MS = 100;
const TICK_SLOT_MS = 4;

/** How often topics that nobody uses are looked for, in milliseconds. */
const EXPIRE_MS = 1000;

/** How long after the time it was given a session that did not leave is closed. */
const LEAVE_GRACE_MS = 500;

const ONLY_HELLO = "Before WELCOME a client sends HELLO and nothing else.";

/** Clients of a stopping hub leave this far apart: 200 a second, which their next hub can take in. */
const LEAVE_SPACING_MS = 5;

/** See {@link Broker.queueSums}. */
export interface QueueSums {
  readonly takers: number;
  readonly ids: number;
  readonly storingBytes: number;
  readonly isTold: boolean;
}

export class Broker {
  readonly counts: Counts = new Counts();
  readonly #sink: Sink;
  readonly #parts: Parts;
  readonly #publishing: Publishing;
  readonly #presence: Presence;
  readonly #deadlines: Deadlines;
  readonly #remind: Remind<OpenSession>;
  readonly #backlog: Backlog;
  readonly #sessions = new Set<OpenSession>();
  readonly #reader = new Reader();
  readonly #frames = new UpReader();
  #greeted = 0;
  #isDraining = false;

  constructor(settings: Settings, sink: Sink, clock: Clock, run: Run) {
    this.#sink = sink;
    this.#deadlines = new Deadlines(sink, clock);
    this.#remind = this.#deadlines.kind(SLOT_MS, (session) => this.#due(session));
    this.#backlog = new Backlog(settings, this.#sessions, (session, unsent) =>
      this.#close(session, "lagging", `The client left ${unsent} bytes unread.`, "unsentBytesMax"),
    );
    this.#parts = this.#build(settings, clock, run);
    this.#publishing = new Publishing(this.#parts, {
      say: this.#deadlines.kind<UnsaidRefusals<LiveSession>>(SLOT_MS, (unsaid) => {
        if (unsaid.session.isHere) this.#publishing.settleUnsaid(unsaid);
      }),
      trim: this.#deadlines.alarms<LiveTopic>(SLOT_MS, (topic) => this.#publishing.trim(topic)),
    });
    this.#presence = new Presence(
      this.#parts,
      this.#publishing,
      this.#deadlines.kind<Members>(SLOT_MS, (members) => this.#presence.tellCount(members)),
    );
    this.#expireTopics();
    if (!settings.isStored) this.#parts.queues.declareAll(settings.queues);
  }

  #build(settings: Settings, clock: Clock, run: Run): Parts {
    const sink = this.#sink;
    const { counts } = this;
    const topics = new Topics(settings.topicsMax, settings.topics, run);
    const thisRun: ThisRun = { id: run.id, era: 0 };
    const sources = new Sources(topics, thisRun);
    const rounds = new Rounds(sink, clock, counts, this.#listener);
    const remindCohort = this.#deadlines.kind<LiveCohort>(TICK_SLOT_MS, (c) => cohorts.tick(c));
    const cohorts = new Cohorts(sink, clock, rounds, topics, sources, remindCohort);
    const remindMark = this.#deadlines.kind<LivePatternStream>(SLOT_MS, (s) => marks.due(s));
    const marks = new Marks(clock, rounds, topics, sources.patterns, settings.pingMs, remindMark);
    const catchUp = new CatchUp(sink, rounds, topics, cohorts, sources);
    const remindSubject = this.#deadlines.kind<Subject>(SLOT_MS, (s) => access.subjects.expire(s));
    const access = new Access(settings, clock, remindSubject);
    const storing = new Storing(sink, settings, {
      stored: (pending, lsn) => this.#publishing.stored(pending, lsn),
      refused: (pending, why) => this.#publishing.notStored(pending, why),
    });
    const jobs = openJobs({
      sink,
      clock,
      rounds,
      storing,
      topics,
      deadlines: this.#deadlines,
      isStored: settings.isStored,
      run,
      tell: (topic, payload) => this.#publishing.tell(topic, payload),
    });
    return {
      settings,
      run: thisRun,
      clock,
      counts,
      topics,
      rounds,
      sources,
      catchUp,
      cohorts,
      marks,
      access,
      storing,
      ...jobs,
    };
  }

  get topics(): number {
    return this.#parts.topics.size;
  }

  /** What histories and kept publications take. */
  get keptBytes(): number {
    return this.#parts.topics.keptBytes;
  }

  /** What all sockets hold that the network has not taken. */
  get unsentBytes(): number {
    return this.#backlog.total;
  }

  /** Revocations that some token may still be concerned by. */
  get revocations(): number {
    return this.#parts.access.revocations.size;
  }

  /** Deadlines that are kept. */
  get deadlines(): number {
    return this.#deadlines.size;
  }

  /** Connections that are not closed, whatever their phase. */
  get connections(): number {
    return this.#sessions.size;
  }

  /** What queues hold beside their jobs: who takes some, ids that stand for jobs, bytes that wait for the store, and whether somebody is told. */
  get queueSums(): QueueSums {
    const { takings, queues, storing } = this.#parts;
    const { telling, ids } = queues;
    return {
      takers: takings.size,
      ids: ids.size,
      storingBytes: storing.bytes,
      isTold: telling.isAsked || telling.wantsFigures,
    };
  }

  /** Subjects of which there are sessions, or were a moment ago. */
  get subjects(): number {
    return this.#parts.access.subjects.size;
  }

  /** A client's WebSocket is open. `id` and `secret` are random and told to nobody else. */
  opened(
    link: Link<Session>,
    id: string,
    secret: string,
    credentials: Credentials = noCredentials,
  ): void {
    const { clock, settings } = this.#parts;
    const greeting = new Greeting(link, id, secret, credentials, clock.now + settings.greetingMs);
    link.session = greeting;
    this.#sessions.add(greeting);
    this.#remind(greeting);
  }

  /** A session of the hub's own process: nothing limits it, and it may publish everywhere. */
  openedLocal(link: Link<Session>, id: string): LiveSession {
    const { clock, settings } = this.#parts;
    const flow = new Flow(settings.flow, false, clock.now);
    const session = new LiveSession(link, id, clock.now, flow, Infinity);
    link.session = session;
    return session;
  }

  /** A binary message came: part of some bytes, which are only looked at until this returns. */
  received(
    link: Link<Session>,
    bytes: Uint8Array,
    from: number = 0,
    to: number = bytes.length,
  ): void {
    const { session } = link;
    if (session === undefined || session.phase === "closed") return;
    this.counts.receivedBytes += to - from;
    const r = this.#reader.reset(bytes, from, to);
    if (session.phase === "live") this.#hear(session, r);
    else if (session.phase === "greeting") this.#greet(session, r);
    else this.#close(session, "malformed", ONLY_HELLO);
  }

  /** The outcome of a token that was to be verified: what it says, or why it is not good. `id`: as it was asked for. */
  verified(link: Link<Session>, id: number, outcome: Claims | Refusal): void {
    const { session } = link;
    if (session === undefined) return;
    if (session.phase === "live" && session.authId === id && id > 0)
      return this.#renew(session, outcome);
    if (session.phase !== "verifying") return;
    if ("text" in outcome) this.#reject(session, rejectionOf(outcome));
    else {
      const { reportsSeen, resume } = session;
      this.#admit(session, { claims: outcome, reportsSeen, resume });
    }
  }

  /** Why a token is no longer good that was when it was verified. */
  whyNotGood(claims: Claims): Refusal | undefined {
    return this.#parts.access.whyNotGood(claims);
  }

  #renew(session: LiveSession, outcome: Claims | Refusal): void {
    onVerified(this.#parts, session, outcome);
    this.#presence.leave(session, false);
  }

  /** Withdraws tokens: sessions that came with them are closed, and nobody comes with them again. Returns how many were closed. */
  revoke(revocation: Revocation): number {
    const { access, settings, storing } = this.#parts;
    const until = access.revoke(revocation);
    if (settings.isStored) storing.revoke(revocation, until);
    let closedCount = 0;
    for (const session of this.#sessions) {
      const claims = session.phase === "live" ? session.claims : null;
      if (claims === null || !access.revocations.covers(claims)) continue;
      this.#close(session, "revoked");
      closedCount++;
    }
    return closedCount;
  }

  /** A text message came. */
  receivedText(link: Link<Session>): void {
    const { session } = link;
    if (session !== undefined && session.phase !== "closed") this.#close(session, "text-message");
  }

  /** The network has taken all that the link's socket held. */
  drained(link: Link<Session>): void {
    const { session } = link;
    if (session === undefined || session.phase !== "live") return;
    this.#backlog.drained(session);
    this.#parts.catchUp.consider(session);
    this.#parts.queues.consider(session);
  }

  /** The connection is gone. */
  closed(link: Link<Session>): void {
    const { session } = link;
    if (session !== undefined) this.#end(session);
  }

  /** Follows a topic or pattern for the hub's own process: the stream, or why not. */
  subscribe(session: LiveSession, pattern: string): LiveStream | Refusal {
    const grant = follow(this.#parts, session, { pattern, from: null, options: null });
    return "text" in grant ? grant : grant.stream;
  }

  /** Publishes for the hub's own process: the topic with the publication as its head, or why not. */
  publish(
    session: LiveSession,
    topic: string,
    content: Content,
    id: number = 0,
  ): Published | Refusal {
    return this.#publishing.publish(session, topic, content, id);
  }

  /** Where what was stored goes, before anything else happens; then {@link restored}. */
  restore(): Restore {
    const { topics, access, storing, clock, queues, bindings } = this.#parts;
    const restore = new QueueRestore(queues, bindings, clock);
    return new Restore(topics, access.revocations, storing, restore, clock);
  }

  /** Everything was read. `era`: of the store; `runNumber`: how often it was opened. Returns what could not be taken. */
  restored(restore: Restore, era: number, nextLsn: number, runNumber: number): RestoreFaults {
    const { run, storing, topics, queues, settings } = this.#parts;
    queues.leases.begin(runNumber, restore.leaseRuns);
    const isOther = restore.era > 0 && restore.era !== era;
    for (const topic of restore.end(nextLsn)) {
      // a restored or salvaged store may lack what clients have seen: their positions must not fit
      if (isOther) topic.epoch = topics.freshEpoch();
      if (isOther) storing.epoch(topic);
      this.#publishing.trim(topic);
    }
    queues.declareAll(settings.queues);
    run.era = era;
    if (restore.era !== era) storing.era(era);
    return restore.faults;
  }

  /** The next so many records are on stable storage, the first of them with this LSN. */
  stored(count: number, firstLsn: number): void {
    this.#parts.storing.stored(count, firstLsn);
  }

  /** The next so many records could not be stored. */
  notStored(count: number): void {
    this.#parts.storing.refused(count);
  }

  /** Whether the store has room for what may wait. */
  storeIsFull(isFull: boolean): void {
    this.#parts.storing.isFull = isFull;
  }

  /** All that must survive, to be written beside the log. */
  snapshot(): Snapshot {
    const { topics, access, clock, run, queues, bindings } = this.#parts;
    const jobs = queueRecords(queues, bindings);
    return new Snapshot(topics, access.revocations, jobs, clock, run.era);
  }

  /** Begins a round with what has changed and pays at most `writesMax` sessions. Returns whether there is more to do. */
  flush(writesMax: number): boolean {
    const { rounds, cohorts, catchUp, queues, chores } = this.#parts;
    const isBusy = chores.step();
    const isGiving = queues.step();
    rounds.begin();
    cohorts.step();
    const isCatchingUp = catchUp.step();
    return rounds.pay(writesMax) || isCatchingUp || isGiving || isBusy;
  }

  /** Acts on all deadlines that have passed. */
  tick(): void {
    this.#deadlines.tick();
  }

  /**
   * The hub is stopping: each session is told its own time to leave, all of them within `drainMs`, and is closed a little after
   * it if it is still there.
   */
  drain(drainMs: number): void {
    this.#isDraining = true;
    const { clock, rounds } = this.#parts;
    const spacingMs = Math.min(LEAVE_SPACING_MS, drainMs / this.#sessions.size);
    let delayMs = 0;
    for (const session of this.#sessions) {
      if (session.phase !== "live") {
        this.#close(session, "moving");
        continue;
      }
      const reconnectAfterMs = Math.floor(delayMs);
      movingFrame.write(rounds.reply(session, REPLY_BYTES), { reconnectAfterMs });
      session.leavesAt = clock.now + Math.min(delayMs + LEAVE_GRACE_MS, drainMs);
      session.dueAt = Math.min(session.dueAt, session.leavesAt);
      this.#remind(session);
      delayMs += spacingMs;
    }
  }

  /** Closes every session now. */
  closeAll(name: CloseName = "moving"): void {
    for (const session of this.#sessions) this.#close(session, name);
  }

  #greet(greeting: Greeting, r: Reader): void {
    if (r.left > this.#parts.settings.greetingBytesMax)
      return this.#close(greeting, "malformed", `HELLO has ${r.left} bytes.`, "greetingBytesMax");
    const frame = this.#frames.next(r);
    if (frame === undefined) return this.#malformed(greeting, r);
    if (frame.op !== up.HELLO || r.left > 0) return this.#close(greeting, "malformed", ONLY_HELLO);
    if (this.#isDraining) return this.#close(greeting, "moving");
    const greeted = onHello(this.#parts, greeting, frame);
    if ("text" in greeted) return this.#reject(greeting, greeted);
    if ("claims" in greeted) return this.#admit(greeting, greeted);
    this.#replace(greeting, greeted.verifying);
    this.#sink.verify(greeting.link, 0, greeted.token);
  }

  #admit(from: Greeting | Verifying, admitted: Admitted): void {
    const { claims, resume } = admitted;
    // what the connection before it holds goes over to this one
    const before = resume && this.#parts.takings.heldBy(resume, claims?.subject ?? null);
    if (before) this.#close(before, "replaced");
    const session = welcome(this.#parts, from, admitted, ++this.#greeted);
    if ("text" in session) return this.#reject(from, session);
    this.#replace(from, session);
    this.counts.sessions++;
    this.#sink.welcomed(session.link);
  }

  #replace(before: Greeting | Verifying, after: Verifying | LiveSession): void {
    before.dueAt = Infinity;
    after.link.session = after;
    this.#sessions.delete(before);
    this.#sessions.add(after);
    this.#remind(after);
  }

  #reject(session: Greeting | Verifying, { name, text, limit }: Rejection): void {
    this.#close(session, name, text, limit);
  }

  #hear(session: LiveSession, r: Reader): void {
    session.heardAt = this.#parts.clock.now;
    // closed when it was too much
    while (r.left > 0 && session.isHere) {
      const frame = this.#frames.next(r);
      if (frame === undefined) return this.#malformed(session, r);
      const fault = this.#handle(session, r, frame);
      if (fault !== undefined) return this.#close(session, "malformed", fault);
      if (session.rates?.isFlooding === true)
        return this.#close(session, "flooding", undefined, session.rates.table.excess.limit);
      if (r.fault !== "") return this.#malformed(session, r);
    }
  }

  /** Returns what makes the frame malformed although its bytes are well formed. */
  #handle(session: LiveSession, r: Reader, frame: ReceivedFrame): string | undefined {
    switch (frame.op) {
      case up.PUBLISH:
        this.#publishing.onPublish(session, r, frame);
        return undefined;
      case up.SUBSCRIBE:
        onSubscribe(this.#parts, session, frame);
        return undefined;
      case up.UNSUBSCRIBE:
        onUnsubscribe(this.#parts, session, frame);
        return undefined;
      case up.PING:
        onPing(this.#parts, session, frame);
        return undefined;
      case up.PONG: // that it was heard is all it says
        if (session.pingedAt === 0) session.rates?.exceed(this.#parts.clock.now);
        return undefined;
      case up.SEEN:
        return this.#onSeen(session, frame.bytes);
      case up.HELLO:
        return "HELLO came twice.";
      case up.AUTH:
        if (onAuth(this.#parts, session, frame.id))
          this.#sink.verify(session.link, frame.id, frame.token);
        return undefined;
      case up.READ:
        onRead(this.#parts, session, frame);
        return undefined;
      case up.ENTER:
        this.#presence.onEnter(session, frame);
        return undefined;
      case up.LEAVE:
        this.#presence.onLeave(session, frame);
        return undefined;
      case up.SEND:
        onSend(this.#parts, session, frame);
        return undefined;
      case up.SEND_MANY:
        onSendMany(this.#parts, session, frame);
        return undefined;
      case up.CONSUME:
        onConsume(this.#parts, session, frame);
        return undefined;
      case up.CREDIT:
        onCredit(this.#parts, session, frame);
        return undefined;
      case up.SETTLE:
        onSettle(this.#parts, session, frame);
        return undefined;
      case up.CANCEL:
        onCancel(this.#parts, session, frame);
        return undefined;
      case up.MANAGE:
        onManage(this.#parts, session, frame);
        return undefined;
      case 0:
        return this.#unsupported(session, frame.id, frame.opcode);
      default:
        return frame satisfies never;
    }
  }

  #onSeen(session: LiveSession, bytes: number): string | undefined {
    const { clock, catchUp, queues } = this.#parts;
    if (bytes === session.flow.seen) session.rates?.exceed(clock.now);
    if (!session.flow.sees(clock.now, bytes)) return "SEEN fell, or is more than was sent.";
    catchUp.consider(session);
    queues.consider(session);
    return undefined;
  }

  #unsupported(session: LiveSession, id: number, opcode: number): undefined {
    const why = refusal("unsupported", `This hub does not know the operation ${opcode}.`);
    refuse(this.#parts, session, id, why);
  }

  #malformed(session: Greeting | LiveSession, r: Reader): void {
    this.#close(session, "malformed", `A frame could not be read: ${r.fault}.`);
  }

  readonly #listener: WriteListener = {
    wentBehind: (session) => {
      if (!session.isHere) return;
      if (session.subscriptions.some(({ mode }) => mode.lag === lag.close))
        this.#close(session, "lagging", "The client was slow, and asked to be closed then.");
      else {
        this.#parts.catchUp.stop(session);
        this.#parts.queues.block(session);
      }
    },
    heldBack: (session, before) => this.#backlog.changed(session, before),
    wrote: (session) => {
      this.#parts.catchUp.consider(session);
      this.#parts.queues.consider(session);
    },
  };

  #due(session: OpenSession): void {
    if (session.link.session !== session) return;
    if (session.phase === "live") return this.#look(session);
    const { greetingMs } = this.#parts.settings;
    const what = session.phase === "greeting" ? "HELLO did not come" : "The token was not verified";
    this.#close(session, "stale", `${what} within ${greetingMs} ms.`, "greetingMs");
  }

  #look(session: LiveSession): void {
    const verdict = lookAt(this.#parts, session);
    if (verdict === "alive") this.#remind(session);
    else this.#close(session, verdict);
  }

  /** Looks for topics that nobody uses, and does so again. */
  #expireTopics(): void {
    const { clock, topics, access, queues } = this.#parts;
    const again: Timed = { dueAt: clock.now + EXPIRE_MS };
    const remind = this.#deadlines.kind<Timed>(SLOT_MS, () => {
      topics.expire(clock.now);
      queues.tellStats();
      access.revocations.expire(clock.time);
      again.dueAt = clock.now + EXPIRE_MS;
      remind(again);
    });
    remind(again);
  }

  /** Pays what is owed, ends the session, and has the connection closed. */
  #close(
    session: OpenSession,
    name: CloseName,
    text: string = closeSentences[name],
    limit?: string,
  ): void {
    if (session.phase === "live") this.#parts.rounds.payNow(session);
    if (session.link.session !== session) return; // paying it has closed it
    this.counts.close(name, limit);
    this.#end(session);
    this.#sink.close(session.link, closeCodes[name].code, text);
  }

  #end(session: Session): void {
    if (session.phase === "closed") return;
    session.link.session = closed;
    session.dueAt = Infinity;
    const wasCounted = this.#sessions.delete(session);
    if (session.phase !== "live") return;
    const { rounds, access, takings } = this.#parts;
    this.#backlog.drained(session);
    rounds.drop(session);
    leaveAll(this.#parts, session);
    this.#presence.leave(session, true);
    takings.leave(session);
    access.leave(session);
    if (wasCounted) this.counts.sessions--;
  }
}
