// What handlers work with.

import { errorCodes, refusedFrame } from "@fanwire/protocol";
import type { Access } from "./access.ts";
import type { CatchUp } from "./catch-up.ts";
import type { Clock } from "./clock.ts";
import type { Cohorts } from "./cohorts.ts";
import type { Counts } from "./counts.ts";
import type { Bindings } from "./jobs/bindings.ts";
import type { Chores } from "./jobs/chores.ts";
import type { Queues } from "./jobs/queues.ts";
import type { Takings } from "./jobs/takings.ts";
import type { Marks } from "./marks.ts";
import type { Refusal } from "./refusal.ts";
import type { Rounds } from "./round.ts";
import type { LiveSession } from "./session.ts";
import type { Settings } from "./settings.ts";
import type { ThisRun } from "./sources/pattern-source.ts";
import type { Sources } from "./sources/sources.ts";
import type { Storing } from "./storing.ts";
import type { Topics } from "./topics.ts";

export interface Parts {
  readonly settings: Settings;
  readonly run: ThisRun;
  readonly clock: Clock;
  readonly counts: Counts;
  readonly topics: Topics;
  readonly rounds: Rounds;
  readonly sources: Sources;
  readonly catchUp: CatchUp;
  readonly cohorts: Cohorts;
  readonly marks: Marks;
  readonly access: Access;
  readonly storing: Storing;
  readonly queues: Queues;
  readonly takings: Takings;
  readonly bindings: Bindings;
  readonly chores: Chores;
}

/** Bytes of a reply that no field of it exceeds, its text aside. */
export const REPLY_BYTES = 64;

/** Refuses a request. `topic`: with the id 0, what is allowed no longer. */
export function refuse(
  parts: Parts,
  session: LiveSession,
  id: number,
  why: Refusal,
  topic: string | null = null,
): void {
  parts.counts.refuse(why);
  refusedFrame.write(parts.rounds.reply(session, refusedBytes(why.text)), {
    id,
    code: errorCodes[why.name].code,
    text: why.text,
    retryAfterMs: why.retryAfterMs,
    topic,
    count: null,
  });
}

/** What REFUSED with this text does not exceed: a topic may stand in it. */
export function refusedBytes(text: string): number {
  return REPLY_BYTES + 512 + text.length * 3;
}
