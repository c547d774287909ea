// Why the hub refused something. The number is on the wire (REFUSED, ENDED, an outcome of SUBSCRIBE); the name is what programs
// compare; the sentence for people stands in `sentences.ts`, so that a page need not carry it.

/** Who can mend it: the client's own code, the rights it was given, the load at the moment, the state it asked about, or the hub. */
export type Fault = "client" | "rights" | "load" | "state" | "hub";

/**
 * Whether the same request can succeed: `no`; `yes`, at once; `later`, after the delay given; `fresh-token`, with one;
 * `by-name`, with the topic's name instead of its alias; `elsewhere`, on a new connection; `same-id`, as it may have succeeded.
 */
export type Retry = "no" | "yes" | "later" | "fresh-token" | "by-name" | "elsewhere" | "same-id";

/** The name of a refusal. */
export type ErrorName =
  | "malformed-value"
  | "unsupported"
  | "bad-topic"
  | "bad-pattern"
  | "too-large"
  | "bad-option"
  | "unauthenticated"
  | "token-expired"
  | "forbidden"
  | "revoked"
  | "rate-limited"
  | "too-many-subscriptions"
  | "too-many-patterns"
  | "too-many-topics"
  | "queue-full"
  | "storage-full"
  | "not-found"
  | "conflict"
  | "epoch-changed"
  | "lease-lost"
  | "no-responder"
  | "out-of-order"
  | "unknown-alias"
  | "internal"
  | "draining"
  | "unknown-outcome"
  | "timeout";

/** A row of the table. */
export interface ErrorCode {
  readonly code: number;
  readonly fault: Fault;
  readonly retry: Retry;
}

const row = (code: number, fault: Fault, retry: Retry): ErrorCode => ({ code, fault, retry });

/** The table of refusals, by name. */
export const errorCodes: Readonly<Record<ErrorName, ErrorCode>> = {
  "malformed-value": row(100, "client", "no"),
  unsupported: row(101, "client", "no"),
  "bad-topic": row(102, "client", "no"),
  "bad-pattern": row(103, "client", "no"),
  "too-large": row(104, "client", "no"),
  "bad-option": row(105, "client", "no"),
  unauthenticated: row(200, "rights", "no"),
  "token-expired": row(201, "rights", "fresh-token"),
  forbidden: row(202, "rights", "no"),
  revoked: row(203, "rights", "no"),
  "rate-limited": row(300, "load", "later"),
  "too-many-subscriptions": row(301, "client", "no"),
  "too-many-patterns": row(302, "client", "no"),
  "too-many-topics": row(303, "load", "later"),
  "queue-full": row(304, "load", "later"),
  "storage-full": row(305, "load", "later"),
  "not-found": row(400, "state", "no"),
  conflict: row(401, "state", "no"),
  "epoch-changed": row(402, "state", "no"),
  "lease-lost": row(403, "state", "no"),
  "no-responder": row(404, "state", "later"),
  "out-of-order": row(405, "state", "yes"),
  "unknown-alias": row(406, "state", "by-name"),
  internal: row(500, "hub", "yes"),
  draining: row(501, "hub", "elsewhere"),
  "unknown-outcome": row(502, "hub", "same-id"),
  timeout: row(503, "hub", "same-id"),
};

/** The name of a number of the table; undefined for one that this version does not know. */
export function errorName(code: number): ErrorName | undefined {
  return (Object.keys(errorCodes) as ErrorName[]).find((name) => errorCodes[name].code === code);
}
