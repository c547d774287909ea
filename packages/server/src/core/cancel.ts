// Takes the frames of one stream out of messages that were joined and not sent yet: a subscription that loses its right gets nothing more,
// also of what was published while it had it.

import { down, eachMessage, type FrameHead, readHead, Reader } from "@fanwire/protocol";
import type { Batch, Joined } from "./batch.ts";

/** What is sent of a stream; the second element of each is its number. */
const OF_A_STREAM: ReadonlySet<number> = new Set([
  down.PUBLICATION,
  down.PATTERN_PUBLICATION,
  down.GAP,
  down.CAUGHT_UP,
  down.MARK,
]);

/** Copies all frames but those of the stream. Returns whether any was left out. */
export function copyWithout(sub: number, joined: Joined, into: Batch): boolean {
  const r = new Reader();
  const head: FrameHead = { count: 0, op: 0 };
  let isLeftOut = false;
  eachMessage(joined.bytes, (message) => {
    r.reset(message);
    while (r.left > 0) {
      const from = r.at;
      readHead(r, head);
      if (OF_A_STREAM.has(head.op) && r.uint() === sub) {
        isLeftOut = true;
        r.closeTuple(head.count, 2);
        continue;
      }
      r.closeTuple(head.count, OF_A_STREAM.has(head.op) ? 2 : 1);
      into.begin(r.at - from).raw(message, from, r.at);
    }
  });
  return isLeftOut;
}
