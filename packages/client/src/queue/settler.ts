// What is said of jobs: collected for a turn, one SETTLE a queue, an outcome each; said again where a lost link left it unanswered.

import type { limits, settleVerb } from "@fanwire/protocol";
import { pauseMs } from "../core/backoff.ts";
import { ClientError, hubError } from "../errors.ts";
import type { OkFrame } from "../frames.ts";
import type { Link, User } from "../link.ts";
import { SETTLE } from "../opcodes.ts";

/** Settlements of one SETTLE, at most. */
const settleMax: typeof limits.settleCountMax = 1000;

/** The text of a settlement, in bytes. */
const noteMax: typeof limits.jobNoteBytesMax = 1024;

/** See the protocol (QF4). */
export const verb: typeof settleVerb = {
  ack: 0,
  release: 1,
  fail: 2,
  reject: 3,
  touch: 4,
  progress: 5,
};

/** Something to be said of a job. */
interface Said {
  readonly queue: string;
  readonly verb: number;
  readonly seq: number;
  readonly lease: number;
  readonly number?: number | null | undefined;
  readonly text?: string | null | undefined;
  /** Hears once what became of it; undefined: it is done. */
  readonly heard: (error: ClientError | undefined) => void;
}

interface Waiting extends Said {
  /** It is not said before that, and how often it was refused. */
  dueAt: number;
  refusals: number;
}

type SettleOk = readonly [op: number, id: number, outcomes: readonly number[]];

export interface Settler {
  /** Says it at the end of this turn, or as soon as there is a link. What was not said yet of the same kind and job is replaced. */
  say(said: Said): void;
  load(): void;
  cut(): void;
}

/** A text that the hub takes. */
export function noteOf(text: string): string {
  const bytes = new Uint8Array(noteMax);
  const { read } = new TextEncoder().encodeInto(text, bytes);
  return text.slice(0, read).toWellFormed();
}

/** A touch of a job whose link is gone is of no use on the next, nor is its progress. */
const isFleeting = (said: Said): boolean => said.verb === verb.touch || said.verb === verb.progress;

const keyOf = (said: Said): string => `${said.verb} ${said.lease}`;

const lost = "the job is held by another, or gone";

/** The error for an outcome; undefined: it is done. */
const errorOf = (code: number): ClientError | undefined =>
  code ? hubError(code, code === 403 ? lost : "") : undefined;

export function openSettler(link: Link): Settler {
  /** What is not said yet. */
  const waiting = new Map<string, Waiting>();
  /** How many are said and not answered. */
  let flying = 0;
  const user: User = { wake, over };

  function wake(): number {
    let next = Infinity;
    for (const { dueAt } of waiting.values())
      if (dueAt > link.now) next = Math.min(next, dueAt);
      else if (dueAt > 0) link.soon();
    return next;
  }

  function over(cause: ClientError = new ClientError("closed")): void {
    const left = [...waiting.values()];
    waiting.clear();
    for (const { heard } of left) heard(cause);
    rest();
  }

  /** Without anything to say it does not need the link. */
  function rest(): void {
    if (!waiting.size && !flying) link.release(user);
  }

  function wait(said: Waiting): void {
    waiting.set(keyOf(said), said);
    link.use(user, said.dueAt || Infinity);
  }

  function load(): void {
    const queues = new Map<string, Waiting[]>();
    for (const [key, said] of waiting)
      if (said.dueAt <= link.now) {
        waiting.delete(key);
        const told = queues.get(said.queue) ?? [];
        queues.set(said.queue, told);
        told.push(said);
      }
    for (const [queue, told] of queues)
      while (told.length > 0) tell(queue, told.splice(0, settleMax));
  }

  function tell(queue: string, told: readonly Waiting[]): void {
    flying += told.length;
    const rows = told.map((said) => [
      said.verb,
      said.seq,
      said.lease,
      said.number ?? null,
      said.text ?? null,
    ]);
    link.ask((answer) => answered(told, answer), SETTLE, queue, rows);
  }

  function answered(told: readonly Waiting[], answer: OkFrame | ClientError): void {
    for (const [i, said] of told.entries()) {
      flying--;
      hear(
        said,
        answer instanceof ClientError
          ? answer
          : errorOf((answer as unknown as SettleOk)[2][i] ?? 0),
      );
    }
    rest();
  }

  function hear(said: Waiting, error: ClientError | undefined): void {
    const { refusals } = said;
    if (!error?.retryable || isFleeting(said)) return said.heard(error);
    // what a lost link left unanswered is said at once on the next
    if (!link.isLive()) return wait({ ...said, dueAt: 0 });
    const ms = error.retryAfterMs ?? pauseMs(link.chance, refusals + 1);
    wait({ ...said, dueAt: link.now + ms, refusals: refusals + 1 });
  }

  return {
    say(said) {
      const earlier = waiting.get(keyOf(said));
      const heard: Said["heard"] = (error) => {
        earlier?.heard(error);
        said.heard(error);
      };
      // a touch that says no time does not take back one that does
      const number = said.number ?? earlier?.number;
      wait({ ...said, number, heard, dueAt: 0, refusals: 0 });
      link.soon();
    },
    load,
    /** Another link does not wait. */
    cut() {
      for (const [key, said] of waiting)
        if (isFleeting(said)) {
          waiting.delete(key);
          said.heard(new ClientError("unknown-outcome", { retryable: true }));
        } else said.dueAt = 0;
    },
  };
}
