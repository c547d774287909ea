// What the client takes from the platform beside the socket. Tests and `@fanwire/testing` give another.

/** Time and chance. */
export interface Runtime {
  /** Milliseconds on a clock that only goes forward. */
  now(): number;
  /** Milliseconds since 1970, as people read them. */
  wallNow(): number;
  /** At least 0, below 1. */
  random(): number;
  /** Runs once after so many milliseconds; never, if they are more than 24 days. */
  setTimer(run: () => void, ms: number): unknown;
  clearTimer(timer: unknown): void;
}

/** The platform's own. */
export const platform: Runtime = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
  random: () => Math.random(),
  // the longest time that a timer takes; of more it makes nothing
  setTimer: (run, ms) => (ms < 2 ** 31 ? setTimeout(run, ms) : undefined),
  clearTimer: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout>),
};
