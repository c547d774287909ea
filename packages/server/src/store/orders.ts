// What is said between a store and the thread that owns its files. Bytes in it are handed over, not copied.

import type { StoreErrorCode, StoreOpened } from "../ports/store.ts";

/** What the store wants, in order. */
export type Order =
  | {
      readonly kind: "append";
      readonly records: Uint8Array<ArrayBuffer>;
      readonly count: number;
      /** How many refusals had been told when it was ordered: what comes of later ones it could not know. */
      readonly toldRefusals: number;
    }
  | { readonly kind: "begin-snapshot" }
  | {
      readonly kind: "snapshot-slice";
      readonly records: Uint8Array<ArrayBuffer>;
      readonly count: number;
    }
  | { readonly kind: "end-snapshot" }
  | { readonly kind: "close" };

/** What has become of it, in the same order. */
export type Answer =
  | { readonly kind: "stored"; readonly count: number; readonly firstLsn: number }
  | {
      readonly kind: "refused";
      readonly count: number;
      /** How many refusals there have been, this one included. */
      readonly refusals: number;
    }
  | { readonly kind: "slice-taken" }
  | { readonly kind: "failed"; readonly sentence: string }
  | {
      readonly kind: "snapshot-ended";
      readonly outcome: { readonly bytes: number } | { readonly sentence: string };
    }
  | { readonly kind: "closed" };

/** What stands beside answers. */
export interface Room {
  readonly logBytes: number;
  readonly isShortOfRoom: boolean;
}

/** To the thread: more of the replay, or orders. */
export type ToWorker =
  | { readonly kind: "replay-more" }
  | { readonly kind: "orders"; readonly orders: readonly Order[] };

/** From the thread. */
export type FromWorker =
  | {
      readonly kind: "replay";
      readonly records: Uint8Array<ArrayBuffer>;
      /** Of the first record; 0 when all are of a snapshot. */
      readonly firstLsn: number;
    }
  | { readonly kind: "opened"; readonly opened: StoreOpened; readonly room: Room }
  | { readonly kind: "not-opened"; readonly code: StoreErrorCode; readonly sentence: string }
  | { readonly kind: "answers"; readonly answers: readonly Answer[]; readonly room: Room };
