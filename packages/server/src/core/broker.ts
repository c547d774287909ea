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
import type { Clock } from "./clock.ts";
import { Counts } from "./counts.ts";
import { onHello } from "./handlers/hello.ts";
import { lookAt, onPing, onSeen } from "./handlers/liveness.ts";
import { type Content, Publishing } from "./handlers/publish.ts";
import { follow, leaveAll, onSubscribe, onUnsubscribe } from "./handlers/subscribe.ts";
import type { Link } from "./link.ts";
import { type Parts, refuse, REPLY_BYTES } from "./parts.ts";
import { refusal, type Refusal } from "./refusal.ts";
import { Rounds } from "./round.ts";
import {
  closed,
  Greeting,
  LiveSession,
  type LiveStream,
  type LiveTopic,
  type Session,
} from "./session.ts";
import type { Settings } from "./settings.ts";
import type { Sink } from "./sink.ts";
import { type Run, Topics } from "./topics.ts";
import { UnsaidRefusals } from "./unsaid-refusals.ts";
import { Wheel } from "./wheel.ts";

/** Deadlines are kept to this many milliseconds. */
const TICK_MS = 100;

/** How long after the time it was given a session that did not leave is closed. */
const LEAVE_GRACE_MS = 500;

/** Clients of a stopping hub leave this far apart: 200 a second, which their next hub can take in. */
const LEAVE_SPACING_MS = 5;

type Deadline = Greeting | LiveSession | UnsaidRefusals<LiveSession>;

export class Broker {
  readonly counts: Counts = new Counts();
  readonly #sink: Sink;
  readonly #parts: Parts;
  readonly #publishing: Publishing;
  readonly #deadlines: Wheel<Deadline>;
  readonly #sessions = new Set<Greeting | LiveSession>();
  readonly #reader = new Reader();
  readonly #frames = new UpReader();
  #greeted = 0;
  #isDraining = false;

  constructor(settings: Settings, sink: Sink, clock: Clock, run: Run) {
    this.#sink = sink;
    const rounds = new Rounds(sink, clock, this.counts, (session, unsentBytes) => {
      if (unsentBytes > settings.unsentBytesMax && !session.isLocal)
        this.#close(session, "lagging", `The client left ${unsentBytes} bytes unread.`);
    });
    const topics = new Topics(settings.topicsMax, run);
    this.#parts = { settings, clock, counts: this.counts, topics, rounds };
    this.#deadlines = new Wheel(TICK_MS, clock.now);
    this.#publishing = new Publishing(this.#parts, (unsaid) => this.#remind(unsaid));
  }

  get topics(): number {
    return this.#parts.topics.size;
  }

  /** A client's WebSocket is open. `id` and `secret` are random and told to nobody else. */
  opened(link: Link<Session>, id: string, secret: string): void {
    const { clock, settings } = this.#parts;
    const greeting = new Greeting(link, id, secret, clock.now + settings.greetingMs);
    link.session = greeting;
    this.#sessions.add(greeting);
    this.#remind(greeting);
  }

