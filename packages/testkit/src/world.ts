// Simulated worlds: hubs and stores to which anything happens that a seed says, and what they did wrong by the eyes of those who live there.

/** What a hub or a store can do wrong, in the words of whoever sees it. */
export type FaultKind =
  /** A place (topic, epoch, offset) has two payloads. */
  | "changed"
  /** Came behind its successor, or from before the time of who gets it. */
  | "out-of-order"
  /** Something is left out, and no gap said so. */
  | "silent-loss"
  /** A gap of what was kept, of nothing, or of another number of publications. */
  | "wrong-gap"
  /** Came to one subscriber twice. */
  | "again"
  /** A payload that nobody has published there, or that was refused. */
  | "invented"
  /** What was confirmed is not there. */
  | "lost"
  /** One publisher's publications are in another order. */
  | "publisher-order"
  /** One publication has two places. */
  | "doubled"
  /** A durable publication was delivered or confirmed before it was on disk. */
  | "shown-early"
  /** The head is lower than what was known of the same epoch. */
  | "went-back"
  /** Two publications replaced the same one, and each was to be the only one. */
  | "both-won"
  /** Something is not as its plain model is. */
  | "unlike-model"
  /** In the end somebody's state is not what is. */
  | "wrong-state"
  /** In the end those who are seen are not those who are there. */
  | "wrong-members"
  /** Something came to who had no right to it any more. */
  | "no-right"
  /** What was damaged is taken for what was written. */
  | "undetected"
  /** The store does not open, though nobody has damaged it. */
  | "unopened"
  /** A job that was acknowledged, and confirmed so, was given out again. */
  | "came-back"
  /** A job was given out while somebody held it. */
  | "two-holders"
  /** What was said of a job was taken from who may not say it, or not from who may. */
  | "wrong-verdict"
  /** A job was given out before its time, or behind it. */
  | "wrong-time"
  /** Failures or attempts are fewer than there were, or more. */
  | "wrong-count"
  /** More is held than bounds allow. */
  | "unbounded"
  /** Nothing stands in the way any more, and yet something does not come to its end. */
  | "stuck"
  /** Something was thrown. */
  | "thrown";

export interface Fault {
  readonly kind: FaultKind;
  readonly sentence: string;
}

/** A life of a world: what went wrong in it, in the order in which it was seen, and how much has happened. */
export interface Life {
  readonly faults: readonly Fault[];
  readonly figures: Readonly<Record<string, number>>;
}

/** Lives a whole life of a world. The same seed is the same life. */
export type Live = (seed: number) => Life;

/** Thrown by who sees a fault and cannot go on. */
export class FaultError extends Error {
  readonly kind: FaultKind;

  constructor(kind: FaultKind, sentence: string) {
    super(sentence);
    this.kind = kind;
  }
}

/** Does something, and adds what it throws to the faults. */
export function catchInto(faults: Fault[], task: () => void): void {
  try {
    task();
  } catch (error) {
    if (error instanceof FaultError) faults.push({ kind: error.kind, sentence: error.message });
    else faults.push({ kind: "thrown", sentence: (error as Error).stack ?? String(error) });
  }
}
