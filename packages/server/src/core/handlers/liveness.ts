// PING of a client, and the hub's own pings.

import { downPingFrame, downPongFrame, type PingFrame, type up } from "@fanwire/protocol";
import { type Parts, REPLY_BYTES } from "../parts.ts";
import type { LiveSession } from "../session.ts";

/** One that comes too often is not answered. */
export function onPing(parts: Parts, session: LiveSession, frame: PingFrame<typeof up.PING>): void {
  const { rates } = session;
  if (rates !== null && rates.take("ping", parts.clock.now) > 0)
    return parts.counts.limit(rates.table.ping.limit);
  downPongFrame.write(parts.rounds.reply(session, REPLY_BYTES), { n: frame.n });
}

/** What a look at a session's deadlines found: all is well until its new `dueAt`, or why it is to be closed. */
export type Verdict = "alive" | "stale" | "moving" | "token-expired";

export function lookAt(parts: Parts, session: LiveSession): Verdict {
  const { now } = parts.clock;
  if (session.leavesAt <= now) return "moving";
  if (session.accessDueAt <= now && parts.access.due(session)) return "token-expired";
  if (session.pingDueAt <= now && isSilent(parts, session)) return "stale";
  session.dueAt = Math.min(session.pingDueAt, session.leavesAt, session.accessDueAt);
  return "alive";
}

/**
 * A PING is due `pingMs` after the last byte received or the last sent, whichever is earlier: each side learns that the other
 * is there. Whoever is not heard for `pingTimeoutMs` after it is silent.
 */
function isSilent({ clock, settings, rounds }: Parts, session: LiveSession): boolean {
  if (session.pingedAt > 0) {
    if (session.heardAt < session.pingedAt) return true;
    session.pingedAt = 0;
  }
  session.pingDueAt = Math.min(session.heardAt, session.sentAt) + session.pingMs;
  if (session.pingDueAt > clock.now) return false;
  downPingFrame.write(rounds.reply(session, REPLY_BYTES), { n: Math.floor(clock.now) });
  session.pingedAt = clock.now;
  session.pingDueAt = clock.now + settings.pingTimeoutMs;
  return false;
}
