// The one interface of catch-up: whatever is behind the head, it is read from a source, page by page.

import type { Batch } from "../batch.ts";
import type { LiveStream } from "../session.ts";
import type { Mode, Replay } from "../subscription.ts";

/** A cursor and what it wants: a subscription's, or that of a cohort. */
export interface Reader {
  readonly stream: LiveStream;
  readonly mode: Mode;
  readonly replay: Replay | null;
  cursor: number;
  /** Of a topic's state that was begun from its first value: deletions up to this offset were forgotten then, and it never told them. */
  stateFloor: number;
}

/** How far a page came: the cursor stands at the target; there is more; or the source cannot begin before others have ended. */
export type Progress = "arrived" | "more" | "waits";

export interface Source {
  /** Writes frames between the reader's cursor and the target into the page until it holds `bytesMax`, and moves the cursor. */
  next(reader: Reader, target: number, page: Batch, bytesMax: number): Progress;
}
