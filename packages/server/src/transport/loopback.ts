// Who may come to a hub without keys: programs on this machine, and pages that this machine served. A page of another site that
// makes its own name point here (DNS rebinding) still sends that name as Host.

import type { IncomingMessage } from "node:http";

const LOCAL_NAMES: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Whether an address of a socket, or one to listen on, is of this machine alone. */
export function isLoopback(address: string): boolean {
  return (
    address === "localhost" ||
    address === "::1" ||
    /^(?:::ffff:)?127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/u.test(address)
  );
}

/** Whether a host of a URL is this machine, by a name that nobody else can have. */
export function isLocalName(host: string): boolean {
  return LOCAL_NAMES.has(host);
}

/** Why a request may not come to a hub without keys; undefined when it may. */
export function whyNotLocal(request: IncomingMessage): string | undefined {
  if (!isLoopback(request.socket.remoteAddress ?? ""))
    return "Without keys this hub serves programs on its own machine only.";
  const name = (request.headers.host ?? "").replace(/:\d+$/u, "").toLowerCase();
  return isLocalName(name)
    ? undefined
    : "Without keys this hub answers to localhost, 127.0.0.1 and [::1] only.";
}
