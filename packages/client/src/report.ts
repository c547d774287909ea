// Errors of the application's own functions, and what has nobody to answer to.

/** Something that no promise and no event of a subscription tells. */
export interface Diagnostic {
  /**
   * - `handler`: a function of the application threw
   * - `undecodable`: a publication came that could not be delivered
   * - `refused`: publications with `confirm: "none"`, or such that an earlier page had left, were refused, a subscription for now, or that of a
   *   store
   * - `invalid`: a publication came that is not what the contract says, and was not delivered
   * - `outbox`: what keeps publications for the next page failed (`outbox-failed`); they go on without it
   */
  readonly kind: "handler" | "undecodable" | "refused" | "invalid" | "outbox";
  /** A {@link ClientError}, or whatever the function threw. */
  readonly error: unknown;
  readonly topic?: string | undefined;
  /** How many publications; undefined: one. */
  readonly count?: number | undefined;
}

export type Report = (diagnostic: Diagnostic) => void;

/** Throws the error where nobody waits: uncaught, as an error in a listener of the platform is. */
function rethrow(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}

/** Calls `run`; what it throws is uncaught, and does not keep others from their turn. */
export function guarded<T>(run: (value: T) => void, value: T): void {
  try {
    run(value);
  } catch (error) {
    rethrow(error);
  }
}

/** Without `onDiagnostic`: errors of the application's functions are uncaught, what comes from others is written to the console. */
export function reportByDefault({ kind, error }: Diagnostic): void {
  if (kind === "handler") rethrow(error);
  else console.error(error);
}
