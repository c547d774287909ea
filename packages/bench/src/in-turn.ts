// One after the other: a benchmark does nothing at the same time as something else.

/** Yields what each item becomes, one at a time. */
export async function* inTurn<T, R>(
  items: Iterable<T>,
  each: (item: T) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  for (const item of items) yield each(item);
}

/** All that an asynchronous iteration yields. */
export async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}

/** Resolves after this many milliseconds. */
export function passed(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
