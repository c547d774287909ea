// Why the hub closed a connection. The range is the verdict, so that an old client acts rightly on a code it has never seen
// (private-use range of RFC 6455, section 7.4.2): 4000–4499 come back, 4500–4999 do not come back by yourself. The sentence for
// people stands in `sentences.ts`.

import type { Fault } from "./error-code.ts";

/** The name of a closing. */
export type CloseName =
  | "moving"
  | "stale"
  | "lagging"
  | "token-expired"
  | "storage-failed"
  | "too-many-connections"
  | "flooding"
  | "unavailable"
  | "malformed"
  | "unsupported"
  | "unauthenticated"
  | "forbidden"
  | "revoked"
  | "replaced"
  | "text-message";

/** A row of the table. */
export interface CloseCode {
  readonly code: number;
  readonly fault: Fault;
}

const row = (code: number, fault: Fault): CloseCode => ({ code, fault });

/** The table of closings, by name. */
export const closeCodes: Readonly<Record<CloseName, CloseCode>> = {
  moving: row(4000, "hub"),
  stale: row(4001, "load"),
  lagging: row(4002, "load"),
  "token-expired": row(4003, "rights"),
  "storage-failed": row(4004, "hub"),
  "too-many-connections": row(4005, "load"),
  flooding: row(4006, "client"),
  unavailable: row(4007, "hub"),
  malformed: row(4500, "client"),
  unsupported: row(4501, "client"),
  unauthenticated: row(4502, "rights"),
  forbidden: row(4503, "rights"),
  revoked: row(4504, "rights"),
  replaced: row(4505, "client"),
  "text-message": row(4506, "client"),
};

/** The name of a close code of the table; undefined for one that this version does not know. */
export function closeName(code: number): CloseName | undefined {
  return (Object.keys(closeCodes) as CloseName[]).find((name) => closeCodes[name].code === code);
}

/**
 * What a close code asks of a client: `retry`, to come back by itself; `stop`, not to. Codes outside 4000–4999 are of the
 * network, a proxy or the platform and say nothing against coming back.
 */
export function closeVerdict(code: number): "retry" | "stop" {
  return code >= 4500 && code <= 4999 ? "stop" : "retry";
}
