// Catch-up of a topic: from its log, or by its latest publication alone; what can no longer be had is told by a gap.

import { gapFrame, gapReason, writePublicationHead } from "@fanwire/protocol";
import type { Batch } from "../batch.ts";
import { emptyRecord } from "../log.ts";
import type { LiveTopic } from "../session.ts";
import type { TopicState } from "../state.ts";
import { lag, type Replay } from "../subscription.ts";
import type { Progress, Reader, Source } from "./source.ts";

/** What a frame takes beside its tail, at most … */
export const HEAD_BYTES = 512;

/** … and rather. */
const FRAME_BYTES = 64;

export class TopicSource implements Source {
  readonly #record = emptyRecord();

  next(reader: Reader, target: number, page: Batch, bytesMax: number): Progress {
    const topic = reader.stream as LiveTopic;
    const { replay, mode } = reader;
    if (replay !== null && replay.gap !== 0) tellFirstGap(reader, topic, replay, page);
    const { state } = topic;
    if (state !== null && isByState(reader, topic)) {
      // state goes first, whatever stands before the head: its cursor is at 0
      return this.#fromState(reader, topic, state, target, page, bytesMax);
    }
    if (reader.cursor >= target) return "arrived";
    const isFull = replay?.isFull ?? false;
    if (mode.lag !== lag.latest || isFull)
      return this.#fromLog(reader, topic, target, page, bytesMax);
    // what is skipped for the latest is no gap, unless that was not kept either
    if (tellLatest(reader, topic, target, page)) return "arrived";
    if (topic.log !== null && topic.log.count > 0)
      reader.cursor = Math.max(reader.cursor, target - 1);
    return this.#fromLog(reader, topic, target, page, bytesMax);
  }

  /** The latest of each key that changed since the cursor, in the order in which they did. What was replaced meanwhile is no gap. */
  #fromState(
    reader: Reader,
    topic: LiveTopic,
    state: TopicState,
    target: number,
    page: Batch,
    bytesMax: number,
  ): Progress {
    const leftOutUpTo = reader.replay?.stateUpTo ?? -1;
    const known = Math.max(reader.cursor, reader.stateFloor, leftOutUpTo);
    if (reader.cursor > 0 && known < state.floor) {
      writeGap(page, topic, state.after(0)?.offset ?? target + 1, null, gapReason.reset);
      reader.cursor = 0;
    }
    if (reader.cursor === 0) reader.stateFloor = state.floor;
    for (
      let entry = state.after(reader.cursor);
      entry !== null && entry.offset <= target;
      entry = entry.newer
    ) {
      if (!entry.isDeleted || entry.offset > leftOutUpTo) {
        if (!hasRoom(page, entry.tail.length, bytesMax)) return "more";
        writePublication(page, topic, entry.offset, entry.tail, 0, entry.tail.length);
      }
      reader.cursor = entry.offset;
    }
    reader.cursor = Math.max(reader.cursor, target);
    return "arrived";
  }

  #fromLog(
    reader: Reader,
    topic: LiveTopic,
    target: number,
    page: Batch,
    bytesMax: number,
  ): Progress {
    const { log } = topic;
    const first = Math.min(log?.first ?? Infinity, target + 1);
    if (reader.cursor + 1 < first) {
      const missed = first - 1 - reader.cursor;
      const reason = reader.replay === null ? gapReason.lagging : gapReason.trimmed;
      writeGap(page, topic, first, missed, reason);
      reader.cursor = first - 1;
    }
    if (log === null || reader.cursor >= target) return "arrived";
    const record = this.#record;
    const cursor = log.seek(reader.cursor + 1);
    while (reader.cursor < target && log.read(cursor, record)) {
      if (!hasRoom(page, record.to - record.from, bytesMax)) return "more";
      writePublication(page, topic, record.offset, record.bytes, record.from, record.to);
      reader.cursor = record.offset;
    }
    return "arrived";
  }
}

/** What is asked for is the state, or nothing else is kept. */
function isByState({ replay, mode }: Reader, { log }: LiveTopic): boolean {
  return (
    replay?.stateUpTo !== undefined ||
    mode.lag === lag.latestPerKey ||
    (log === null && mode.lag === lag.all)
  );
}

/** Whether a frame with this tail may be added to the page; one always may. */
export function hasRoom(page: Batch, tailBytes: number, bytesMax: number): boolean {
  return page.at === 0 || page.at + tailBytes + FRAME_BYTES <= bytesMax;
}

/** Tells the latest publication. False when it was not kept. */
function tellLatest(reader: Reader, topic: LiveTopic, target: number, page: Batch): boolean {
  const latest = topic.latestOnly?.latest ?? null;
  if (latest === null || latest.offset <= reader.cursor) return false;
  // beyond the target it stands in the open batch, and comes with that
  if (latest.offset <= target)
    writePublication(page, topic, latest.offset, latest.bytes, 0, latest.length);
  reader.cursor = target;
  return true;
}

/** A resume that cannot go on where it stopped: what comes instead begins behind the cursor. */
function tellFirstGap(reader: Reader, topic: LiveTopic, replay: Replay, page: Batch): void {
  const first =
    topic.state !== null && topic.log === null ? topic.state.after(0)?.offset : topic.log?.first;
  const next = Math.max(reader.cursor + 1, first ?? 0);
  writeGap(page, topic, next, replay.missed, replay.gap);
  replay.gap = 0;
}

function writePublication(
  page: Batch,
  topic: LiveTopic,
  offset: number,
  bytes: Uint8Array,
  from: number,
  to: number,
): void {
  const w = page.begin(HEAD_BYTES + to - from);
  writePublicationHead(w, topic.number, offset);
  w.raw(bytes, from, to);
  page.count++;
}

function writeGap(
  page: Batch,
  topic: LiveTopic,
  next: number,
  missed: number | null,
  reason: number,
): void {
  const { number: sub, epoch } = topic;
  gapFrame.write(page.begin(HEAD_BYTES), { sub, topic: null, epoch, next, missed, reason });
}
