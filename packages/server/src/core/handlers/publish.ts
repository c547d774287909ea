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
  publishOk,
  type PublishView,
  type Reader,
  refusedFrame,
  topicFault,
  Writer,
  writePatternPublicationHead,
  writePublicationHead,
  writeTailHead,
} from "@fanwire/protocol";
import { type Parts, refuse, refusedBytes, REPLY_BYTES } from "../parts.ts";
import { mayPublish } from "../policy.ts";
import { quoted, refusal, type Refusal } from "../refusal.ts";
import type { LiveSession, LiveStream, LiveTopic } from "../session.ts";
import { Topic } from "../topic.ts";
import { type Say, UnsaidRefusals } from "../unsaid-refusals.ts";
import type { Timed } from "../wheel.ts";

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

export class Publishing {
  readonly #parts: Parts;
  /** Puts the deadline of a session's unsaid refusals where deadlines are kept. */
  readonly #remind: (unsaid: Timed & UnsaidRefusals<LiveSession>) => void;
  readonly #tail = new Writer(4096);
  readonly #metaSize = new Writer();

  constructor(parts: Parts, remind: (unsaid: UnsaidRefusals<LiveSession>) => void) {
    this.#parts = parts;
    this.#remind = remind;
  }

  onPublish(session: LiveSession, r: Reader, view: PublishView): void {
    const topic = this.#topicOf(session, r, view);
    if (r.fault !== "") return;
    if (!(topic instanceof Topic)) return this.#refuse(session, r, view, topic);
    const why = this.#whyNot(view);
    if (why !== undefined) return this.#refuse(session, r, view, why);
    this.#append(topic, view, view.meta, r.bytes, view.payloadFrom, view.payloadTo);
    if (view.id > 0) this.#confirm(session, topic, view.id);
  }

  /** A publication of the hub's own process. Returns the topic with the publication as its head, or why not. */
  publish(session: LiveSession, name: string, content: Content): LiveTopic | Refusal {
    const topic = this.#topicByName(session, name);
    if (!(topic instanceof Topic)) return topic;
    const { bytes, from, to } = content;
    this.#append(topic, content, content.meta, bytes, from, to);
    return topic;
  }

  /** Says what was refused without an answer in the second that has passed. */
  settleUnsaid(unsaid: UnsaidRefusals<LiveSession>): void {
    const { now } = this.#parts.clock;
    if (unsaid.settle(now, this.#sayTo(unsaid.session))) this.#remind(unsaid);
  }

  #topicOf(session: LiveSession, r: Reader, view: PublishView): LiveTopic | Refusal {
    const last = session.lastTopic;
    if (view.alias >= 0) {
      const topic =
        last !== null && last.number === view.alias ? last : topicByAlias(session, view.alias);
      if (topic === undefined || topic.isForgotten)
        return refusal(
          "unknown-alias",
          `No topic has the alias ${view.alias} here; send its name.`,
        );
      return topic === last ? topic : this.#topicByName(session, topic.name);
    }
    const { topicFrom, topicTo } = view;
    if (last !== null && !last.isForgotten && isNamed(last.name, r.bytes, topicFrom, topicTo))
      return last;
    return this.#topicByName(session, decodeText(r, topicFrom, topicTo));
  }

  #topicByName(session: LiveSession, name: string): LiveTopic | Refusal {
    if (!isTopic(name))
      return refusal("bad-topic", `${quoted(name)} is no topic: ${topicFault(name)}.`);
    const allowed = mayPublish(session, name);
    if (typeof allowed !== "string") return allowed;
    const topic = this.#parts.topics.topic(allowed);
    if (topic !== undefined) session.lastTopic = topic;
    return topic ?? refusal("too-many-topics", "The hub holds as many topics as it may.", 1000);
  }

  /** What speaks against the publication itself. */
  #whyNot(view: PublishView): Refusal | undefined {
    const bytes = view.payloadTo - view.payloadFrom;
    const { payloadBytesMax } = this.#parts.settings;
    if (bytes > payloadBytesMax)
      return refusal(
        "too-large",
        `The payload has ${bytes} bytes and ${payloadBytesMax} are allowed.`,
      );
    if (view.encoding > ENCODING_MAX)
      return refusal(
        "malformed-value",
        `encoding is ${view.encoding}; it is at most ${ENCODING_MAX}.`,
      );
    return whyNotOptions(view.options) ?? this.#whyNotMeta(view.meta);
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
    content: { readonly encoding: number },
    meta: ReadonlyMap<string, EnvelopeValue> | null,
    bytes: Uint8Array,
    from: number,
    to: number,
  ): void {
    const { clock, counts, topics } = this.#parts;
    topic.head++;
    counts.publications++;
    topics.used(topic);
    const matching = topic.matching(topics.patterns);
    if (!topic.isFollowed && matching.length === 0) return;
    const tail = this.#tail.clear();
    writeTailHead(tail, clock.time, null, content.encoding, meta, to - from);
    tail.raw(bytes, from, to);
    if (topic.isFollowed) this.#addToTopic(topic, tail);
    for (let i = 0; i < matching.length; i++) this.#addToPattern(matching[i]!, topic, tail);
  }

  #addToTopic(topic: LiveTopic, tail: Writer): void {
    const batch = this.#parts.rounds.open(topic);
    const w = batch.begin(HEAD_BYTES + tail.at);
    writePublicationHead(w, topic.number, topic.head);
    w.raw(tail.bytes, 0, tail.at);
    batch.count++;
  }

  #addToPattern(stream: LiveStream, topic: LiveTopic, tail: Writer): void {
    const batch = this.#parts.rounds.open(stream);
    const w = batch.begin(HEAD_BYTES + tail.at);
    writePatternPublicationHead(w, stream.number, topic.name, topic.epoch, topic.head);
    w.raw(tail.bytes, 0, tail.at);
    batch.count++;
  }

  #confirm(session: LiveSession, topic: LiveTopic, id: number): void {
    rememberAlias(session, topic);
    const { rounds, topics } = this.#parts;
    const w = rounds.replyBehind(topic, topic.matching(topics.patterns), session, REPLY_BYTES);
    publishOk.write(w, {
      id,
      alias: topic.number,
      epoch: topic.epoch,
      offset: topic.head,
      level: confirmLevel.received,
      duplicate: false,
    });
  }

  #refuse(session: LiveSession, r: Reader, view: PublishView, why: Refusal): void {
    if (view.id > 0) return refuse(this.#parts, session, view.id, why);
    const { clock, counts } = this.#parts;
    counts.refused++;
    session.unsaid ??= new UnsaidRefusals(session);
    const { unsaid } = session;
    const topic =
      view.alias >= 0 ? view.alias : decodeText(r, view.topicFrom, view.topicTo).slice(0, 255);
    const code = errorCodes[why.name].code;
    if (unsaid.add(clock.now, topic, code, why.text, this.#sayTo(session))) this.#remind(unsaid);
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

/** An alias is good where it was told: in the OK of a publication, or in the grant of a subscription. */
function topicByAlias(session: LiveSession, alias: number): LiveTopic | undefined {
  const told = session.aliases?.get(alias);
  if (told !== undefined) return told;
  const followed = session.subscriptions.find(({ stream }) => stream.number === alias)?.stream;
  return followed instanceof Topic ? followed : undefined;
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
