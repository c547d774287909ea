// What can go wrong, as one closed set of codes.

import {
  closeName,
  type CloseName,
  closeVerdict,
  errorCodes,
  errorName,
  type ErrorName,
} from "@fanwire/protocol";

/**
 * Why something failed.
 *
 * Of the hub: the names of refusals and of closings, as in the tables of the protocol's SPEC.md. Two of them are also the
 * client's own: `timeout`, no answer within `timeoutMs`; `unknown-outcome`, the link was lost before the answer came.
 *
 * Of the client alone:
 * - `aborted`: a signal that was given
 * - `closed`: the client is closed, or closes
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
  | "outbox-full"
  | "overflow"
  | "refused"
  | "undecodable"
  | "unencodable"
  | "unreachable";

/** What a {@link ClientError} knows beside its code. */
export interface ErrorDetails {
  readonly message?: string | undefined;
  readonly retryable?: boolean | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly closeCode?: number | undefined;
  readonly cause?: unknown;
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

  /** Without a message it says its code. */
  constructor(code: ErrorCode, details: ErrorDetails = {}) {
    super(details.message ?? code, details);
    this.code = code;
    this.retryable = details.retryable ?? false;
    this.retryAfterMs = details.retryAfterMs;
    this.closeCode = details.closeCode;
  }
}

/** The error for a refusal: a number of the protocol's table, the hub's sentence, and the delay it asks for. */
export function refusal(code: number, message: string, retryAfterMs?: number): ClientError {
  const name = errorName(code);
  const retryable = name !== undefined && errorCodes[name].retry !== "no";
  return new ClientError(name ?? "refused", { message, retryable, retryAfterMs });
}

/** The error for a closed connection: retryable when the client comes back by itself. */
export function closing(closeCode: number, reason: string): ClientError {
  return new ClientError(closeName(closeCode) ?? "unreachable", {
    message: reason || undefined,
    retryable: closeVerdict(closeCode) === "retry",
    closeCode,
  });
}
