// The hub's view of one client. A session is a shape for each phase of its life, and holds only what that phase needs; the
// link's `session` is the one reference that changes from shape to shape.

import type { ResumeClaim } from "@fanwire/protocol";
import type { Batch, Joined } from "./batch.ts";
import type { Claims } from "./claims.ts";
import type { Credentials } from "./credentials.ts";
import type { Flow } from "./flow.ts";
import type { Worker } from "./jobs/taking.ts";
import type { Link } from "./link.ts";
import type { Rates } from "./rate-limit.ts";
import type { Reading } from "./reading.ts";
import type { Cohort, Stream } from "./stream.ts";
import type { Subject } from "./subjects.ts";
import type { Lagging, Subscription } from "./subscription.ts";
import type { PatternStream, Topic } from "./topic.ts";
import type { UnsaidRefusals } from "./unsaid-refusals.ts";
import type { Timed } from "./wheel.ts";

/** The WebSocket is open, HELLO has not come. */
export class Greeting implements Timed {
  readonly phase = "greeting" as const;
  readonly link: Link<Session>;
  readonly id: string;
  readonly secret: string;
  /** What the client presented before HELLO. */
  readonly credentials: Credentials;
  /** When patience ends. */
  dueAt: number;

  constructor(
    link: Link<Session>,
    id: string,
    secret: string,
    credentials: Credentials,
    dueAt: number,
  ) {
    this.link = link;
    this.id = id;
    this.secret = secret;
    this.credentials = credentials;
    this.dueAt = dueAt;
  }
}

/** HELLO has come, and its token is being verified. */
export class Verifying implements Timed {
  readonly phase = "verifying" as const;
  readonly link: Link<Session>;
  readonly id: string;
  readonly secret: string;
  /** The client says what it has seen. */
  readonly reportsSeen: boolean;
  /** The session that it goes on with; null when there was none. */
  readonly resume: ResumeClaim | null;
  /** When patience ends. */
  dueAt: number;

  constructor(
    { link, id, secret, dueAt }: Greeting,
    reportsSeen: boolean,
    resume: ResumeClaim | null,
  ) {
    this.link = link;
    this.id = id;
    this.secret = secret;
    this.reportsSeen = reportsSeen;
    this.resume = resume;
    this.dueAt = dueAt;
  }
}

/** Welcome was said. Written to for each delivery: one hidden class, no closures, arrays only when needed. */
export class LiveSession implements Timed {
  readonly phase = "live" as const;
  readonly link: Link<Session>;
  readonly id: string;
  /** Of the hub itself: not counted, not limited, not pinged, and may publish to the hub's own topics. */
  readonly isLocal: boolean;
  /** What its token says; null where no tokens are asked for. */
  claims: Claims | null = null;
  /** Whom it belongs to; null where no tokens are asked for. */
  subject: Subject | null = null;
  /** How often it may do what; null where that is not limited. */
  rates: Rates | null = null;
  /** Its token has expired: what it has goes on for a while, nothing new begins. */
  isExpired = false;
  /** When its token expires, and after that when it is closed for it; Infinity where there is none. */
  accessDueAt: number = Infinity;
  /** The AUTH whose token is being verified; 0 when there is none. */
  authId = 0;
  readonly subscriptions: LiveSubscription[] = [];
  patterns = 0;

  /** What it is owed, in the order in which it is sent: the first … */
  out: Joined | null = null;
  /** … and the rest; null when there is none. */
  outMore: Joined[] | null = null;
  /** Answers that leave with the next round; null when there is none. */
  replies: Batch | null = null;
  /** Answers that wait for the next round of a stream, as they must not overtake a publication; null when there is none. */
  heldReplies: Batch | null = null;
  /** Streams that hold them back. */
  holds = 0;
  /** What follows the replies: parts of batches for subscriptions granted in them, and held replies; null when there is none. */
  afterReplies: Joined[] | null = null;
  /** The round that it was last put into. */
  round = 0;

  /** How much it is sent and takes, and whether that is too much for now. */
  readonly flow: Flow;
  /** Subscriptions whose cursors are behind; null when there is none. */
  lagging: Lagging<LiveSession>[] | null = null;
  /** READs that are not answered yet, in their order; null when there is none. */
  reads: Reading<LiveTopic>[] | null = null;
  /** It waits for its turn to catch up. */
  isCatchingUp = false;

  heardAt: number;
  sentAt: number;
  /** It is pinged after this much silence, in milliseconds: sessions that came together are pinged apart. */
  readonly pingMs: number;
  /** When to look whether a PING is due, or its answer missing. */
  pingDueAt: number;
  /** When the PING that waits for an answer was sent; 0 when none does. */
  pingedAt = 0;
  dueAt = 0;
  /** When the hub, stopping, closes it; Infinity while the hub runs. */
  leavesAt: number = Infinity;

  /** What whoever goes on with this session must know; empty for one of the hub itself. */
  secret = "";
  /** The number of the queue that it sent to last, and may send to; 0: none. */
  lastQueue = 0;
  /** What it takes of queues; null while it takes nothing. */
  worker: Worker<LiveSession> | null = null;
  /** Where the members of the topics are that it is a member of; null while it is of none. */
  memberships: Set<LiveTopic> | null = null;
  /** The topic it published to last, by name or by alias. */
  lastTopic: LiveTopic | null = null;
  /** Topics by the aliases that it was told as a publisher; null when it was told none. */
  aliases: Map<number, LiveTopic> | null = null;
  /** Publications without an id that were refused and not told yet; null when there is none. */
  unsaid: UnsaidRefusals<LiveSession> | null = null;

  /** `pingMs`: Infinity for one that is not pinged, because it is of the hub itself. */
  constructor(link: Link<Session>, id: string, now: number, flow: Flow, pingMs: number) {
    this.link = link;
    this.id = id;
    this.heardAt = now;
    this.sentAt = now;
    this.flow = flow;
    this.pingMs = pingMs;
    this.pingDueAt = now + pingMs;
    this.isLocal = pingMs === Infinity;
  }

  /** It is not closed: what is said to it is heard. */
  get isHere(): boolean {
    return this.link.session === this;
  }

  /** What stands in publications of topics that tell their publishers. */
  get publisher(): string | null {
    return this.claims?.subject ?? null;
  }
}

/** The connection is being closed, or is gone. Nothing more is said to it, and what it says is not heard. */
export interface Closed {
  readonly phase: "closed";
}

/** There is nothing to tell one from another. */
export const closed: Closed = { phase: "closed" };

export type Session = Greeting | Verifying | LiveSession | Closed;
/** One that still needs patience or looking after. */
export type OpenSession = Greeting | Verifying | LiveSession;
export type LiveSubscription = Subscription<LiveSession>;
export type LiveStream = Stream<LiveSubscription>;
export type LiveTopic = Topic<LiveSubscription>;
export type LivePatternStream = PatternStream<LiveSubscription>;
export type LiveCohort = Cohort<LiveSubscription>;
