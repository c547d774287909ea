// What was found wrong: the first ones as sentences, and how often each kind.

/** What a hub can do wrong. */
export type FaultKind =
  /** What was confirmed, or shown, is not there. */
  | "lost"
  /** One publication has two places. */
  | "doubled"
  /** A place has two payloads. */
  | "changed"
  /** A payload that nobody has published, or not there, or that was refused. */
  | "invented"
  /** A durable topic has another epoch. */
  | "epoch"
  /** The head is lower than what was known of the same epoch. */
  | "went-back"
  /** A durable publication was confirmed with a level below disk. */
  | "level"
  /** One publisher's publications are in another order. */
  | "publisher-order"
  /** Came to one subscriber twice. */
  | "again"
  /** Came behind its successor. */
  | "out-of-order"
  /** Offsets were left out, and no gap said so. */
  | "silent-loss"
  /** A gap, and nothing was missed; or what was missed was kept. */
  | "false-gap"
  /** A gap with another number of missed ones than there were. */
  | "wrong-gap"
  /** A key of a state topic has an older value than it had. */
  | "stale"
  /** In the end a subscriber has not got what there is. */
  | "behind"
  /** In the end a publication has no answer. */
  | "unanswered"
  /** A job that was acknowledged, and confirmed so, was given to somebody. */
  | "came-back"
  /** A job was given to somebody while another had it. */
  | "two-holders"
  /** What was said of a job in time, by who had it, was not taken. */
  | "wrong-verdict"
  /** A subscription, or the hub, ended by itself. */
  | "ended";

export interface Fault {
  readonly kind: FaultKind;
  readonly sentence: string;
}

/** Faults of a kind that are kept as sentences; one more says nothing new. */
const KEPT_MAX = 20;

export class Faults {
  /** The first of each kind. */
  readonly list: Fault[] = [];
  /** How often each kind was found. */
  readonly found: Map<FaultKind, number> = new Map<FaultKind, number>();

  add(kind: FaultKind, sentence: string): void {
    const count = (this.found.get(kind) ?? 0) + 1;
    this.found.set(kind, count);
    if (count <= KEPT_MAX) this.list.push({ kind, sentence });
  }
}
