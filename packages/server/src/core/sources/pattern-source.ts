// Catch-up of a pattern: the logs of all topics that it matches, merged in the order of shows. A run goes from the cursor to a fixed
// target: it walks back through the topics that were shown since the cursor, and takes the first thing of each that is to be told (a
// publication, the latest one, or a gap at the place of the last lost one) from a heap. A run may be thrown away at any time; the cursor
// says from where another one goes on.

import { gapFrame, gapReason, markFrame, writePatternPublicationHead } from "@fanwire/protocol";
import type { Batch } from "../batch.ts";
import { emptyRecord, type TopicLog } from "../log.ts";
import { encodeMark } from "../mark.ts";
import type { LivePatternStream, LiveTopic } from "../session.ts";
import type { StateEntry, TopicState } from "../state.ts";
import { lag } from "../subscription.ts";
import type { Topics } from "../topics.ts";
import { ShowHeap, type Shown } from "./heap.ts";
import type { Progress, Reader, Source } from "./source.ts";
import { HEAD_BYTES, hasRoom } from "./topic-source.ts";

/** Runs that go over several pages at a time; others wait. */
const RUNS_MAX = 64;

/** Above this many topics that were shown since the cursor, what was missed is not told one by one. */
const CHANGED_MAX = 100_000;

/** Above this many topics with gaps, one gap stands for all of them. */
const GAPS_MAX = 256;

/** The next thing to tell of a topic. */
interface Entry extends Shown {
  readonly topic: LiveTopic;
  what: "record" | "latest" | "value" | "gap" | "reset";
  /** Of the record, or the one that comes behind the gap. */
  offset: number;
  /** Of a topic that is told by its state: deletions up to this offset were forgotten before it was begun. */
  floor: number;
}

/** State that comes first: topic after topic. */
interface StateRun {
  readonly topics: readonly LiveTopic[];
  /** The one whose values are told, and the offset of the last that was. */
  at: number;
  offset: number;
}

interface PatternRun {
  readonly target: number;
  /** Of the last durable publication that was told; 0 when none was. */
  lsn: number;
  readonly heap: ShowHeap<Entry>;
  /** A state is told anew, and not all of it is. */
  isWithinState: boolean;
}

/** What tells the marks of this run of the hub, and those of its store, from others. */
export interface ThisRun {
  readonly id: number;
  /** Of the store; 0 without one. */
  era: number;
}

export class PatternSource implements Source {
  readonly #topics: Topics;
  readonly #run: ThisRun;
  readonly #runs = new Map<Reader, PatternRun>();
  readonly #states = new WeakMap<Reader, StateRun>();
  readonly #record = emptyRecord();
  /** Topics walked and entries written since it was last set to 0: what a turn is bounded by. */
  work = 0;

  constructor(topics: Topics, run: ThisRun) {
    this.#topics = topics;
    this.#run = run;
  }

