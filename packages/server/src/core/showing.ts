// From an accepted publication to everybody: it gets its place in the order of shows, is kept as its topic's rule says, and is written into the
// batch of each stream that it belongs to. The way of every publication, so nothing is allocated that the next one could use again.

import {
  type EnvelopeValue,
  limits,
  Reader,
  Writer,
  writePatternPublicationHead,
  writePublicationHead,
  writeTailHead,
} from "@fanwire/protocol";
import type { Parts } from "./parts.ts";
import type { LivePatternStream, LiveTopic } from "./session.ts";
import type { TopicState } from "./state.ts";
import { readStateTail } from "./state-tail.ts";
import { LatestOnly } from "./stream.ts";

/** What a publication's frame may need beside its payload and its meta, in bytes: a topic and a `from` of full length. */
const HEAD_BYTES = 512;

export class Showing {
  readonly #parts: Parts;
  /** Puts the deadline of a topic where deadlines are kept. */
  readonly #remind: (topic: LiveTopic) => void;
  readonly #tail = new Writer(4096);
  readonly #tailReader = new Reader();

  constructor(parts: Parts, remind: (topic: LiveTopic) => void) {
    this.#parts = parts;
    this.#remind = remind;
  }

  /** A publication that was stored. Its tail is kept as it is. */
  stored(topic: LiveTopic, tail: Uint8Array, lsn: number): void {
    const { clock, topics, counts, bindings } = this.#parts;
    const matching = topic.matching(topics.patterns);
    const before = topics.shown;
    topics.show(topic, clock.now);
    topic.lastLsn = lsn;
    topics.lsns.add(topics.shown, lsn);
    counts.publications++;
    this.#show(topic, matching, before, tail, tail.length);
    const bound = bindings.matching(topic);
    if (bound.length > 0) bindings.shown(topic, bound, tail, 0, tail.length, lsn);
  }

  /** The publication is shown: it has an offset, and leaves with the next round of each stream that it belongs to. */
  append(
    topic: LiveTopic,
    publisher: string | null,
    content: { readonly encoding: number },
    meta: ReadonlyMap<string, EnvelopeValue> | null,
    bytes: Uint8Array,
    from: number,
    to: number,
  ): void {
    const { clock, counts, topics, bindings } = this.#parts;
    const matching = topic.matching(topics.patterns);
    const bound = bindings.matching(topic);
    const before = topics.shown;
    topics.show(topic, clock.now);
    counts.publications++;
    const isWanted = topic.followers > 0 || matching.length > 0 || topic.keeps || bound.length > 0;
    if (!isWanted) return;
    const told = topic.tellsFrom ? publisher : null;
    const isPlain = matching.length === 0 && bound.length === 0 && !topic.keeps;
    if (isPlain && topic.latestOnly === null)
      return this.#addAlone(topic, told, content.encoding, meta, bytes, from, to);
    const tail = this.writeTail(told, content.encoding, meta, bytes, from, to);
    this.#show(topic, matching, before, tail.bytes, tail.at);
    if (bound.length > 0) bindings.shown(topic, bound, tail.bytes, 0, tail.at, 0);
  }

  /** The tail of a publication, until the next one is written. */
  writeTail(
    told: string | null,
    encoding: number,
    meta: ReadonlyMap<string, EnvelopeValue> | null,
    bytes: Uint8Array,
    from: number,
    to: number,
  ): Writer {
    const tail = this.#tail.clear();
    writeTailHead(tail, this.#parts.clock.time, told, encoding, meta, to - from);
    tail.raw(bytes, from, to);
    return tail;
  }

  /** The topic's newest publication is kept, and leaves with the next round of each stream that it belongs to. `before`: what was shown before it. */
  #show(
    topic: LiveTopic,
    matching: readonly LivePatternStream[],
    before: number,
    tail: Uint8Array,
    to: number,
  ): void {
    this.#keep(topic, matching, tail, to);
    if (topic.isHeard) this.#addToTopic(topic, tail, to);
    this.#parts.cohorts.published(topic);
    for (let i = 0; i < matching.length; i++) {
      const stream = matching[i]!;
      if (stream.isHeard) this.#addToPattern(stream, topic, tail, to, before);
      this.#parts.cohorts.published(stream);
    }
  }

