// POST /v1/tickets: a ticket for somebody who has a token. POST /v1/revocations: withdraws tokens, for somebody with a token of the
// audience of administrators.

import type { IncomingMessage } from "node:http";
import type { Authenticator, Claims, Refusal, Revocation } from "../ports/authenticator.ts";
import { Problem, readJson } from "./exchange.ts";
import type { Route } from "./routes.ts";

/** What the routes do when somebody may. */
export interface AccessDesk {
  /** Verifies tokens of clients. */
  readonly clients: Authenticator;
  /** Verifies tokens of administrators. */
  readonly administrators: Authenticator;
  /** Why verified claims are no longer good; undefined when they are. */
  whyNotGood(claims: Claims): Refusal | undefined;
  /** A ticket, or undefined when too many wait to be used. */
  ticket(claims: Claims, origin: string | null): string | undefined;
  /** Returns how many connections were closed. */
  revoke(revocation: Revocation): number;
}

/** `ticketMs`: how long a ticket is good. */
export function accessRoutes(desk: AccessDesk, ticketMs: number): Route[] {
  return [
    {
      method: "POST",
      path: "/v1/tickets",
      async answer(request) {
        const [claims, body] = await asked(request, desk, desk.clients);
        const { origin = request.headers.origin ?? null } = body;
        if (origin !== null && typeof origin !== "string")
          throw new Problem(400, "malformed-value", "origin must be that of the page, or null.");
        const ticket = desk.ticket(claims, origin);
        if (ticket === undefined)
          throw new Problem(503, "rate-limited", "Too many tickets wait to be used.", ticketMs);
        return { ticket, goodForMs: ticketMs };
      },
    },
    {
      method: "POST",
      path: "/v1/revocations",
      async answer(request) {
        const [, body] = await asked(request, desk, desk.administrators);
        return { closed: desk.revoke(revocationOf(body)) };
      },
    },
  ];
}

/** Who asks, and what for. Nothing is read of somebody who may not; what was good must still be when all has come. */
async function asked(
  request: IncomingMessage,
  desk: AccessDesk,
  authenticator: Authenticator,
): Promise<[Claims, Readonly<Record<string, unknown>>]> {
  const claims = await bearer(request, authenticator);
  const body = await readJson(request);
  const why = desk.whyNotGood(claims);
  if (why !== undefined) throw new Problem(401, why.name, why.text);
  return [claims, body];
}

async function bearer({ headers }: IncomingMessage, authenticator: Authenticator): Promise<Claims> {
  const token = /^bearer +(\S+)$/iu.exec(headers.authorization ?? "")?.[1];
  if (token === undefined)
    throw new Problem(401, "unauthenticated", "Send a token: Authorization: Bearer.");
  const outcome = await authenticator.verify(token);
  if ("text" in outcome) {
    const { name, text, retryAfterMs } = outcome;
    throw new Problem(name === "internal" ? 503 : 401, name, text, retryAfterMs);
  }
  return outcome;
}

function revocationOf(body: Readonly<Record<string, unknown>>): Revocation {
  const { tokenId, keyId, subject, issuer, issuedUpTo = Date.now() } = body;
  const names = Object.keys(body);
  if (typeof tokenId === "string" && names.length === 1) return { tokenId };
  if (typeof keyId === "string" && names.length === 1) return { keyId };
  const isOfSubject =
    typeof subject === "string" &&
    (issuer === undefined || typeof issuer === "string") &&
    Number.isSafeInteger(issuedUpTo) &&
    names.every((name) => OF_SUBJECT.has(name));
  if (isOfSubject) return { subject, issuer, issuedUpTo: issuedUpTo as number };
  throw new Problem(
    400,
    "malformed-value",
    "Send one of tokenId, keyId and subject; with subject also issuer, and issuedUpTo in milliseconds since 1970.",
  );
}

const OF_SUBJECT: ReadonlySet<string> = new Set(["subject", "issuer", "issuedUpTo"]);
