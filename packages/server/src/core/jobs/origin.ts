// Where a job comes from when no client sent it where it is: what its worker is told of that, and what is written down.

import type { EnvelopeValue } from "@fanwire/protocol";
import type { Origin } from "../queues/job.ts";

/** Steps from queue to queue that a dead job makes at most. */
export const HOPS_MAX = 8;

type Entries = ReadonlyMap<string, EnvelopeValue>;

export class JobOrigin implements Origin {
  /** `topic`, `epoch`, `offset` of a publication; `dead`, `deadFrom`, `failures`, `error`, `deadAt`, `hops` of a dead letter. */
  readonly entries: Entries;

  constructor(entries: Entries) {
    this.entries = entries;
  }

  get hops(): number {
    const hops = this.entries.get("hops");
    return typeof hops === "number" ? hops : 0;
  }

  /** The queue in which it was dead first and last; undefined when it was not. */
  get deadFrom(): string | undefined {
    const from = this.entries.get("deadFrom");
    return typeof from === "string" ? from : undefined;
  }
}

/** Of a job that died. `at`: in milliseconds since 1970. */
export function deadOrigin(
  before: Origin | null,
  dead: {
    readonly from: string;
    readonly why: string;
    readonly failures: number;
    readonly error: string | null;
    readonly at: number;
  },
): JobOrigin {
  const entries = new Map<string, EnvelopeValue>(publicationOf(before));
  entries.set("dead", dead.why);
  entries.set("deadFrom", dead.from);
  entries.set("failures", dead.failures);
  if (dead.error !== null) entries.set("error", dead.error);
  entries.set("deadAt", dead.at);
  entries.set("hops", (before?.hops ?? 0) + 1);
  return new JobOrigin(entries);
}

/** Of a job that was dead and is tried again; null when it came from a client. */
export function revivedOrigin(before: Origin | null): JobOrigin | null {
  const entries = publicationOf(before);
  return entries.size === 0 ? null : new JobOrigin(entries);
}

export function publicationOrigin(topic: string, epoch: number, offset: number): JobOrigin {
  return new JobOrigin(
    new Map<string, EnvelopeValue>([
      ["topic", topic],
      ["epoch", epoch],
      ["offset", offset],
    ]),
  );
}

/** Of the publication that the job is made of, if it is. */
function publicationOf(origin: Origin | null): Map<string, EnvelopeValue> {
  const kept = new Map<string, EnvelopeValue>();
  if (origin instanceof JobOrigin)
    for (const key of ["topic", "epoch", "offset"]) {
      const value = origin.entries.get(key);
      if (value !== undefined) kept.set(key, value);
    }
  return kept;
}
