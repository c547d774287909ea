// PUBLISH: check, append, fan out, answer. The way of every publication, so names are compared before they are decoded and nothing
// is allocated that the next publication could use again.

import {
  confirmLevel,
  decodeText,
  errorCodes,
  type EnvelopeValue,
  isTopic,
  limits,
  metaFault,
  type PublishView,
  type Reader,
  refusedFrame,
  topicFault,
  writePublishOk,
  Writer,
  writePatternPublicationHead,
  writePublicationHead,
  writeTailHead,
} from "@fanwire/protocol";
import { type Parts, refuse, refusedBytes, REPLY_BYTES } from "../parts.ts";
import { mayPublish, whyNotNow } from "../policy.ts";
import { limited, quoted, refusal, type Refusal, tooManyTopics } from "../refusal.ts";
import type { LivePatternStream, LiveSession, LiveTopic } from "../session.ts";
import { LatestOnly } from "../stream.ts";
import { Topic } from "../topic.ts";
import { type Say, UnsaidRefusals } from "../unsaid-refusals.ts";

/** Aliases that a session keeps; the oldest goes first, and its publisher sends the name again. */
const ALIASES_MAX = 1024;

/** The largest encoding: one byte on the wire. */
const ENCODING_MAX = 127;

/** What a publication's frame may need beside its payload and its meta, in bytes: a topic and a `from` of full length. */
const HEAD_BYTES = 512;

/** What is published, apart from where: views that need only live until the call returns. */
export interface Content {
  readonly encoding: number;
  readonly meta: ReadonlyMap<string, EnvelopeValue> | null;
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly to: number;
}

/** Where deadlines are kept that publishing begins. */
export interface PublishDeadlines {
  /** A session's refusals are to be said. */
  say(unsaid: UnsaidRefusals<LiveSession>): void;
  /** The oldest publication of a topic's log is to be let go. */
  trim(topic: LiveTopic): void;
}

export class Publishing {
  readonly #parts: Parts;
  readonly #deadlines: PublishDeadlines;
  readonly #tail = new Writer(4096);
  readonly #metaSize = new Writer();

  constructor(parts: Parts, deadlines: PublishDeadlines) {
    this.#parts = parts;
    this.#deadlines = deadlines;
  }

  onPublish(session: LiveSession, r: Reader, view: PublishView): void {
    const tooFast = this.#whyTooFast(session, view.payloadTo - view.payloadFrom);
    if (tooFast !== undefined) return this.#refuse(session, r, view, tooFast);
    const topic = this.#topicOf(session, r, view);
    if (r.fault !== "") return;
    if (!(topic instanceof Topic)) return this.#refuse(session, r, view, topic);
    const why = this.#whyNot(view) ?? this.#whyNotKept(topic, view.payloadTo - view.payloadFrom);
    if (why !== undefined) return this.#refuse(session, r, view, why);
    const { publisher } = session;
    this.#append(topic, publisher, view, view.meta, r.bytes, view.payloadFrom, view.payloadTo);
    if (view.id > 0) this.#confirm(session, topic, view.id);
  }

  /** A publication of the hub's own process. Returns the topic with the publication as its head, or why not. */
  publish(session: LiveSession, name: string, content: Content): LiveTopic | Refusal {
    const topic = this.#topicByName(session, name);
    if (!(topic instanceof Topic)) return topic;
    const { bytes, from, to } = content;
    const why = this.#whyNotKept(topic, to - from);
    if (why !== undefined) return why;
    this.#append(topic, null, content, content.meta, bytes, from, to);
    return topic;
  }

  /** Says what was refused without an answer in the second that has passed. */
  settleUnsaid(unsaid: UnsaidRefusals<LiveSession>): void {
    const { now } = this.#parts.clock;
    if (unsaid.settle(now, this.#sayTo(unsaid.session))) this.#deadlines.say(unsaid);
  }

  /** Lets go what is too old in the topic's log. */
  trim(topic: LiveTopic): void {
    const { clock, topics } = this.#parts;
    if (topic.standing === "forgotten" || topic.log === null) return;
    topics.keptBytes += topic.log.trimAged(clock.now);
    if (topic.log.count > 0) this.#deadlines.trim(topic);
    else topics.emptied(topic, clock.now);
  }

  #whyTooFast(session: LiveSession, bytes: number): Refusal | undefined {
    const { rates } = session;
    if (rates === null) return undefined;
    const { now } = this.#parts.clock;
    const wait = rates.takePublication(now, bytes);
    if (wait === 0) return undefined;
    const text = `Publications come too fast; go on in ${wait} ms.`;
    return limited("rate-limited", rates.limitOfPublication(now, bytes), text, wait);
  }

  #topicOf(session: LiveSession, r: Reader, view: PublishView): LiveTopic | Refusal {
    const last = session.lastTopic;
    if (view.alias >= 0) {
      if (last !== null && last.number === view.alias && last.standing !== "forgotten") return last;
      return this.#topicByAlias(session, view.alias);
    }
    const { topicFrom, topicTo } = view;
    if (
      last !== null &&
      last.standing !== "forgotten" &&
      isNamed(last.name, r.bytes, topicFrom, topicTo)
    )
      return last;
    return this.#topicByName(session, decodeText(r, topicFrom, topicTo));
  }

