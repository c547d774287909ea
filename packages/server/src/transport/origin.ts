// Which pages may connect. A browser says of every WebSocket which page opened it (RFC 6455, section 10.2; RFC 6454), and lets any page try.

import type { IncomingMessage } from "node:http";
import { TLSSocket } from "node:tls";

/** Checks a list of origins. Throws a TypeError for what is none. */
export function originList(origins: readonly string[]): ReadonlySet<string> {
  for (const origin of origins)
    if (!isOrigin(origin) || origin.includes("*"))
      throw new TypeError(
        `origins must be a list of scheme, host and port like https://app.example, and ${JSON.stringify(origin)} is not.`,
      );
  return new Set(origins);
}

/**
 * Why a page may not connect; undefined when it may, or when it is no page. It must be listed, letter for letter, or come from the
 * host and port that it connects to. `isLocal`: pages of this machine may too.
 */
export function whyNotOrigin(
  request: IncomingMessage,
  listed: ReadonlySet<string>,
  isLocal: (host: string) => boolean,
): string | undefined {
  const { origin, host, cookie } = request.headers;
  if (origin === undefined)
    return cookie === undefined
      ? undefined
      : "A request with cookies and without Origin may be a page's that hides who it is.";
  if (listed.has(origin)) return undefined;
  if (!isOrigin(origin)) return NOT_THIS_PAGE;
  const { protocol, hostname } = new URL(origin);
  if (!/^https?:$/u.test(protocol)) return NOT_THIS_PAGE;
  if (isLocal(hostname)) return undefined;
  // TLS may end at a proxy, so without TLS of its own the hub takes either scheme for its own
  const isOwnScheme = protocol === "https:" || !(request.socket instanceof TLSSocket);
  return isOwnScheme && isAt(`${protocol}//${host}`, origin) ? undefined : NOT_THIS_PAGE;
}

/** In the one spelling that browsers use. */
function isOrigin(text: string): boolean {
  return text !== "null" && URL.canParse(text) && new URL(text).origin === text;
}

/** Whether a URL without a path, as a Host header makes it, is at an origin. */
function isAt(text: string, origin: string): boolean {
  return URL.canParse(text) && new URL(text).href === `${origin}/`;
}

const NOT_THIS_PAGE =
  "Pages of this origin may not connect: the hub's option origins lists those that may.";
