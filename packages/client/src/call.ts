// What the application waits for. Every wait has an end: an answer, a time, a signal, or the end of the client.

import { checkNumber } from "./check.ts";
import { ClientError } from "./errors.ts";
import type { Link, User } from "./link.ts";

/** How a wait may end before its answer comes. */
export interface CallOptions {
  /** Aborting it rejects with `aborted`; the reason of the signal is the `cause`. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds from the call, after which it rejects with `timeout`, whose `cause` is why there was no connection, or the last refusal. Default 10,000; `Infinity`: never. */
  readonly timeoutMs?: number | undefined;
}

const nothing = (): void => {};

/** Calls `run` with an error when the signal is aborted, at once when it was. Returns what ends that. */
export function onAbort(
  signal: AbortSignal | undefined,
  run: (error: ClientError) => void,
): () => void {
  if (!signal) return nothing;
  const abort = (): void => run(new ClientError("aborted", { cause: signal.reason }));
  if (signal.aborted) abort();
  else signal.addEventListener("abort", abort);
  return () => signal.removeEventListener("abort", abort);
}

/** A promise, and what settles it: an error rejects it. */
export function deferred<T>(): [promise: Promise<T>, settle: (outcome: T | ClientError) => void] {
  let settle!: (outcome: T | ClientError) => void;
  const promise = new Promise<T>((resolve, reject) => {
    settle = (outcome) => (outcome instanceof ClientError ? reject(outcome) : resolve(outcome));
  });
  return [promise, settle];
}

/** One wait. While it lasts it needs the link. */
export interface Call<T> extends User {
  readonly promise: Promise<T>;
  readonly isOpen: boolean;
  /** Why it was not answered until now. */
  cause?: unknown;
  /** Its time begins anew. */
  renew(): void;
  end(outcome: T | ClientError): void;
}

export function newCall<T>(link: Link, { signal, timeoutMs = 10_000 }: CallOptions = {}): Call<T> {
  checkNumber("timeoutMs", timeoutMs, 0);
  let dueAt = link.now + timeoutMs;
  const [promise, settle] = deferred<T>();
  let isOpen = true;
  let off = nothing;
  const end = (outcome: T | ClientError): void => {
    isOpen = false;
    settle(outcome);
    off();
    link.release(call);
  };
  const call: Call<T> = {
    promise,
    get isOpen() {
      return isOpen;
    },
    end,
    renew(): void {
      dueAt = link.now + timeoutMs;
    },
    wake(): number {
      if (link.now < dueAt) return dueAt;
      const { failure, url } = link;
      const message = link.isLive()
        ? ""
        : `no connection to ${url}: ${failure?.message ?? "not yet"}`;
      call.end(
        new ClientError("timeout", { message, retryable: true, cause: failure ?? call.cause }),
      );
      return Infinity;
    },
    over: (cause = new ClientError("closed")) => call.end(cause),
  };
  link.use(call, dueAt);
  if (call.isOpen) off = onAbort(signal, (error) => call.end(error));
  return call;
}