  /** An alias is good where it was told: in the OK of a publication, or in the grant of a subscription, which gives no right to publish. */
  #topicByAlias(session: LiveSession, alias: number): LiveTopic | Refusal {
    const why = whyNotNow(session);
    if (why !== undefined) return why;
    const told = session.aliases?.get(alias);
    if (told !== undefined && told.standing !== "forgotten") {
      session.lastTopic = told;
      return told;
    }
    const followed = session.subscriptions.find(({ stream }) => stream.number === alias)?.stream;
    if (followed instanceof Topic) return this.#topicByName(session, followed.name);
    return refusal("unknown-alias", `No topic has the alias ${alias} here; send its name.`);
  }

  #topicByName(session: LiveSession, name: string): LiveTopic | Refusal {
    if (!isTopic(name))
      return refusal("bad-topic", `${quoted(name)} is no topic: ${topicFault(name)}.`);
    const { topics, clock, counts, access } = this.#parts;
    const allowed = mayPublish(counts, session, name);
    if (typeof allowed !== "string") return allowed;
    const known = topics.find(allowed);
    const why = known === undefined ? access.whyNoNewTopic(session, "pub", allowed) : undefined;
    if (why !== undefined) return why;
    const topic = known ?? topics.topic(allowed, clock.now);
    if (topic !== undefined) session.lastTopic = topic;
    return topic ?? tooManyTopics();
  }

  /** What speaks against the publication itself. */
  #whyNot(view: PublishView): Refusal | undefined {
    const bytes = view.payloadTo - view.payloadFrom;
    const { payloadBytesMax } = this.#parts.settings;
    if (bytes > payloadBytesMax)
      return limited(
        "too-large",
        "payloadBytesMax",
        `The payload has ${bytes} bytes and ${payloadBytesMax} are allowed.`,
      );
    if (view.encoding > ENCODING_MAX)
      return refusal(
        "malformed-value",
        `encoding is ${view.encoding}; it is at most ${ENCODING_MAX}.`,
      );
    return whyNotOptions(view.options) ?? this.#whyNotMeta(view.meta);
  }

  #whyNotKept({ log }: LiveTopic, bytes: number): Refusal | undefined {
    if (log === null) return undefined;
    const { topics, settings } = this.#parts;
    return topics.keptBytes + bytes > settings.keptBytesMax
      ? limited(
          "storage-full",
          "keptBytesMax",
          `Histories take ${settings.keptBytesMax} bytes, as many as they may.`,
          1000,
        )
      : undefined;
  }

  #whyNotMeta(meta: ReadonlyMap<string, EnvelopeValue> | null): Refusal | undefined {
    if (meta === null) return undefined;
    const fault = metaFault(meta);
    if (fault !== undefined) return refusal("bad-option", `${fault}.`);
    if (meta.has("ttl"))
      return refusal("bad-option", "ttl is for topics that keep state, and for queues.");
    const w = this.#metaSize.clear();
    writeTailHead(w, 0, null, 0, meta, 0);
    return w.at > limits.metaBytesMax
      ? refusal("too-large", `meta has more than ${limits.metaBytesMax} bytes.`)
      : undefined;
  }

  /** The publication is shown: it has an offset, and leaves with the next round of each stream that it belongs to. */
  #append(
    topic: LiveTopic,
    publisher: string | null,
    content: { readonly encoding: number },
    meta: ReadonlyMap<string, EnvelopeValue> | null,
    bytes: Uint8Array,
    from: number,
    to: number,
  ): void {
    const { clock, counts, topics } = this.#parts;
    const matching = topic.matching(topics.patterns);
    const before = topics.shown;
    topics.show(topic, clock.now);
    counts.publications++;
    if (topic.followers === 0 && matching.length === 0 && topic.log === null) return;
    const told = topic.tellsFrom ? publisher : null;
    if (matching.length === 0 && topic.log === null && topic.latestOnly === null)
      return this.#addAlone(topic, told, content.encoding, meta, bytes, from, to);
    const tail = this.#tail.clear();
    writeTailHead(tail, clock.time, told, content.encoding, meta, to - from);
    tail.raw(bytes, from, to);
    this.#keep(topic, matching, tail);
    if (topic.isHeard) this.#addToTopic(topic, tail);
    this.#parts.cohorts.published(topic);
    for (let i = 0; i < matching.length; i++) {
      const stream = matching[i]!;
      if (stream.isHeard) this.#addToPattern(stream, topic, tail, before);
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

  #keep(topic: LiveTopic, matching: readonly LivePatternStream[], tail: Writer): void {
    const { clock, topics } = this.#parts;
    const { log } = topic;
    if (log !== null) {
      const wasEmpty = log.count === 0;
      topics.keptBytes += log.append(clock.now, topic.lastShow, tail.bytes, 0, tail.at);
      if (wasEmpty) this.#deadlines.trim(topic);
    }
    if (wantsLatest(topic, matching)) this.#keepLatest(topic, tail);
    else topics.dropLatest(topic);
  }

  #keepLatest(topic: LiveTopic, tail: Writer): void {
    const { topics, settings } = this.#parts;
    topic.latestOnly ??= new LatestOnly();
    const { latest } = topic.latestOnly;
    if (latest !== null && latest.bytes.length >= tail.at) {
      latest.bytes.set(tail.bytes.subarray(0, tail.at));
      latest.offset = topic.head;
      latest.length = tail.at;
      return;
    }
    topics.keptBytes -= latest?.bytes.length ?? 0;
    topic.latestOnly.latest = null;
    if (topics.keptBytes + tail.at > settings.keptBytesMax) return;
    topic.latestOnly.latest = { offset: topic.head, bytes: tail.take(), length: tail.at };
    topics.keptBytes += tail.at;
  }

  #addToTopic(topic: LiveTopic, tail: Writer): void {
    const batch = this.#parts.rounds.open(topic, topic.head - 1);
    const w = batch.begin(HEAD_BYTES + tail.at);
    writePublicationHead(w, topic.number, topic.head);
    w.raw(tail.bytes, 0, tail.at);
    batch.count++;
  }

  #addToPattern(stream: LivePatternStream, topic: LiveTopic, tail: Writer, before: number): void {
    const batch = this.#parts.rounds.open(stream, before);
    if (batch.at === 0) this.#parts.marks.begin(stream, batch, before);
    const w = batch.begin(HEAD_BYTES + tail.at);
    writePatternPublicationHead(w, stream.number, topic.name, topic.epoch, topic.head);
    w.raw(tail.bytes, 0, tail.at);
    batch.count++;
    stream.bytesSinceMark += tail.at;
  }

  #confirm(session: LiveSession, topic: LiveTopic, id: number): void {
    rememberAlias(session, topic);
    const { rounds, topics } = this.#parts;
    const w = rounds.replyBehind(topic, topic.matching(topics.patterns), session, REPLY_BYTES);
    writePublishOk(w, id, topic.number, topic.epoch, topic.head, confirmLevel.received);
  }

  #refuse(session: LiveSession, r: Reader, view: PublishView, why: Refusal): void {
    if (view.id > 0) return refuse(this.#parts, session, view.id, why);
    const { clock, counts } = this.#parts;
    counts.refuse(why);
    session.unsaid ??= new UnsaidRefusals(session);
    const { unsaid } = session;
    const topic =
      view.alias >= 0 ? view.alias : decodeText(r, view.topicFrom, view.topicTo).slice(0, 255);
    const code = errorCodes[why.name].code;
    if (unsaid.add(clock.now, topic, code, why.text, this.#sayTo(session)))
      this.#deadlines.say(unsaid);
  }

  #sayTo(session: LiveSession): Say {
    return (topic, code, text, count) => {
      const w = this.#parts.rounds.reply(session, refusedBytes(text));
      refusedFrame.write(w, { id: 0, code, text, retryAfterMs: null, topic, count });
    };
  }
}