  next(reader: Reader, target: number, page: Batch, bytesMax: number): Progress {
    const { replay, cursor: before } = reader;
    if (replay !== null && replay.gap !== 0) {
      this.#writeGap(reader, page, null);
      replay.gap = 0;
    }
    if (replay?.stateUpTo !== undefined && !this.#tellState(reader, page, bytesMax)) return "more";
    while (reader.cursor < target) {
      let run = this.#runs.get(reader);
      if (run === undefined && this.#runs.size >= RUNS_MAX) return "waits";
      run ??= this.#begin(reader, target, page);
      if (!this.#tell(reader, run, page, bytesMax)) {
        this.#runs.set(reader, run);
        // so that a client that is cut in a long catch-up goes on from here; what it had beyond its mark, and of a state that is told
        // anew, it knows itself as long as it is told no other
        if (reader.cursor > before && !run.isWithinState) this.#writeMark(reader, run, page);
        return "more";
      }
      this.#runs.delete(reader);
      reader.cursor = run.target;
      // what had been sent before is behind the cursor now
      replay?.beyond?.clear();
    }
    return "arrived";
  }

  /** The mark that stands for a cursor. */
  markOf(cursor: number, toldLsn: number = 0): Uint8Array {
    const lsn = Math.max(this.#topics.lsns.at(cursor), toldLsn);
    const { era, id: run } = this.#run;
    return encodeMark({ era, run, show: cursor, lsn });
  }

  /** The reader no longer reads. */
  drop(reader: Reader): void {
    this.#runs.delete(reader);
    this.#states.delete(reader);
  }

  /** Tells the values of all topics that the pattern matches, until the page is full. Returns whether all are told. */
  #tellState(reader: Reader, page: Batch, bytesMax: number): boolean {
    const { patterns, withState } = this.#topics;
    const stream = reader.stream as LivePatternStream;
    let run = this.#states.get(reader);
    if (run === undefined) {
      const topics = [...withState].filter((topic) => topic.matching(patterns).includes(stream));
      run = { topics, at: 0, offset: 0 };
      this.#states.set(reader, run);
    }
    for (; run.at < run.topics.length; run.at++, run.offset = 0) {
      const topic = run.topics[run.at]!;
      for (let value = topic.state!.after(run.offset); value !== null; value = value.newer) {
        // what is newer than the subscription comes in its place
        if (value.show > reader.cursor) break;
        if (!hasRoom(page, value.tail.length, bytesMax)) return false;
        this.work++;
        if (!value.isDeleted)
          write(reader, topic, page, value.offset, value.tail, 0, value.tail.length);
        run.offset = value.offset;
      }
    }
    return true;
  }

  /** Finds what is to be told between the cursor and the target. */
  #begin(reader: Reader, target: number, page: Batch): PatternRun {
    const { recency, forgottenShow, patterns } = this.#topics;
    const { cursor } = reader;
    const heap = new ShowHeap<Entry>();
    const gaps: Entry[] = [];
    let isVague = cursor < forgottenShow;
    let walked = 0;
    for (
      let topic = recency.newest;
      topic !== null && topic.lastShow > cursor;
      topic = topic.older
    ) {
      if (++walked > CHANGED_MAX) {
        isVague = true;
        break;
      }
      if (!topic.matching(patterns).includes(reader.stream as LivePatternStream)) continue;
      const entry = this.#firstOf(topic, reader);
      if (entry === undefined) continue;
      if (entry.what === "gap" || entry.what === "reset") gaps.push(entry);
      else heap.push(entry);
    }
    this.work += walked;
    isVague ||= gaps.length > GAPS_MAX;
    if (isVague) this.#writeGap(reader, page, null);
    for (const gap of gaps) {
      if (!isVague) heap.push(gap);
      else if (this.#recordBehind(gap)) heap.push(gap);
    }
    return { target, heap, lsn: 0, isWithinState: false };
  }

  /** The first thing to tell of a topic that was shown behind the cursor. */
  #firstOf(topic: LiveTopic, { cursor, mode, replay }: Reader): Entry | undefined {
    const { log, state, lastShow: show, head } = topic;
    const sent = replay?.beyond?.get(topic.name);
    if (sent !== undefined && sent >= head) return undefined;
    if (mode.lag === lag.latest) {
      const isKept = topic.latestOnly?.latest?.offset === head;
      const offset = isKept ? head : head + 1;
      return { topic, show, what: isKept ? "latest" : "gap", offset, floor: 0 };
    }
    if (log === null && state !== null) return valueOf(topic, state, cursor, sent);
    if (log === null) return { topic, show, what: "gap", offset: head + 1, floor: 0 };
    const isLost = sent ? sent + 1 < log.first : log.trimmedShow > cursor;
    if (isLost) return lostOf(topic, log);
    const offset = Math.max(log.after(cursor), (sent ?? 0) + 1);
    return offset < log.next ? this.#recordAt(topic, offset) : undefined;
  }

  /** Turns a told gap into the record that comes behind it. False when the log holds none. */
  #recordBehind(entry: Entry): boolean {
    const { log, state } = entry.topic;
    if (entry.what === "reset") {
      const value = state!.after(0);
      if (value === null) return false;
      entry.what = "value";
      entry.offset = value.offset;
      entry.show = Math.max(value.show, entry.show);
      entry.floor = state!.floor;
      return true;
    }
    if (log === null || entry.offset >= log.next) return false;
    const record = this.#recordAt(entry.topic, Math.max(entry.offset, log.first));
    entry.what = record.what;
    entry.offset = record.offset;
    entry.show = record.show;
    return true;
  }

  #recordAt(topic: LiveTopic, offset: number): Entry {
    const log = topic.log!;
    log.read(log.seek(offset), this.#record);
    return { topic, show: this.#record.show, what: "record", offset, floor: 0 };
  }

  /** Tells entries until the page is full. Returns whether all are told. */
  #tell(reader: Reader, run: PatternRun, page: Batch, bytesMax: number): boolean {
    for (;;) {
      const entry = run.heap.pop();
      if (entry === undefined || entry.show > run.target) return true;
      if (!hasRoom(page, tailBytesOf(entry), bytesMax)) {
        run.heap.push(entry);
        return false;
      }
      this.work++;
      const next = this.#tellOne(reader, run, entry, page);
      if (next !== undefined) run.heap.push(next);
      // a state that is told anew stands at one place, which is reached with the last of it
      const behind = (run.heap.first?.show ?? Infinity) - 1;
      run.isWithinState = behind < entry.show;
      reader.cursor = Math.max(reader.cursor, Math.min(entry.show, behind));
    }
  }

