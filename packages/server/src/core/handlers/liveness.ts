// PING of a client, and the hub's own pings.

import { downPingFrame, downPongFrame, type PingFrame, type up } from "@fanwire/protocol";
import { type Parts, REPLY_BYTES } from "../parts.ts";
import type { LiveSession } from "../session.ts";

export function onPing(parts: Parts, session: LiveSession, frame: PingFrame<typeof up.PING>): void {
  downPongFrame.write(parts.rounds.reply(session, REPLY_BYTES), { n: frame.n });
}

/** What a look at a session's deadline found: all is well until its new `dueAt`, or it has gone silent, or has to leave. */
export type Verdict = "alive" | "silent" | "leave";

/**
 * A PING is due `pingMs` after the last byte received or the last sent, whichever is earlier: each side learns that the other
 * is there. Whoever is not heard for `pingTimeoutMs` after it is silent.
 */
export function lookAt(parts: Parts, session: LiveSession): Verdict {
  const { clock, settings } = parts;
  if (session.leavesAt <= clock.now) return "leave";
  if (session.pingedAt > 0) {
    if (session.heardAt < session.pingedAt) return "silent";
    session.pingedAt = 0;
  }
  const pingAt = Math.min(session.heardAt, session.sentAt) + settings.pingMs;
  if (pingAt <= clock.now) {
    downPingFrame.write(parts.rounds.reply(session, REPLY_BYTES), { n: Math.floor(clock.now) });
    session.pingedAt = clock.now;
    session.dueAt = clock.now + settings.pingTimeoutMs;
  } else session.dueAt = pingAt;
  session.dueAt = Math.min(session.dueAt, session.leavesAt);
  return "alive";
}