  /** A session of the hub's own process: nothing limits it, and it may publish everywhere. */
  openedLocal(link: Link<Session>, id: string): LiveSession {
    const session = new LiveSession(link, id, this.#parts.clock.now, true);
    link.session = session;
    return session;
  }

  /** A binary message came. The bytes are only looked at until this returns. */
  received(link: Link<Session>, bytes: Uint8Array): void {
    const { session } = link;
    if (session === undefined || session.phase === "closed") return;
    this.counts.receivedBytes += bytes.length;
    const r = this.#reader.reset(bytes);
    if (session.phase === "greeting") this.#greet(session, r);
    else this.#hear(session, r);
  }

  /** A text message came. */
  receivedText(link: Link<Session>): void {
    this.#closeLink(link, "text-message");
  }

  /** Bytes came that are no WebSocket message, or a message that is larger than a batch may be. */
  receivedMalformed(link: Link<Session>, why: string): void {
    this.#closeLink(link, "malformed", why);
  }

  /** The connection is gone. */
  closed(link: Link<Session>): void {
    const { session } = link;
    if (session !== undefined) this.#end(session);
  }

  /** Follows a topic or pattern for the hub's own process: the stream, or why not. */
  subscribe(session: LiveSession, pattern: string): LiveStream | Refusal {
    return follow(this.#parts, session, { pattern, from: null, options: null });
  }

  /** Publishes for the hub's own process: the topic with the publication as its head, or why not. */
  publish(session: LiveSession, topic: string, content: Content): LiveTopic | Refusal {
    return this.#publishing.publish(session, topic, content);
  }

  /** Pays what has become due to sessions, at most `writesMax` of them. Returns whether some are left. */
  flush(writesMax: number): boolean {
    return this.#parts.rounds.flush(writesMax);
  }

  /** Acts on all deadlines that have passed. */
  tick(): void {
    this.#deadlines.advance(this.#parts.clock.now, (due) => this.#due(due));
    this.#sink.wakeAt(this.#deadlines.dueAt);
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
      if (session.phase === "greeting") {
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
  closeAll(): void {
    for (const session of this.#sessions) this.#close(session, "moving");
  }

  #greet(greeting: Greeting, r: Reader): void {
    if (r.left > this.#parts.settings.greetingBytesMax)
      return this.#close(greeting, "malformed", `HELLO has ${r.left} bytes.`);
    const frame = this.#frames.next(r);
    if (frame === undefined) return this.#malformed(greeting, r);
    if (frame.op !== up.HELLO || r.left > 0)
      return this.#close(
        greeting,
        "malformed",
        "Before WELCOME a client sends HELLO and nothing else.",
      );
    if (this.#isDraining) return this.#close(greeting, "moving");
    const session = onHello(this.#parts, greeting, frame, ++this.#greeted);
    if (session === undefined)
      return this.#close(
        greeting,
        "unsupported",
        `This hub speaks version 1, not ${frame.version}.`,
      );
    greeting.dueAt = Infinity;
    session.link.session = session;
    this.#sessions.delete(greeting);
    this.#sessions.add(session);
    this.counts.sessions++;
    this.#remind(session);
  }

  #hear(session: LiveSession, r: Reader): void {
    session.heardAt = this.#parts.clock.now;
    while (r.left > 0) {
      const frame = this.#frames.next(r);
      if (frame === undefined) return this.#malformed(session, r);
      const fault = this.#handle(session, r, frame);
      if (fault !== undefined) return this.#close(session, "malformed", fault);
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
      case up.PONG:
        return undefined; // that it was heard is all it says
      case up.SEEN:
        return onSeen(session, frame) ? undefined : "SEEN fell, or is more than was sent.";
      case up.HELLO:
        return "HELLO came twice.";
      case up.AUTH:
      case up.READ:
      case up.ENTER:
      case up.LEAVE:
        return this.#unsupported(session, frame.id, frame.op);
      case 0:
        return this.#unsupported(session, frame.id, frame.opcode);
      default:
        return frame satisfies never;
    }
  }

  #unsupported(session: LiveSession, id: number, opcode: number): undefined {
    const why = refusal("unsupported", `This hub does not know the operation ${opcode}.`);
    refuse(this.#parts, session, id, why);
  }

  #malformed(session: Greeting | LiveSession, r: Reader): void {
    this.#close(session, "malformed", `A frame could not be read: ${r.fault}.`);
  }

  #remind(deadline: Deadline): void {
    this.#deadlines.add(deadline);
    this.#sink.wakeAt(deadline.dueAt);
  }

  #due(due: Deadline): void {
    if (due instanceof UnsaidRefusals) {
      if (due.session.link.session === due.session) this.#publishing.settleUnsaid(due);
    } else if (due.link.session !== due) return;
    else if (due.phase === "greeting")
      this.#close(due, "stale", `HELLO did not come within ${this.#parts.settings.greetingMs} ms.`);
    else this.#look(due);
  }

  #look(session: LiveSession): void {
    const verdict = lookAt(this.#parts, session);
    if (verdict === "alive") this.#remind(session);
    else this.#close(session, verdict === "silent" ? "stale" : "moving");
  }

  #closeLink(link: Link<Session>, name: CloseName, text?: string): void {
    const { session } = link;
    if (session !== undefined && session.phase !== "closed") this.#close(session, name, text);
  }

  /** Pays what is owed, ends the session, and has the connection closed. */
  #close(
    session: Greeting | LiveSession,
    name: CloseName,
    text: string = closeSentences[name],
  ): void {
    if (session.phase === "live") this.#parts.rounds.pay(session);
    if (session.link.session !== session) return; // paying it has closed it
    this.counts.closed[name] = (this.counts.closed[name] ?? 0) + 1;
    this.#end(session);
    this.#sink.close(session.link, closeCodes[name].code, text);
  }

  #end(session: Session): void {
    if (session.phase === "closed") return;
    session.link.session = closed;
    session.dueAt = Infinity;
    const wasCounted = this.#sessions.delete(session);
    if (session.phase === "greeting") return;
    this.#parts.rounds.drop(session);
    leaveAll(this.#parts, session);
    if (wasCounted) this.counts.sessions--;
  }
}