  /** The usual case, a topic that is followed by its name and keeps nothing: the tail is written where it belongs. */
  #addAlone(
    topic: LiveTopic,
    told: string | null,
    encoding: number,
    meta: ReadonlyMap<string, EnvelopeValue> | null,
    bytes: Uint8Array,
    from: number,
    to: number,
  ): void {
    const { clock, rounds } = this.#parts;
    if (!topic.isHeard) return;
    const batch = rounds.open(topic, topic.head - 1);
    const metaBytes = meta === null ? 0 : limits.metaBytesMax;
    const w = batch.begin(HEAD_BYTES + metaBytes + to - from);
    writePublicationHead(w, topic.number, topic.head);
    writeTailHead(w, clock.time, told, encoding, meta, to - from);
    w.raw(bytes, from, to);
    batch.count++;
  }

  #keep(
    topic: LiveTopic,
    matching: readonly LivePatternStream[],
    tail: Uint8Array,
    to: number,
  ): void {
    const { clock, topics } = this.#parts;
    const { log, state } = topic;
    if (state !== null) this.#keepState(topic, state, tail, to);
    if (log !== null) {
      const wasEmpty = log.count === 0;
      topics.keptBytes += log.append(clock.now, topic.lastShow, tail, 0, to, topic.lastLsn);
      if (wasEmpty) this.#remind(topic);
    }
    if (wantsLatest(topic, matching)) this.#keepLatest(topic, tail, to);
    else topics.dropLatest(topic);
  }

  #keepState(topic: LiveTopic, state: TopicState, tail: Uint8Array, to: number): void {
    const { clock, topics } = this.#parts;
    const { key, isDeleted, ttlMs } = readStateTail(this.#tailReader.reset(tail, 0, to));
    const dueBefore = topic.dueAt;
    topics.keptBytes += state.set({
      key,
      offset: topic.head,
      show: topic.lastShow,
      lsn: topic.lastLsn,
      tail: tail.slice(0, to),
      isDeleted,
      at: clock.now,
      expiresAt: clock.now + ttlMs,
    });
    topics.keptBytes += state.trim(clock.now);
    if (topic.dueAt < dueBefore) this.#remind(topic);
  }

  #keepLatest(topic: LiveTopic, tail: Uint8Array, to: number): void {
    const { topics, settings } = this.#parts;
    topic.latestOnly ??= new LatestOnly();
    const { latest } = topic.latestOnly;
    if (latest !== null && latest.bytes.length >= to) {
      latest.bytes.set(tail.subarray(0, to));
      latest.offset = topic.head;
      latest.length = to;
      return;
    }
    topics.keptBytes -= latest?.bytes.length ?? 0;
    topic.latestOnly.latest = null;
    if (topics.keptBytes + to > settings.keptBytesMax) return;
    topic.latestOnly.latest = { offset: topic.head, bytes: tail.slice(0, to), length: to };
    topics.keptBytes += to;
  }

  #addToTopic(topic: LiveTopic, tail: Uint8Array, to: number): void {
    const batch = this.#parts.rounds.open(topic, topic.head - 1);
    const w = batch.begin(HEAD_BYTES + to);
    writePublicationHead(w, topic.number, topic.head);
    w.raw(tail, 0, to);
    batch.count++;
  }

  #addToPattern(
    stream: LivePatternStream,
    topic: LiveTopic,
    tail: Uint8Array,
    to: number,
    before: number,
  ): void {
    const batch = this.#parts.rounds.open(stream, before);
    if (batch.at === 0) this.#parts.marks.begin(stream, batch, before);
    const w = batch.begin(HEAD_BYTES + to);
    writePatternPublicationHead(w, stream.number, topic.name, topic.epoch, topic.head);
    w.raw(tail, 0, to);
    batch.count++;
    stream.bytesSinceMark += to;
  }
}

/** Somebody may be sent the topic's latest publication alone. */
function wantsLatest(topic: LiveTopic, matching: readonly LivePatternStream[]): boolean {
  if (topic.latestOnly !== null && topic.latestOnly.followers > 0) return true;
  for (let i = 0; i < matching.length; i++) if (matching[i]!.latestOnly !== null) return true;
  return false;
}