  /** Returns what is next of the same topic. */
  #tellOne(reader: Reader, run: PatternRun, entry: Entry, page: Batch): Entry | undefined {
    const { topic } = entry;
    if (entry.what === "value") return this.#tellValue(reader, run, entry, page);
    if (entry.what === "gap" || entry.what === "reset") {
      // more may be gone since the run began
      if (entry.what === "gap") entry.offset = Math.max(entry.offset, topic.log?.first ?? 0);
      this.#writeGap(reader, page, entry);
      const behind: Entry = { ...entry };
      return this.#recordBehind(behind) ? behind : undefined;
    }
    if (entry.what === "latest") {
      const latest = topic.latestOnly?.latest ?? null;
      // what has come since then is the next run's to tell
      if (latest?.offset === entry.offset)
        write(reader, topic, page, entry.offset, latest.bytes, 0, latest.length);
      return undefined;
    }
    const log = topic.log!;
    if (entry.offset < log.first)
      // trimmed since the run began
      return lostOf(topic, log);
    const record = this.#record;
    const cursor = log.seek(entry.offset);
    log.read(cursor, record);
    write(reader, topic, page, record.offset, record.bytes, record.from, record.to);
    if (record.lsn > 0) run.lsn = record.lsn;
    return log.read(cursor, record)
      ? { topic, show: record.show, what: "record", offset: record.offset, floor: 0 }
      : undefined;
  }

  /** Returns the next value of the same topic. */
  #tellValue(reader: Reader, run: PatternRun, entry: Entry, page: Batch): Entry | undefined {
    const { topic, floor } = entry;
    const state = topic.state!;
    // forgotten since it was begun, and not told
    if (state.floor > floor && state.floor >= entry.offset)
      return resetOf(topic, state, entry.show);
    const value = state.after(entry.offset - 1);
    if (value === null) return undefined;
    const asEntry = ({ show, offset }: StateEntry): Entry => ({
      topic,
      show: Math.max(show, entry.show),
      what: "value",
      offset,
      floor,
    });
    // replaced since the run began: it comes in its new place
    if (value.offset !== entry.offset) return asEntry(value);
    write(reader, topic, page, value.offset, value.tail, 0, value.tail.length);
    if (value.lsn > 0) run.lsn = Math.max(run.lsn, value.lsn);
    return value.newer === null ? undefined : asEntry(value.newer);
  }

  /** `entry`: the topic whose publications are missing; null: of no topic in particular. */
  #writeGap(reader: Reader, page: Batch, entry: Entry | null): void {
    const { stream, replay } = reader;
    let reason: number = replay === null ? gapReason.lagging : replay.gap || gapReason.trimmed;
    if (entry?.what === "reset") reason = gapReason.reset;
    gapFrame.write(page.begin(HEAD_BYTES), {
      sub: stream.number,
      topic: entry?.topic.name ?? null,
      epoch: entry?.topic.epoch ?? null,
      next: entry?.offset ?? null,
      missed: null,
      reason,
    });
  }

  #writeMark({ stream, cursor }: Reader, run: PatternRun, page: Batch): void {
    const mark = this.markOf(cursor, run.lsn);
    markFrame.write(page.begin(HEAD_BYTES), { sub: stream.number, mark });
  }
}

/** The first value that changed behind the cursor, or that all of them must be told anew. `sent`: 0 of who has dropped what it had. */
function valueOf(
  topic: LiveTopic,
  state: TopicState,
  cursor: number,
  sent: number | undefined,
): Entry | undefined {
  const isForgotten = sent === undefined ? cursor < state.floorShow : sent < state.floor;
  if (isForgotten) return resetOf(topic, state, 0);
  const value = sent === undefined ? state.afterShow(cursor) : state.after(sent);
  if (value === null) return undefined;
  return { topic, show: value.show, what: "value", offset: value.offset, floor: state.floor };
}

/** All values must be told anew, as a deletion is no longer known. `show`: the place that the topic has been told up to. */
function resetOf(topic: LiveTopic, state: TopicState, show: number): Entry {
  return {
    topic,
    show: Math.max(state.floorShow, show),
    what: "reset",
    offset: state.after(0)?.offset ?? topic.head + 1,
    floor: state.floor,
  };
}

/** What was let go of a log. */
function lostOf(topic: LiveTopic, log: TopicLog): Entry {
  return { topic, show: log.trimmedShow, what: "gap", offset: log.first, floor: 0 };
}

/** About how many bytes an entry takes in a page. */
function tailBytesOf({ topic, what }: Entry): number {
  const { log, latestOnly } = topic;
  if (what === "latest") return latestOnly?.latest?.length ?? 0;
  return what === "record" && log !== null ? Math.ceil(log.tailBytes / Math.max(log.count, 1)) : 0;
}

function write(
  { stream }: Reader,
  topic: LiveTopic,
  page: Batch,
  offset: number,
  bytes: Uint8Array,
  from: number,
  to: number,
): void {
  const w = page.begin(HEAD_BYTES + to - from);
  writePatternPublicationHead(w, stream.number, topic.name, topic.epoch, offset);
  w.raw(bytes, from, to);
  page.count++;
}
