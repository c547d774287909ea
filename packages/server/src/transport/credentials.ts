// What a client presents with its upgrade: a bearer token (RFC 6750, section 2.1), a token among the subprotocols that it offers, or a
// ticket. A token never stands in the address.

import type { IncomingMessage } from "node:http";
import type { Credentials } from "../ports/desk.ts";

/** A subprotocol that carries a token: pages can set no header. It is never answered. */
const TOKEN_PROTOCOL = "fanwire.token.";

/** Takes a ticket, once: what stands behind it, or undefined when it is not good. */
export type Redeem = (ticket: string, origin: string | null) => Credentials["claims"] | undefined;

/** Returns what was presented, or a sentence that says what is wrong with it. */
export function credentialsOf(request: IncomingMessage, redeem: Redeem): Credentials | string {
  const { headers, url = "/" } = request;
  const query = new URLSearchParams(url.split("?")[1] ?? "");
  if (query.has("token") || query.has("access_token"))
    return "A token may not stand in the address, where logs keep it: send it in HELLO, or use a ticket.";
  const ticket = query.get("ticket");
  if (ticket !== null) {
    const claims = redeem(ticket, headers.origin ?? null);
    return claims
      ? { token: null, claims }
      : "The ticket is not good: each is for one use, for 30 s, from one page.";
  }
  const token = bearerOf(headers.authorization) ?? offered(headers["sec-websocket-protocol"]);
  return { token: token ?? null, claims: null };
}

/** The token of an Authorization header; undefined when there is none. */
function bearerOf(authorization: string | undefined): string | undefined {
  return /^bearer +(\S+)$/iu.exec(authorization ?? "")?.[1];
}

function offered(protocols: string | undefined): string | undefined {
  return protocols
    ?.split(",")
    .map((name) => name.trim())
    .find((name) => name.startsWith(TOKEN_PROTOCOL))
    ?.slice(TOKEN_PROTOCOL.length);
}
