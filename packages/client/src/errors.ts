// What can go wrong, as one closed set of codes.

import type { CloseName, ErrorName } from "@fanwire/protocol";
import type { StandardIssue } from "./schema.ts";

/**
 * Why something failed.
 *
 * Of the hub: the names of refusals and of closings, as in the tables of the protocol's SPEC.md. Three of them are also the
 * client's own: `timeout`, no answer within `timeoutMs`; `unknown-outcome`, the link was lost before the answer came; `too-large`,
 * a payload that the hub would not take.
 *
 * Of the client alone:
 * - `aborted`: a signal that was given
 * - `closed`: the client is closed, or closes
 * - `invalid`: a payload is not what the contract says
 * - `no-token`: the function `token` gave none
 * - `outbox-failed`: what keeps publications for the next page did not take one, or does not work; the `cause` says why
 * - `outbox-full`: there is no link, and as much waits for it as may
 * - `overflow`: a subscription with `overflow: "error"` is read too slowly
 * - `refused`: for a reason that this version does not know
 * - `undecodable`: bytes of a publication that are not what they say, or of a kind that this version does not know
 * - `unencodable`: a value that the codec cannot turn into bytes
 * - `unreachable`: no connection, or one that was cut
 */
export type ErrorCode =
  | ErrorName
  | CloseName
  | "aborted"
  | "closed"
  | "invalid"
  | "no-token"
  | "outbox-failed"
  | "outbox-full"
  | "overflow"
  | "refused"
  | "undecodable"
  | "unencodable"
  | "unreachable";

/** What an error says when nobody says more of it. */
const sentences: Partial<Record<ErrorCode, string>> = {
  closed: "the client or subscription is closed",
  "outbox-full": "no connection, and too much waits for it",
  overflow: "read too slowly",
  timeout: "no answer in time",
  unreachable: "no connection",
};

/** What a {@link ClientError} knows beside its code. */
export interface ErrorDetails {
  readonly message?: string | undefined;
  readonly retryable?: boolean | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly closeCode?: number | undefined;
  readonly cause?: unknown;
  readonly issues?: readonly StandardIssue[] | undefined;
}

/** The one error that this package rejects with. A programmer's mistake is a `TypeError` instead, and thrown at once. */
export class ClientError extends Error {
  // set, not inherited, as minifiers rename classes
  override readonly name = "ClientError";
  /** What programs compare. */
  readonly code: ErrorCode;
  /** Whether the same can succeed when it is tried again. */
  readonly retryable: boolean;
  /** How long the hub asks to wait before that, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** The code that the connection was closed with (RFC 6455, section 7.4), where that is the reason. */
  readonly closeCode: number | undefined;
  /** Of `invalid`: all that the schema finds wrong. */
  readonly issues: readonly StandardIssue[] | undefined;

  /** Without a message it says that of its cause, or the sentence of its code where it has one, or the code. */
  constructor(code: ErrorCode, details: ErrorDetails = {}) {
    super(
      details.message || (details.cause as Error | undefined)?.message || (sentences[code] ?? code),
      details,
    );
    this.code = code;
    this.retryable = details.retryable ?? false;
    this.retryAfterMs = details.retryAfterMs;
    this.closeCode = details.closeCode;
    this.issues = details.issues;
  }
}

/** The names of the protocol's tables, by the hundreds of their codes, in their order: refusals, and closings from 4000 on. */
const names: Readonly<Record<number, string>> = {
  1: "malformed-value unsupported bad-topic bad-pattern too-large bad-option",
  2: "unauthenticated token-expired forbidden revoked",
  3: "rate-limited too-many-subscriptions too-many-patterns too-many-topics queue-full storage-full",
  4: "not-found conflict epoch-changed lease-lost no-responder out-of-order unknown-alias",
  5: "internal draining unknown-outcome timeout",
  40: "moving stale lagging token-expired storage-failed too-many-connections flooding unavailable",
  45: "malformed unsupported unauthenticated forbidden revoked replaced text-message",
};

/** The refusals that can be followed by success, and all closings but those from 4500: the client comes back by itself. */
const retryables = /^(201|30[0345]|40[456]|50[0-3]|(?!4[5-9])\d{4})$/u;

/** The error for a refusal or a closing: a number of the protocol, the hub's sentence, and the delay that it asks for. */
export function hubError(
  code: number,
  message: string,
  retryAfterMs?: number | null,
  retryable: boolean = retryables.test(`${code}`),
): ClientError {
  const isClosing = code > 999;
  const name = names[Math.floor(code / 100)]?.split(" ")[code % 100];
  return new ClientError((name ?? (isClosing ? "unreachable" : "refused")) as ErrorCode, {
    message: message || name || `closed with ${code}`,
    retryable,
    retryAfterMs: retryAfterMs ?? undefined,
    closeCode: isClosing ? code : undefined,
  });
}
