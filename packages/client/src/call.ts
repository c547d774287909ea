// What the application waits for. Every wait has an end: an answer, a time, a signal, or the end of the client.

import type { Timed } from "./alarm.ts";
import { checkNumber } from "./check.ts";
import type { Driver, User } from "./driver.ts";
import { ClientError } from "./errors.ts";

/** How a wait may end before its answer comes. */
export interface CallOptions {
  /** Aborting it rejects with `aborted`; the reason of the signal is the `cause`. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds from the call, after which it rejects with `timeout`. Default 10,000; `Infinity`: never. */
  readonly timeoutMs?: number | undefined;
}

/** Calls `run` when the signal is aborted, at once when it was. Returns what ends that. */
export function onAbort(signal: AbortSignal | undefined, run: () => void): () => void {
  if (signal?.aborted) run();
  else signal?.addEventListener("abort", run);
  return () => signal?.removeEventListener("abort", run);
}

/** The error for an aborted signal. */
export function aborted(signal: AbortSignal | undefined): ClientError {
  return new ClientError("aborted", { cause: signal?.reason });
}

/** One wait. While it lasts it needs the link. */
export class Call<T> implements Timed, User {
  readonly promise: Promise<T>;
  readonly dueAt: number;
  isOpen = true;
  readonly #driver: Driver;
  #settle!: { resolve(value: T): void; reject(error: ClientError): void };
  #off: (() => void) | undefined;

  constructor(driver: Driver, { signal, timeoutMs = 10_000 }: CallOptions = {}) {
    checkNumber("timeoutMs", timeoutMs, 0);
    this.promise = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.dueAt = driver.now + timeoutMs;
    this.#driver = driver;
    driver.use(this);
    if (!this.isOpen) return;
    driver.alarm.add(this);
    this.#off = onAbort(signal, () => this.fail(aborted(signal)));
  }

  due(): void {
    this.fail(new ClientError("timeout", { retryable: true }));
  }

  over(cause: ClientError | undefined): void {
    this.fail(cause ?? new ClientError("closed"));
  }

  resolve(value: T): void {
    this.#settle.resolve(value);
    this.#end();
  }

  fail(error: ClientError): void {
    this.#settle.reject(error);
    this.#end();
  }

  #end(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.#off?.();
    this.#driver.alarm.delete(this);
    this.#driver.release(this);
  }
}
