// What READ is told: entries of a topic's log, or its values where it keeps them alone, forwards or backwards, in pages as catch-up makes
// them, and the OK behind the last.

import { readOk, writeHistoryHead } from "@fanwire/protocol";
import type { Batch } from "../batch.ts";
import { emptyRecord, type LogRecord, type TopicLog } from "../log.ts";
import type { Reading } from "../reading.ts";
import type { LiveTopic } from "../session.ts";
import type { StateEntry, TopicState } from "../state.ts";
import { HEAD_BYTES, hasRoom } from "./topic-source.ts";

/** A log is read forwards: who reads backwards is given so many at a time. */
const BLOCK = 64;

/** Writes into the page until it holds `bytesMax`. Returns whether the READ is answered. */
export function tellHistory(reading: Reading<LiveTopic>, page: Batch, bytesMax: number): boolean {
  const { id, topic, isBackwards } = reading;
  const { log, state, epoch, head } = topic;
  if (log !== null) {
    const tellLog = isBackwards ? tellBackwards : tellForwards;
    if (!tellLog(reading, log, page, bytesMax)) return false;
  } else if (state !== null && !tellState(reading, state, page, bytesMax)) return false;
  const first = log?.first ?? (state === null ? Infinity : 1);
  const isEnd = reading.at < first || reading.at > head;
  const next = isEnd ? null : reading.at;
  readOk.write(page.begin(HEAD_BYTES), { id, epoch, next, head });
  return true;
}

function tellForwards(
  reading: Reading<LiveTopic>,
  log: TopicLog,
  page: Batch,
  bytesMax: number,
): boolean {
  const { head } = reading.topic;
  reading.at = Math.max(reading.at, log.first); // what was let go meanwhile is left out
  if (reading.at > head) return true;
  const record = emptyRecord();
  const cursor = log.seek(reading.at);
  while (reading.left > 0 && reading.at <= head && log.read(cursor, record)) {
    if (!tell(reading, record, page, bytesMax)) return false;
    reading.at++;
  }
  return true;
}

function tellBackwards(
  reading: Reading<LiveTopic>,
  log: TopicLog,
  page: Batch,
  bytesMax: number,
): boolean {
  reading.at = Math.min(reading.at, reading.topic.head);
  while (reading.left > 0 && reading.at >= log.first) {
    const count = Math.min(BLOCK, reading.left, reading.at - log.first + 1);
    const cursor = log.seek(reading.at - count + 1);
    const block = Array.from({ length: count }, emptyRecord);
    for (const record of block) log.read(cursor, record);
    for (const record of block.toReversed()) {
      if (!tell(reading, record, page, bytesMax)) return false;
      reading.at--;
    }
  }
  return true;
}

/** Values alone, in the order of their last change. One that changes while it is read moves to the end. */
function tellState(
  reading: Reading<LiveTopic>,
  state: TopicState,
  page: Batch,
  bytesMax: number,
): boolean {
  const { isBackwards, topic } = reading;
  let entry: StateEntry | null = isBackwards ? state.upTo(reading.at) : state.after(reading.at - 1);
  const skip = (): void => {
    while (entry?.isDeleted === true) entry = isBackwards ? entry.older : entry.newer;
  };
  for (skip(); entry !== null && reading.left > 0; skip()) {
    const { offset, tail } = entry;
    const record = { offset, bytes: tail, from: 0, to: tail.length };
    if (!tell(reading, record, page, bytesMax)) return false;
    reading.at = offset + (isBackwards ? -1 : 1);
    entry = isBackwards ? entry.older : entry.newer;
  }
  // the next value is where the next page begins
  reading.at = entry?.offset ?? (isBackwards ? 0 : topic.head + 1);
  return true;
}

/** False when the page is full. */
function tell(
  reading: Reading<LiveTopic>,
  { offset, bytes, from, to }: Pick<LogRecord, "offset" | "bytes" | "from" | "to">,
  page: Batch,
  bytesMax: number,
): boolean {
  if (!hasRoom(page, to - from, bytesMax)) return false;
  const w = page.begin(HEAD_BYTES + to - from);
  writeHistoryHead(w, reading.id, offset);
  w.raw(bytes, from, to);
  reading.left--;
  return true;
}
