// The jobs that are held by leases: which is to begin, which is to be touched. Pure: the time comes in with each question.

/**
 * Where a job stands.
 * - `waiting`: for its turn
 * - `running`: the application has it
 * - `settling`: the hub is being told what became of it
 * - `lost`: the application still has it, the lease is gone
 * - `gone`
 */
export type Stand = "waiting" | "running" | "settling" | "lost" | "gone";

/** A job under its lease. */
export interface Held {
  readonly seq: number;
  readonly lease: number;
  stand: Stand;
  /** False from a cut until the hub has said that the lease still stands: until then it does not begin. */
  isSure: boolean;
  /** It came over an earlier link: the consumer of this one does not count it. */
  isInherited: boolean;
  /** Until when the hub leaves it to us, at least. */
  leasedUntil: number;
}

/** What happens to a job: its turn comes, the application is done with it, the lease is lost, the hub knows, it is given back. */
export type HoldEvent = "begin" | "end" | "lose" | "settle" | "return";

// prettier-ignore
const table: { readonly [E in HoldEvent]: { readonly [S in Stand]: Stand } } = {
  begin:  { waiting: "running", running: "running",  settling: "settling", lost: "lost", gone: "gone" },
  end:    { waiting: "waiting", running: "settling", settling: "settling", lost: "gone", gone: "gone" },
  lose:   { waiting: "gone",    running: "lost",     settling: "settling", lost: "lost", gone: "gone" },
  settle: { waiting: "waiting", running: "running",  settling: "gone",     lost: "lost", gone: "gone" },
  return: { waiting: "gone",    running: "lost",     settling: "settling", lost: "lost", gone: "gone" },
};

/** A lease is touched this many times while it lasts. */
const TOUCHES = 3;

/** Whether the application has it. */
const isOut = (stand: Stand): boolean => stand === "running" || stand === "lost";

/** Jobs that one worker or one pull holds. */
export class Hold<J extends Held> {
  /** How long a lease lasts that is not touched, in milliseconds. */
  leaseMs = 0;
  /** When leases are to be touched next. `Infinity`: there are none. */
  touchAt: number = Infinity;
  /** Leases of earlier links. */
  inherited = 0;
  readonly #concurrency: number;
  readonly #isKept: boolean;
  readonly #jobs: Map<number, J> = new Map();
  /** In their order. */
  readonly #waiting: Set<J> = new Set();
  /** How many the application has. */
  #out = 0;

  /** `concurrency`: how many the application has at most. `isKept`: the leases of those are touched, too. */
  constructor(concurrency: number, isKept: boolean) {
    this.#concurrency = concurrency;
    this.#isKept = isKept;
  }

  get isEmpty(): boolean {
    return this.#jobs.size === 0;
  }

  /** All, in the order in which they came. */
  get jobs(): J[] {
    return [...this.#jobs.values()];
  }

  /** Those that have not begun. */
  get waiting(): J[] {
    return [...this.#waiting];
  }

  get(lease: number): J | undefined {
    return this.#jobs.get(lease);
  }

  /** A job has come. One that is held already is not taken twice. */
  add(job: J, now: number): void {
    if (this.#jobs.has(job.lease)) return;
    job.leasedUntil = now + this.leaseMs;
    this.#jobs.set(job.lease, job);
    this.#waiting.add(job);
    if (this.touchAt === Infinity) this.touchAt = now + this.leaseMs / TOUCHES;
  }

  /** What the job becomes. Returns what it was before, where that is something else. */
  step(job: J, event: HoldEvent): Stand | undefined {
    const before = job.stand;
    const stand = table[event][before];
    if (stand === before) return undefined;
    job.stand = stand;
    this.#out += Number(isOut(stand)) - Number(isOut(before));
    if (before === "waiting") this.#waiting.delete(job);
    if (job.isInherited && (stand === "gone" || stand === "lost")) {
      job.isInherited = false;
      this.inherited--;
    }
    if (stand === "gone") this.#jobs.delete(job.lease);
    if (this.isEmpty) this.touchAt = Infinity;
    return before;
  }

  /** The next one begins, if there is one and it may. */
  begin(): J | undefined {
    if (this.#out >= this.#concurrency) return undefined;
    for (const job of this.#waiting)
      if (job.isSure) {
        this.step(job, "begin");
        return job;
      }
    return undefined;
  }

  /** The link is gone: whether the leases stand is to be asked as soon as there is another. */
  doubt(): void {
    for (const job of this.#jobs.values()) {
      job.isSure = false;
      this.touchAt = 0;
      if (job.isInherited || job.stand === "lost") continue;
      job.isInherited = true;
      this.inherited++;
    }
  }

  /** The hub says that a lease stands, for so long at least. */
  confirm(job: J, until: number): void {
    job.isSure = true;
    job.leasedUntil = Math.max(job.leasedUntil, until);
  }

  /**
   * Those whose lease is to be touched now: all, but those that were given more time than that would. What is being settled is touched when that takes
   * long.
   */
  due(now: number): J[] {
    const third = this.leaseMs / TOUCHES;
    if (!this.isEmpty) this.touchAt = now + third;
    return this.jobs.filter(({ stand, leasedUntil, isSure }) => {
      const leftMs = leasedUntil - now;
      if (stand === "settling") return leftMs <= this.leaseMs - third;
      return stand !== "lost" && (!isSure || (this.#keeps(stand) && leftMs <= this.leaseMs));
    });
  }

  #keeps(stand: Stand): boolean {
    return this.#isKept || stand === "waiting";
  }
}
