// AUTH: a fresh token on a live connection. Each subscription is kept, or ended at once.

import { authOk } from "@fanwire/protocol";
import type { Claims } from "../claims.ts";
import { type Parts, refuse, REPLY_BYTES } from "../parts.ts";
import { maySubscribe, mayPublish } from "../policy.ts";
import { limited, refusal, type Refusal } from "../refusal.ts";
import type { LiveSession } from "../session.ts";
import { reconsiderTakings } from "./consume.ts";
import { reconsiderReads } from "./read.ts";
import { end } from "./subscribe.ts";

/** Whether the token is to be verified; otherwise it was answered. */
export function onAuth(parts: Parts, session: LiveSession, id: number): boolean {
  const why = whyNotAuth(parts, session);
  if (why === undefined) session.authId = id;
  else refuse(parts, session, id, why);
  return why === undefined;
}

function whyNotAuth(parts: Parts, session: LiveSession): Refusal | undefined {
  if (parts.settings.isOpen)
    return refusal("unsupported", "This hub has no keys, and asks for no tokens.");
  if (session.authId > 0)
    return limited("rate-limited", "authPerSecond", "A token of yours is being verified.", 1000);
  const { rates } = session;
  const wait = rates?.take("auth", parts.clock.now) ?? 0;
  return wait > 0
    ? limited(
        "rate-limited",
        rates!.table.auth.limit,
        `AUTH comes too often; wait ${wait} ms.`,
        wait,
      )
    : undefined;
}

/** The token of an AUTH was verified, or it was not good. */
export function onVerified(parts: Parts, session: LiveSession, outcome: Claims | Refusal): void {
  const id = session.authId;
  session.authId = 0;
  const why = "text" in outcome ? outcome : parts.access.whyNotRenew(session, outcome);
  if (why !== undefined) return refuse(parts, session, id, why);
  renew(parts, session, outcome as Claims);
  authOk.write(parts.rounds.reply(session, REPLY_BYTES), {
    id,
    expires: (outcome as Claims).expiresAt,
  });
}

function renew(parts: Parts, session: LiveSession, fresh: Claims): void {
  const { counts, access } = parts;
  const isSame = session.claims?.grants === fresh.grants;
  access.renew(session, fresh);
  if (isSame) return;
  session.lastTopic = null;
  session.lastQueue = 0;
  reconsiderReads(parts, session);
  reconsiderTakings(parts, session);
  for (const [alias, topic] of session.aliases ?? [])
    if (typeof mayPublish(counts, session, topic.name as never) !== "string")
      session.aliases!.delete(alias);
  for (const subscription of session.subscriptions.slice()) {
    const allowed = maySubscribe(parts, session, subscription.stream.name as never);
    if (typeof allowed !== "string") end(parts, subscription, allowed);
  }
}