function whyNotOptions(options: ReadonlyMap<string, EnvelopeValue> | null): Refusal | undefined {
  for (const [key, value] of options ?? []) {
    if (key === "confirm" && value === confirmLevel.received) continue;
    if (key === "confirm" && (value === confirmLevel.disk || value === confirmLevel.quorum))
      return refusal("unsupported", "This topic is not durable: ask for confirm 0 (received).");
    if (key === "id" || key === "if")
      return refusal("unsupported", `This hub does not know the option ${key}.`);
    return refusal("bad-option", `PUBLISH has no option ${quoted(key)} with this value.`);
  }
  return undefined;
}

function rememberAlias(session: LiveSession, topic: LiveTopic): void {
  session.aliases ??= new Map();
  const { aliases } = session;
  if (aliases.has(topic.number)) return;
  if (aliases.size >= ALIASES_MAX) aliases.delete(aliases.keys().next().value!);
  aliases.set(topic.number, topic);
}

function isNamed(name: string, bytes: Uint8Array, from: number, to: number): boolean {
  if (name.length !== to - from) return false;
  for (let i = 0; i < name.length; i++) if (name.charCodeAt(i) !== bytes[from + i]) return false;
  return true;
}

/** Somebody may be sent the topic's latest publication alone. */
function wantsLatest(topic: LiveTopic, matching: readonly LivePatternStream[]): boolean {
  if (topic.latestOnly !== null && topic.latestOnly.followers > 0) return true;
  for (let i = 0; i < matching.length; i++) if (matching[i]!.latestOnly !== null) return true;
  return false;
}
