// What the hub says about the streams of a link, each by its number.

import type { Reader, Tail } from "@fanwire/protocol";
import { gapReasonOf } from "./core/gap.ts";
import { refusal } from "./errors.ts";
import type { Feed } from "./feed.ts";
import { position } from "./position.ts";
import { uintOrNil } from "./read.ts";

/** The feeds that were granted, by the number of their stream. Its methods read frames, after the head. */
export class Streams extends Map<number, Feed> {
  /** Counts the messages of the hub. */
  message = 0;

  /** A PUBLICATION of a topic, after its head. */
  publication(r: Reader, count: number): void {
    const feed = this.get(r.uint());
    const offset = r.uint();
    const tail = readTail(r, count, 8);
    if (feed && r.fault === "") feed.deliverNext(this.message, offset, tail);
  }

  /** A PUBLICATION of a pattern, after its head. */
  patternPublication(r: Reader, count: number): void {
    const feed = this.get(r.uint());
    const topic = r.text();
    const epoch = r.uint();
    const offset = r.uint();
    const tail = readTail(r, count, 10);
    if (feed && r.fault === "") feed.deliver(this.message, topic, epoch, offset, tail);
  }

  gap(r: Reader, count: number): void {
    const feed = this.get(r.uint());
    const topic = r.nil() ? undefined : r.text();
    const epoch = uintOrNil(r);
    const next = uintOrNil(r);
    const missed = uintOrNil(r);
    const reason = gapReasonOf(r.uint());
    r.closeTuple(count, 7);
    if (!feed || r.fault !== "") return;
    const known = epoch !== undefined && next !== undefined;
    feed.missed(
      {
        topic: feed.topic ?? topic,
        missed,
        next: known ? position(epoch, next) : undefined,
        reason,
      },
      feed.topic && known ? { epoch, offset: next - 1 } : undefined,
    );
  }

  ended(r: Reader, count: number): void {
    const feed = this.get(r.uint());
    const code = r.uint();
    const text = r.text();
    r.closeTuple(count, 4);
    if (feed && r.fault === "") feed.over(refusal(code, text));
  }

  caughtUp(r: Reader, count: number): void {
    const feed = this.get(r.uint());
    const epoch = uintOrNil(r);
    const offset = uintOrNil(r);
    r.closeTuple(count, 4);
    if (feed && r.fault === "") feed.caughtUp(offset === undefined ? undefined : { epoch, offset });
  }
}

/** What every publication ends with. `elements`: those of its frame. */
function readTail(r: Reader, count: number, elements: number): Tail {
  const tail = {
    time: r.uint(),
    from: r.nil() ? null : r.text(),
    encoding: r.uint(),
    meta: r.nil() ? null : r.entries(),
    payload: r.bin(),
  };
  r.closeTuple(count, elements);
  return tail;
}
