// Jobs in this client, kept by their leases: read, touched, told of when they are lost, settled.

import { ClientError } from "../errors.ts";
import type { DeliveryFrame } from "../frames.ts";
import { Hold, type Held, type Stand } from "./core/hold.ts";
import type { Desk } from "./desk.ts";
import { type JobInfo, readJob } from "./job.ts";
import { noteOf, verb } from "./settler.ts";

/** Hears what became of what was said; undefined: it is done. */
type Heard = (error: ClientError | undefined) => void;

/** A job, and what the application has of it. */
export class Work<T> implements Held {
  readonly info: JobInfo<T>;
  readonly seq: number;
  readonly lease: number;
  stand: Stand = "waiting";
  isSure = true;
  isInherited = false;
  leasedUntil = 0;
  /** The hub has said that the lease is gone. */
  isLost = false;
  /** When it began. */
  begunAt = 0;
  #controller: AbortController | undefined;
  #reason: ClientError | undefined;

  constructor(info: JobInfo<T>, lease: number) {
    this.info = info;
    this.seq = info.seq;
    this.lease = lease;
  }

  /** Made when it is asked for: most work is done without. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#reason) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  abort(reason: ClientError): void {
    this.#reason ??= reason;
    this.#controller?.abort(reason);
  }
}

/** What is said of a job: a verb of SETTLE, its number, its text. */
export type Verdict = readonly [
  verb: number,
  number?: number | undefined,
  text?: string | undefined,
];

/** What the holder is told. */
interface Hooks<T> {
  /** The application has the job, and the lease is gone. */
  lost(work: Work<T>, error: ClientError): void;
  /** A job came that cannot be read; it has failed. */
  unread(error: ClientError): void;
  /** Something may begin, or may be over. */
  changed(): void;
}

export interface Holding<T> {
  readonly hold: Hold<Work<T>>;
  take(frame: DeliveryFrame): void;
  lose(lease: number, error: ClientError): void;
  /**
   * Says what became of a job that the application had, and returns whether it does. If the lease is gone it is said only where `isSure`:
   * the hub takes it when nobody else has the job.
   */
  settle(work: Work<T>, verdict: Verdict, heard: Heard, isSure?: boolean): boolean;
  /** Gives it back, uncounted; what the application has is aborted for this reason. */
  giveBack(work: Work<T>, reason: ClientError): void;
  touch(work: Work<T>, ms?: number, heard?: Heard): void;
  progress(work: Work<T>, fraction: number, note?: string): void;
  /** Touches what is to be touched, and returns when the next is. */
  wake(): number;
}

/** The lease is gone. */
export const isLoss = ({ code }: ClientError): boolean =>
  code === "lease-lost" || code === "not-found";

const nothing = (): void => {};

/** `concurrency`: how many the application has at a time. `isKept`: the leases of those are touched, too. */
export function openHolding<T>(
  desk: Desk,
  queue: string,
  concurrency: number,
  isKept: boolean,
  hooks: Hooks<T>,
): Holding<T> {
  const { link, settler, codec } = desk;
  const hold = new Hold<Work<T>>(concurrency, isKept);

  function say(
    { seq, lease }: Pick<Held, "seq" | "lease">,
    kind: number,
    number: number | undefined,
    text: string | undefined,
    heard: Heard,
  ): void {
    const note = text && noteOf(text);
    settler.say({ queue, verb: kind, seq, lease, number, text: note || undefined, heard });
  }

  function take(frame: DeliveryFrame): void {
    const [, , seq, lease] = frame;
    try {
      hold.add(new Work(readJob<T>(codec, queue, frame), lease), link.now);
    } catch (error) {
      const text = `undecodable: ${(error as ClientError).message}`;
      say({ seq, lease }, verb.fail, undefined, text, nothing);
      hooks.unread(error as ClientError);
    }
  }

  function lose(lease: number, error: ClientError): void {
    const work = hold.get(lease);
    if (!work) return;
    if (hold.step(work, "lose") === "running") {
      work.isLost = true;
      work.abort(error);
      hooks.lost(work, error);
    }
    hooks.changed();
  }

  function touch(work: Work<T>, ms?: number, heard: Heard = nothing): void {
    const until = link.now + (ms ?? hold.leaseMs);
    say(work, verb.touch, ms === undefined ? undefined : Math.ceil(ms), undefined, (error) => {
      if (!error) hold.confirm(work, until);
      else if (isLoss(error)) lose(work.lease, error);
      heard(error);
      hooks.changed();
    });
  }

  return {
    hold,
    take,
    lose,
    touch,
    settle(work, [kind, number, text], heard, isSure = false) {
      const before = hold.step(work, "end");
      const isSaid = before === "running" || (before === "lost" && isSure);
      if (isSaid)
        say(work, kind, number, text, (error) => {
          hold.step(work, "settle");
          heard(error);
          hooks.changed();
        });
      hooks.changed();
      return isSaid;
    },
    giveBack(work, reason) {
      const before = hold.step(work, "return");
      if (!before) return;
      say(work, verb.release, undefined, undefined, nothing);
      if (before === "running") work.abort(reason);
    },
    progress(work, fraction, note) {
      if (work.stand !== "running") return;
      say(work, verb.progress, Math.round(fraction * 10_000), note, nothing);
    },
    wake() {
      const { now } = link;
      if (!link.isLive()) return Infinity;
      if (now >= hold.touchAt)
        for (const work of hold.due(now)) {
          const more = work.leasedUntil - now;
          touch(work, more > hold.leaseMs ? more : undefined);
        }
      return hold.touchAt;
    },
  };
}
