// HELLO: from a greeting to a live session, by way of a token where tokens are asked for.

import {
  type CloseName,
  type HelloFrame,
  protocolVersion,
  type ResumeClaim,
  welcomeFrame,
} from "@fanwire/protocol";
import type { Claims } from "../claims.ts";
import { Flow } from "../flow.ts";
import { type Parts, REPLY_BYTES } from "../parts.ts";
import type { Refusal } from "../refusal.ts";
import { type Greeting, LiveSession, Verifying } from "../session.ts";

/** What WELCOME takes beside the limits: the session's id and secret are short. */
const WELCOME_BYTES = 1024;

/** Pings come up to this share of their time earlier … */
const PING_JITTER = 0.2;

/** … by a share of 1 that is spread evenly over consecutive numbers (the golden ratio's fraction). */
const SPREAD = 0.618_033_988_749_895;

/** Why a client does not become a session: how its connection is closed, and what it is told. */
export interface Rejection {
  readonly name: CloseName;
  readonly text: string;
  readonly limit?: string;
}

/** What HELLO leads to: a token to verify, claims that were good already, nobody (no tokens are asked for), or the end. */
export type Greeted =
  | { readonly token: string; readonly verifying: Verifying }
  | Admitted
  | Rejection;

/** Who is let in. */
export interface Admitted {
  readonly claims: Claims | null;
  readonly reportsSeen: boolean;
  readonly resume: ResumeClaim | null;
}

export function onHello(parts: Parts, greeting: Greeting, frame: HelloFrame): Greeted {
  if (frame.version !== protocolVersion)
    return {
      name: "unsupported",
      text: `This hub speaks version ${protocolVersion}, not ${frame.version}.`,
    };
  const reportsSeen = frame.client?.get("flow") === true;
  const { resume } = frame;
  if (parts.settings.isOpen) return { claims: null, reportsSeen, resume };
  const { credentials } = greeting;
  if (frame.token === null && credentials.claims !== null)
    return { claims: credentials.claims, reportsSeen, resume };
  const token = frame.token ?? credentials.token;
  if (token === null)
    return {
      name: "unauthenticated",
      text: "This hub asks for a token: give the client a `token`.",
    };
  return { token, verifying: new Verifying(greeting, reportsSeen, resume) };
}

/** How HELLO is answered when its token is not good. */
export function rejectionOf({ name, text }: Refusal): Rejection {
  switch (name) {
    case "token-expired":
    case "revoked":
    case "forbidden":
      return { name, text };
    case "internal":
      return { name: "unavailable", text };
    default:
      return { name: "unauthenticated", text };
  }
}

/** Makes the session and says WELCOME. `number` counts sessions. */
export function welcome(
  parts: Parts,
  from: Greeting | Verifying,
  { claims, reportsSeen, resume }: Admitted,
  number: number,
): LiveSession | Rejection {
  const { clock, settings, rounds } = parts;
  const flow = new Flow(settings.flow, reportsSeen, clock.now);
  const pingMs = Math.floor(settings.pingMs * (1 - PING_JITTER * ((number * SPREAD) % 1)));
  const session = new LiveSession(from.link, from.id, clock.now, flow, pingMs);
  session.secret = from.secret;
  const why = claims === null ? undefined : whyNotEnter(parts, session, claims);
  if (why !== undefined) return why;
  session.dueAt = Math.min(session.pingDueAt, session.accessDueAt);
  welcomeFrame.write(rounds.reply(session, WELCOME_BYTES + REPLY_BYTES), {
    version: protocolVersion,
    session: from.id,
    secret: from.secret,
    now: clock.time,
    limits: new Map([
      ["payloadBytesMax", settings.payloadBytesMax],
      ["batchBytesMax", settings.batchBytesMax],
      ["subscriptionsMax", claims?.grants.limits.subscriptions ?? settings.subscriptionsMax],
      ["patternsMax", claims?.grants.limits.patterns ?? settings.patternsMax],
      ["pingMs", settings.pingMs],
      ["pingTimeoutMs", settings.pingTimeoutMs],
    ]),
    features: ["patterns", "queues"],
    expires: claims?.expiresAt ?? null,
  });
  // alone in its message: what the client counts as received begins behind it
  rounds.payNow(session);
  session.flow.sent = 0;
  if (resume !== null) parts.takings.adopt(session, resume);
  return session;
}

function whyNotEnter(parts: Parts, session: LiveSession, claims: Claims): Rejection | undefined {
  const why = parts.access.whyNotGood(claims);
  if (why !== undefined) return rejectionOf(why);
  const text = parts.access.enter(session, claims);
  return text === undefined
    ? undefined
    : { name: "too-many-connections", text, limit: "subjectConnectionsMax" };
}
