import { JOINING, type Row, type Stream } from "./stream.ts";

/** What a slow client wants of what it could not be sent: all of it, only the latest, or to be closed. */
export const lag = { all: 0, latest: 1, latestPerKey: 2, close: 3 } as const;

/** The choice made at subscribe time. */
export interface Mode {
  /** One of {@link lag}. */
  readonly lag: number;
  /** At most one delivery in this time, in milliseconds; 0: as they come. */
  readonly intervalMs: number;
}

/** What a subscription that asked for the past is to be told before it is live. */
export interface Replay {
  /** One of the wire's reasons when a gap comes first, else 0. */
  gap: number;
  /** Of that gap; null where it is not known. */
  missed: number | null;
  /** It is served whole, whatever the mode says. */
  readonly isFull: boolean;
  /** The state comes first: the latest of each key. Deletions up to this cursor are left out, as the client knows of no key. */
  readonly stateUpTo?: number;
  /** What was sent of topics beyond a mark, by topic: offsets; null when nothing was. */
  readonly beyond: Map<string, number> | null;
}

/** A session follows a stream. */
export class Subscription<S> implements Row {
  readonly session: S;
  readonly stream: Stream<Subscription<S>>;
  mode: Mode;
  index: number = JOINING;
  cursor: number;

  constructor(session: S, stream: Stream<Subscription<S>>, mode: Mode, cursor: number) {
    this.session = session;
    this.stream = stream;
    this.mode = mode;
    this.cursor = cursor;
  }
}

/** A subscription whose cursor is behind, while it catches up. */
export class Lagging<S> {
  readonly subscription: Subscription<S>;
  /** Until it has arrived; null when its grant announced no replay. */
  replay: Replay | null;
  /** See `Reader`. */
  stateFloor = 0;

  constructor(subscription: Subscription<S>, replay: Replay | null) {
    this.subscription = subscription;
    this.replay = replay;
  }

  get stream(): Stream<Subscription<S>> {
    return this.subscription.stream;
  }

  get mode(): Mode {
    return this.subscription.mode;
  }

  get cursor(): number {
    return this.subscription.cursor;
  }

  set cursor(cursor: number) {
    this.subscription.cursor = cursor;
  }
}
