// HELLO: from a greeting to a live session.

import { type HelloFrame, protocolVersion, welcomeFrame } from "@fanwire/protocol";
import { Flow } from "../flow.ts";
import { type Parts, REPLY_BYTES } from "../parts.ts";
import { type Greeting, LiveSession } from "../session.ts";

/** What WELCOME takes beside the limits: the session's id and secret are short. */
const WELCOME_BYTES = 1024;

/** A share of 1 that is spread evenly over consecutive numbers (the golden ratio's fraction). */
const SPREAD = 0.618_033_988_749_895;

/** Says WELCOME; `number` counts sessions. Undefined when the client speaks another version. */
export function onHello(
  parts: Parts,
  greeting: Greeting,
  frame: HelloFrame,
  number: number,
): LiveSession | undefined {
  if (frame.version !== protocolVersion) return undefined;
  const { clock, settings, rounds } = parts;
  const reportsSeen = frame.client?.get("flow") === true;
  const flow = new Flow(settings.flow, reportsSeen, clock.now);
  const session = new LiveSession(greeting.link, greeting.id, clock.now, flow, false);
  // jitter: the first ping comes after half to all of the time, so that sessions that came together are pinged apart
  session.dueAt = clock.now + settings.pingMs * (0.5 + 0.5 * ((number * SPREAD) % 1));
  welcomeFrame.write(rounds.reply(session, WELCOME_BYTES + REPLY_BYTES), {
    version: protocolVersion,
    session: greeting.id,
    secret: greeting.secret,
    now: clock.time,
    limits: new Map([
      ["payloadBytesMax", settings.payloadBytesMax],
      ["batchBytesMax", settings.batchBytesMax],
      ["subscriptionsMax", settings.subscriptionsMax],
      ["patternsMax", settings.patternsMax],
      ["pingMs", settings.pingMs],
      ["pingTimeoutMs", settings.pingTimeoutMs],
    ]),
    features: ["patterns"],
    expires: null,
  });
  // alone in its message: what the client counts as received begins behind it
  rounds.payNow(session);
  session.flow.sent = 0;
  return session;
}
