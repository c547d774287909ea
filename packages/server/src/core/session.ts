// The hub's view of one client. A session is a shape for each phase of its life, and holds only what that phase needs; the
// link's `session` is the one reference that changes from shape to shape.

import type { Batch, Joined } from "./batch.ts";
import type { Link } from "./link.ts";
import type { Flow } from "./flow.ts";
import type { Cohort, Stream } from "./stream.ts";
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
  /** When patience ends. */
  dueAt: number;

  constructor(link: Link<Session>, id: string, secret: string, dueAt: number) {
    this.link = link;
    this.id = id;
    this.secret = secret;
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
  /** It waits for its turn to catch up. */
  isCatchingUp = false;

  heardAt: number;
  sentAt: number;
  /** When the PING that waits for an answer was sent; 0 when none does. */
  pingedAt = 0;
  dueAt = 0;
  /** When the hub, stopping, closes it; Infinity while the hub runs. */
  leavesAt: number = Infinity;

  /** The topic it published to last, by name or by alias. */
  lastTopic: LiveTopic | null = null;
  /** Topics by the aliases that it was told as a publisher; null when it was told none. */
  aliases: Map<number, LiveTopic> | null = null;
  /** Publications without an id that were refused and not told yet; null when there is none. */
  unsaid: UnsaidRefusals<LiveSession> | null = null;

  constructor(link: Link<Session>, id: string, now: number, flow: Flow, isLocal: boolean) {
    this.link = link;
    this.id = id;
    this.heardAt = now;
    this.sentAt = now;
    this.flow = flow;
    this.isLocal = isLocal;
  }
}

/** The connection is being closed, or is gone. Nothing more is said to it, and what it says is not heard. */
export interface Closed {
  readonly phase: "closed";
}

/** There is nothing to tell one from another. */
export const closed: Closed = { phase: "closed" };

export type Session = Greeting | LiveSession | Closed;
export type LiveSubscription = Subscription<LiveSession>;
export type LiveStream = Stream<LiveSubscription>;
export type LiveTopic = Topic<LiveSubscription>;
export type LivePatternStream = PatternStream<LiveSubscription>;
export type LiveCohort = Cohort<LiveSubscription>;
