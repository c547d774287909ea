// How many workers a queue needs, from three figures: how much comes, how long it takes, and how much waits.

/** The share of their time that workers should be busy. */
const BUSY = 0.75;

/** How long it may take to work off what waits, in milliseconds. */
const DRAIN_MS = 60_000;

/** What the recommendation goes by. */
export interface Demand {
  /** Jobs that are sent a second. */
  readonly sentPerSecond: number;
  /** Times that a job is given out beyond the first, on average. */
  readonly retryRatio: number;
  /** How long a worker takes for one, on average; null: nobody has done one yet. */
  readonly processingMs: number | null;
  /** Jobs that wait. */
  readonly waiting: number;
  /** Jobs that are worked at at a time, at most: the concurrency of all consumers. */
  readonly concurrency: number;
}

/** Workers are counted as jobs that are worked at at a time. */
export interface Scaling {
  /** Jobs to be given out a second: λ′. */
  readonly offeredPerSecond: number;
  /** To keep up, busy three quarters of the time; null: not known yet. */
  readonly workersToKeepUp: number | null;
  /** To work off in a minute what waits, beside what comes; null: not known yet. */
  readonly workersToDrain: number | null;
  /** The larger one while something waits. Where nothing is known yet: one, as soon as something waits. */
  readonly recommendedWorkers: number;
  /** How long it takes to work off what waits, with the workers that are there; null: they cannot keep up, or it is not known. */
  readonly drainMs: number | null;
}

export function scalingFor(demand: Demand): Scaling {
  const { sentPerSecond, retryRatio, processingMs, waiting, concurrency } = demand;
  const offeredPerSecond = sentPerSecond * (1 + retryRatio);
  if (processingMs === null)
    return {
      offeredPerSecond,
      workersToKeepUp: null,
      workersToDrain: null,
      recommendedWorkers: waiting > 0 ? 1 : 0,
      drainMs: waiting === 0 ? 0 : null,
    };
  const seconds = processingMs / 1000;
  const keepUp = up((offeredPerSecond * seconds) / BUSY);
  const drain = up(seconds * (offeredPerSecond + (waiting * 1000) / DRAIN_MS));
  const surplus = seconds === 0 ? Infinity : concurrency / seconds - offeredPerSecond;
  return {
    offeredPerSecond,
    workersToKeepUp: keepUp,
    workersToDrain: drain,
    recommendedWorkers: waiting > 0 ? Math.max(keepUp, drain, 1) : keepUp,
    drainMs: waiting === 0 ? 0 : drainMs(waiting, concurrency, surplus),
  };
}

function drainMs(waiting: number, concurrency: number, surplus: number): number | null {
  return concurrency > 0 && surplus > 0 ? (waiting * 1000) / surplus : null;
}

/** Rounds up, but not because of the last bit of a sum. */
function up(workers: number): number {
  return Math.ceil(workers - 1e-9);
}
