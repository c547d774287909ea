// Which format this version writes, and what it may read.

/** The format that is written. */
export const FORMAT = 1;

/** The oldest format whose readers understand what is written. */
export const LEAST_READER = 1;

/** Which store, and which of its eras, a file belongs to. */
export interface StoreIdentity {
  /** Chance, in 32 hexadecimal digits; stays for ever. */
  readonly storeId: string;
  /** 1 … 2^32 − 1; another one after a restore or a salvage. */
  readonly era: number;
}
