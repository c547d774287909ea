// Whose job an id stands for, to whoever follows `$job.<id>`: ids are the senders' own, so two subjects may use the same. It stands for the job
// of the first of them, until that is gone and nobody follows it any more; what becomes of the others is not told there.

/** A queue, as far as ids go. */
export interface IdQueue {
  /** Whether it has the job, or remembers its id. */
  remembers(sender: string | null, id: string, seq: number): boolean;
}

interface Owner<Q> {
  readonly sender: string | null;
  readonly queue: Q;
  readonly seq: number;
}

/** Ids that are looked at with each new one, and once a second, to forget those that stand for nothing. */
const SWEEP = 2;
const SWEEP_ALL = 5000;

export class JobIds<Q extends IdQueue> {
  readonly #owners = new Map<string, Owner<Q>>();
  readonly #isFollowed: (id: string) => boolean;
  #next: Iterator<[string, Owner<Q>]> | null = null;

  /** `isFollowed`: whether somebody follows the job by its name. */
  constructor(isFollowed: (id: string) => boolean) {
    this.#isFollowed = isFollowed;
  }

  get size(): number {
    return this.#owners.size;
  }

  /** The id is that of a job in this queue, unless it is one of another subject. */
  took(id: string, sender: string | null, queue: Q, seq: number): void {
    this.sweep(SWEEP);
    const known = this.find(id);
    if (known === undefined || known.sender === sender)
      this.#owners.set(id, { sender, queue, seq });
  }

  /** The job that it stands for. */
  find(id: string): Owner<Q> | undefined {
    const known = this.#owners.get(id);
    return known !== undefined && this.#isGood(id, known) ? known : undefined;
  }

  /** Whether it stands for jobs of this sender. */
  isOf(id: string, sender: string | null): boolean {
    return this.#owners.get(id)?.sender === sender;
  }

  /** Forgets what stands for nothing, looking at so many. */
  sweep(count: number = SWEEP_ALL): void {
    for (let i = 0; i < count; i++) {
      this.#next ??= this.#owners.entries();
      const next = this.#next.next();
      if (next.done === true) {
        this.#next = null;
        return;
      }
      const [id, owner] = next.value;
      if (!this.#isGood(id, owner)) this.#owners.delete(id);
    }
  }

  #isGood(id: string, { sender, queue, seq }: Owner<Q>): boolean {
    return queue.remembers(sender, id, seq) || this.#isFollowed(id);
  }
}
