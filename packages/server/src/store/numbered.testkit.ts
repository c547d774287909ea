// An application whose records are the numbers from 1 on, each with the LSN that it says. It needs nothing that takes long to load.

import type { Replay } from "../ports/store.ts";

/** The text of a number's record, of many sizes. */
export function numbered(n: number): string {
  return `${n} ${"x".repeat((n * 37) % 700)}`;
}

/** One record, behind its length. */
export function record(text: string): Uint8Array {
  const bytes = new Uint8Array(4 + text.length);
  new DataView(bytes.buffer).setUint32(0, text.length);
  bytes.set(Buffer.from(text, "latin1"), 4);
  return bytes;
}

/** Checks that numbers follow one another without a gap, and tells the last. */
export function eachNumber(onLast: (n: number) => void): Replay {
  let last = 0;
  return (bytes, lsn) => {
    const text = Buffer.from(bytes).toString("latin1");
    if (lsn === 0) last = Number(/^up to (\d+)$/u.exec(text)![1]);
    else {
      if (lsn > last + 1 || text !== numbered(lsn))
        throw new Error(`record ${lsn} behind ${last} is ${text}`);
      last = Math.max(last, lsn);
    }
    onLast(last);
  };
}
