// Which pages have asked for their connection to stay cut, and until when.

/** Bounds what somebody can make us remember; the cut that ends first gives way. */
const CUTS_MAX = 100;
const PAGE = /^[A-Za-z0-9-]{1,64}$/;
const DURATIONS_MS = new Set(["0", "10000"]);

export interface CutOrder {
  readonly page: string;
  readonly ms: number;
}

/** The order in a query, or undefined when it is none. */
export function cutOrder(query: URLSearchParams): CutOrder | undefined {
  const [page, ms] = [query.get("page") ?? "", query.get("ms") ?? ""];
  return PAGE.test(page) && DURATIONS_MS.has(ms) ? { page, ms: Number(ms) } : undefined;
}

export class Cuts {
  readonly #until = new Map<string, number>();

  refuse(page: string, until: number): void {
    this.#until.delete(page);
    if (this.#until.size >= CUTS_MAX) this.#forgetFirst();
    this.#until.set(page, until);
  }

  refuses(page: string | null, now: number): boolean {
    if (page === null) return false;
    const until = this.#until.get(page);
    if (until === undefined) return false;
    if (now < until) return true;
    this.#until.delete(page);
    return false;
  }

  #forgetFirst(): void {
    const [first] = [...this.#until].toSorted(([, a], [, b]) => a - b);
    if (first) this.#until.delete(first[0]);
  }
}
