// What waits for a reader, or a reader that waits.

interface Reader<P> {
  resolve(result: IteratorResult<P, undefined>): void;
  reject(error: unknown): void;
}

/** Stands between what is pushed and a `for await` loop that pulls. Its owner bounds it. */
export class Pull<P> {
  readonly #taken: (value: P) => void;
  #kept: P[] = [];
  #readers: Reader<P>[] = [];
  #end: ((reader: Reader<P>) => void) | undefined;

  /** `taken` is called with each value that a reader gets. */
  constructor(taken: (value: P) => void) {
    this.#taken = taken;
  }

  /** How many wait. */
  get size(): number {
    return this.#kept.length;
  }

  push(value: P): void {
    const reader = this.#readers.shift();
    if (reader) this.#hand(reader, value);
    else this.#kept.push(value);
  }

  /** Leaves out the oldest. */
  drop(count: number): void {
    this.#kept.splice(0, count);
  }

  next(): Promise<IteratorResult<P, undefined>> {
    return new Promise((resolve, reject) => {
      const reader = { resolve, reject };
      if (this.#kept.length > 0) this.#hand(reader, this.#kept.shift()!);
      else if (this.#end) this.#end(reader);
      else this.#readers.push(reader);
    });
  }

  /** Nothing will be pushed any more. Readers get what waits, then the error, if there is one. */
  end(error: unknown): void {
    this.#end = (reader) =>
      error === undefined ? reader.resolve({ done: true, value: undefined }) : reader.reject(error);
    for (const reader of this.#readers.splice(0)) this.#end(reader);
  }

  /** Nobody wants what waits. */
  clear(): void {
    this.#kept = [];
  }

  #hand(reader: Reader<P>, value: P): void {
    this.#taken(value);
    reader.resolve({ done: false, value });
  }
}
