/** How long to wait before attempt n, in milliseconds: any part of a bound that doubles with each, up to the largest (full jitter). */
export const backoff = (
  { minMs, maxMs }: { readonly minMs: number; readonly maxMs: number },
  chance: number,
  attempt: number,
): number => chance * Math.min(maxMs, minMs * 2 ** (attempt - 1));

/** The same for what the hub refuses for now and says no time for: 1 s at first, 20 s at most. */
export const pauseMs = (chance: number, attempt: number): number =>
  backoff({ minMs: 1000, maxMs: 20_000 }, chance, attempt);
