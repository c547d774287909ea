// What happened, as those saw it who were there. The checker reads nothing else, so a history can be kept and judged again.

/** A publication is known by its payload, of which there is one alone: `publisher-number:length`. */
export type Event =
  /** Was handed to a socket; each attempt. */
  | { readonly kind: "sent"; readonly topic: string; readonly payload: string }
  | {
      readonly kind: "confirmed";
      readonly topic: string;
      readonly payload: string;
      readonly level: number;
      readonly epoch: number;
      /** Null: it is a duplicate of which the hub does not remember where it is. */
      readonly offset: number | null;
      readonly duplicate: boolean;
    }
  | {
      readonly kind: "refused";
      readonly topic: string;
      readonly payload: string;
      readonly code: number;
    }
  /** The link was lost before the answer came. */
  | { readonly kind: "unknown"; readonly topic: string; readonly payload: string }
  /** Is not sent again, although its outcome is unknown: the hub may not remember it any more. */
  | { readonly kind: "givenUp"; readonly topic: string; readonly payload: string }
  /** Begins to follow. `fromFirst`: nothing was published before. */
  | {
      readonly kind: "follows";
      readonly who: string;
      readonly pattern: string;
      readonly fromFirst: boolean;
    }
  | {
      readonly kind: "delivered";
      readonly who: string;
      readonly topic: string;
      readonly epoch: number;
      readonly offset: number;
      readonly payload: string;
      /** It was published before the subscription was live. */
      readonly replayed?: boolean;
    }
  | {
      readonly kind: "gap";
      readonly who: string;
      /** Null: in any topic of the pattern. */
      readonly topic: string | null;
      readonly epoch: number | null;
      readonly next: number | null;
      readonly missed: number | null;
      readonly reason: string;
    }
  /** A subscription ended that nobody has ended. */
  | { readonly kind: "ended"; readonly who: string; readonly code: string }
  /** All was given time to arrive. */
  | { readonly kind: "settled"; readonly who: string }
  /** Asks the hub what a topic keeps. */
  | { readonly kind: "reading"; readonly topic: string }
  | {
      readonly kind: "read";
      readonly topic: string;
      readonly epoch: number;
      readonly offset: number;
      readonly payload: string;
    }
  /** The answer is complete: all that is kept from an offset up to the head. Epoch 0: the hub does not know the topic. */
  | {
      readonly kind: "readTo";
      readonly topic: string;
      readonly epoch: number;
      readonly from: number;
      readonly head: number;
    }
  /** Comes new to a state topic, and wants to be told its values. */
  | { readonly kind: "asksForValues"; readonly topic: string }
  | {
      readonly kind: "value";
      readonly topic: string;
      readonly key: string;
      readonly epoch: number;
      readonly offset: number;
      readonly payload: string;
    }
  /** These were all of them. */
  | { readonly kind: "valuesTold"; readonly topic: string }
  /** A job was handed to a socket; each attempt. `group`: null where it has none. */
  | {
      readonly kind: "jobSent";
      readonly queue: string;
      readonly group: string | null;
      readonly payload: string;
    }
  | {
      readonly kind: "jobConfirmed";
      readonly queue: string;
      readonly payload: string;
      readonly seq: number;
      readonly duplicate: boolean;
    }
  | { readonly kind: "jobRefused"; readonly payload: string; readonly code: number }
  /** A worker was given a job. `ms`: of a clock that is not set. */
  | {
      readonly kind: "given";
      readonly who: string;
      readonly queue: string;
      readonly seq: number;
      readonly lease: number;
      readonly attempt: number;
      readonly payload: string;
      readonly ms: number;
    }
  /** A worker says what becomes of a job, … */
  | { readonly kind: "says"; readonly lease: number; readonly verb: string }
  /** … and is answered; 0: it holds. */
  | { readonly kind: "verdict"; readonly lease: number; readonly code: number }
  /** Its worker was told that it has the job no more. */
  | { readonly kind: "leaseLost"; readonly lease: number }
  /** The link of a worker is gone: whatever it had. */
  | { readonly kind: "workerGone"; readonly who: string }
  | { readonly kind: "killed" }
  /** It was stopped in order, or would not start and said why. */
  | { readonly kind: "stopped" }
  /** The power of its disk was cut. */
  | { readonly kind: "cut" }
  /** Its disk failed, it ended, and had closed its clients with these codes. */
  | {
      readonly kind: "failed";
      readonly code: number | null;
      readonly closeCodes: readonly number[];
    }
  /** The hub ended, and nobody had killed it. */
  | { readonly kind: "exited"; readonly code: number | null; readonly said: string };

/** What is written down of it. */
export interface Recorder {
  add(event: Event): void;
}

/** The bytes of a publication, as a text. */
export function payloadText(payload: string): string {
  return payload.padEnd(lengthOf(payload), ` ${payload}`);
}

/** The name of what came; of what is damaged, something that nobody has published. */
export function payloadOf(text: unknown): string {
  if (typeof text !== "string") return `not a text: ${typeof text}`;
  const [payload = ""] = text.split(" ", 1);
  return payloadText(payload) === text ? payload : `damaged: ${text.slice(0, 50)}`;
}

/** The key that a publication to a state topic has: one of a few, by its number. */
export function keyOf(payload: string): string {
  const number = payload.slice(payload.indexOf("-") + 1, payload.indexOf(":"));
  return `k${Number(number) % KEYS}`;
}

const KEYS = 7;

function lengthOf(payload: string): number {
  return Number(payload.slice(payload.indexOf(":") + 1));
}
