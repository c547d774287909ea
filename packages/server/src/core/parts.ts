// What handlers work with.

import { errorCodes, refusedFrame, type Writer } from "@fanwire/protocol";
import type { Clock } from "./clock.ts";
import type { Counts } from "./counts.ts";
import type { Refusal } from "./refusal.ts";
import type { Rounds } from "./round.ts";
import type { LiveSession } from "./session.ts";
import type { Settings } from "./settings.ts";
import type { Topics } from "./topics.ts";

export interface Parts {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly counts: Counts;
  readonly topics: Topics;
  readonly rounds: Rounds;
}

/** Bytes of a reply that no field of it exceeds, its text aside. */
export const REPLY_BYTES = 64;

/** Refuses a request. */
export function refuse(parts: Parts, session: LiveSession, id: number, why: Refusal): void {
  parts.counts.refused++;
  writeRefused(parts.rounds.reply(session, refusedBytes(why.text)), id, why);
}

/** What REFUSED with this text does not exceed: a topic may stand in it. */
export function refusedBytes(text: string): number {
  return REPLY_BYTES + 512 + text.length * 3;
}

function writeRefused(w: Writer, id: number, why: Refusal): void {
  refusedFrame.write(w, {
    id,
    code: errorCodes[why.name].code,
    text: why.text,
    retryAfterMs: why.retryAfterMs,
    topic: null,
    count: null,
  });
}
