// The token: had before a connection is opened, fetched anew before it expires, and once more when it was refused.

import { ClientError, hubError } from "./errors.ts";
import type { OkFrame } from "./frames.ts";
import { AUTH } from "./opcodes.ts";

const TOKEN_EXPIRED = 4003;
const UNAUTHENTICATED = 4502;

/** A fresh token is fetched this long before the old one expires, or after half of its life if that is shorter; in milliseconds. */
const AHEAD_MS = 30_000;

/** When a fresh token cannot be had it is asked for again after this long, in milliseconds. */
const AGAIN_MS = 5000;

/** What a token is wanted for: a connection, in place of one that expires soon, or of one that the hub has refused. */
export type TokenReason = "connect" | "expiring" | "refused";

/**
 * A token, or what fetches one: from the application's own server, as a rule. Blanks and line breaks around it are left out. When it
 * rejects, it is asked again later; with a {@link ClientError} that is not retryable, the client closes. `signal` is aborted when the token
 * is not wanted any more.
 */
export type TokenSource =
  | string
  | ((why: {
      readonly reason: TokenReason;
      readonly signal: AbortSignal;
    }) => string | Promise<string>);

/** What it needs of the link. */
export interface Line {
  readonly now: number;
  isLive(): boolean;
  /** What the hub's clock says, in milliseconds since 1970. */
  hubTime(): number;
  ask(asker: (answer: OkFrame | ClientError) => void, op: number, token: string): void;
  step(event: "tick" | "lost", error?: ClientError): void;
}

export interface Auth {
  /** Has the token for a new connection: at once, unless it must be fetched. */
  connect(open: (token: string | null) => void): void;
  /** The hub has let the client in. `leftMs`: until the token expires; null where there is none. */
  welcomed(leftMs: number | null): void;
  /** What a close means. */
  lostBy(code: number, reason: string): ClientError;
  /** Does what is due, and returns when it wants to be woken next. */
  wake(): number;
  /** What was asked for is not wanted any more. */
  stop(): void;
}

/** One that was read from a file ends with a line break. No token has blanks. */
const trimmed = (token: string): string => token.trim();

export function openAuth(source: TokenSource | undefined, link: Line): Auth {
  let dueAt = Infinity;
  let wanted: AbortController | undefined;
  let isRefused = false;

  /** Only the last token that was asked for is used. */
  function fetchToken(
    reason: TokenReason,
    use: (token: string) => void,
    fail: (error: ClientError) => void,
  ): void {
    stop();
    const own = (wanted = new AbortController());
    const { signal } = own;
    const isWanted = (): boolean => own === wanted;
    new Promise<string>((resolve) => {
      resolve((source as Exclude<TokenSource, string>)({ reason, signal }));
    })
      .then(trimmed)
      .then(
        (token) => isWanted() && use(token),
        (cause: unknown) =>
          isWanted() &&
          fail(
            cause instanceof ClientError
              ? cause
              : new ClientError("no-token", { cause, retryable: true }),
          ),
      );
  }

  function refresh(reason: TokenReason): void {
    dueAt = Infinity;
    const again = (ms: number | undefined): void => {
      dueAt = link.now + (ms ?? AGAIN_MS);
      link.step("tick");
    };
    fetchToken(
      reason,
      (token) => {
        link.ask(
          (answer) => {
            if (!(answer instanceof ClientError)) renewed((answer[2] as number) - link.hubTime());
            else if (answer.retryable && link.isLive()) again(answer.retryAfterMs);
            // refused twice, it stays until it has expired
            else if (link.isLive() && reason === "expiring") refresh("refused");
          },
          AUTH,
          token,
        );
      },
      () => again(AGAIN_MS),
    );
  }

  function renewed(leftMs: number): void {
    dueAt = link.now + Math.max(leftMs - AHEAD_MS, leftMs / 2);
    link.step("tick");
  }

  function stop(): void {
    dueAt = Infinity;
    wanted?.abort();
    wanted = undefined;
  }

  return {
    connect(open) {
      if (typeof source === "function")
        fetchToken(isRefused ? "refused" : "connect", open, (error) => link.step("lost", error));
      else open(source === undefined ? null : trimmed(source));
    },
    welcomed(leftMs) {
      isRefused = false;
      if (leftMs !== null && typeof source === "function") renewed(leftMs);
    },
    lostBy(code, reason) {
      // the next token may be another, but one that is given is always the same
      const isOther = typeof source === "function";
      if (code === TOKEN_EXPIRED) return hubError(code, reason, null, isOther);
      if (code !== UNAUTHENTICATED) return hubError(code, reason);
      const isAgain = isRefused;
      isRefused = true;
      return hubError(code, reason, null, isOther && !isAgain);
    },
    wake() {
      if (link.now >= dueAt) refresh("expiring");
      return dueAt;
    },
    stop,
  };
}
