// What is published to clients: prices, as small objects of five properties.

/** A price. Of JSON it takes about 90 bytes. */
export interface Quote {
  readonly symbol: string;
  readonly bid: number;
  readonly ask: number;
  readonly size: number;
  /** When it was made, in milliseconds since 1970. */
  readonly at: number;
}

const SPREAD = 0.02;

/** Always the same quote for the same number. */
export function quote(n: number, symbol: string): Quote {
  const bid = 100 + ((n * 7919) % 10_000) / 100;
  const ask = Math.round((bid + SPREAD) * 100) / 100;
  return { symbol, bid, ask, size: 1 + (n % 900), at: 1_700_000_000_000 + n };
}

/** Topics of so many symbols. */
export function topicsOf(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `quotes.S${String(i).padStart(5, "0")}`);
}
