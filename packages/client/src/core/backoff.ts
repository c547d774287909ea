/** How long to wait before attempt n, in milliseconds: any part of a bound that doubles with each, up to the largest (full jitter). */
export const backoff = (
  { minMs, maxMs }: { readonly minMs: number; readonly maxMs: number },
  chance: number,
  attempt: number,
): number => chance * Math.min(maxMs, minMs * 2 ** (attempt - 1));
