// An application whose records are the numbers from 1 on, each with the LSN that it says.

import type { Replay } from "../ports/store.ts";

/** Checks that numbers follow one another without a gap, and tells the last. */
export function eachNumber(onLast: (n: number) => void): Replay {
  let last = 0;
  return (bytes, lsn) => {
    const text = Buffer.from(bytes).toString("latin1");
    if (lsn === 0) last = Number(/^up to (\d+)$/u.exec(text)![1]);
    else {
      const [number, rest] = text.split(" ");
      const n = Number(number);
      if (n !== lsn || n > last + 1 || rest !== "x".repeat((n * 37) % 700))
        throw new Error(`record ${lsn} behind ${last} is ${text}`);
      last = Math.max(last, n);
    }
    onLast(last);
  };
}
