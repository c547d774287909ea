// PUBLISH: check, hand on, answer. The way of every publication, so names are compared before they are decoded and nothing
// is allocated that the next publication could use again.

import {
  confirmLevel,
  decodeText,
  encodePayload,
  encoding,
  errorCodes,
  type EnvelopeValue,
  isTopic,
  limits,
  metaFault,
  type PublishView,
  publishOk,
  type Reader,
  refusedFrame,
  topicFault,
  writePublishOk,
  Writer,
  writeTailHead,
} from "@fanwire/protocol";
import type { Said } from "../members.ts";
import { Once } from "../once.ts";
import { type Parts, refuse, refusedBytes, REPLY_BYTES } from "../parts.ts";
import type { OnceRecord } from "../records.ts";
import { mayPublish, whyNotNow } from "../policy.ts";
import { limited, quoted, refusal, type Refusal, tooManyTopics } from "../refusal.ts";
import type { LiveSession, LiveTopic } from "../session.ts";
import type { Pending } from "../storing.ts";
import { Showing } from "../showing.ts";
import { Topic } from "../topic.ts";
import { type Say, UnsaidRefusals } from "../unsaid-refusals.ts";
import {
  keyOf,
  look,
  onceOf,
  pendKey,
  type Seen,
  settleKey,
  whyChanged,
} from "./publish-conditions.ts";
import { readPublishOptions } from "./publish-options.ts";

/** What the hub says of itself. */
const MESSAGEPACK = { encoding: 3 };

/** Aliases that a session keeps; the oldest goes first, and its publisher sends the name again. */
const ALIASES_MAX = 1024;

/** The largest encoding: one byte on the wire. */
const ENCODING_MAX = 127;

/** A key whose deletion found no room is deleted so much later, in milliseconds. */
const EXPIRE_AGAIN_MS = 1000;

/** Where a publication of the hub's own process went. */
export interface Published {
  readonly topic: LiveTopic;
  readonly offset: number;
  /** Shown already; otherwise when the store has answered. */
  readonly isStored: boolean;
}

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
  /** Something that a topic keeps is to be let go. */
  trim(topic: LiveTopic): void;
}

export class Publishing {
  readonly #parts: Parts;
  readonly #deadlines: PublishDeadlines;
  readonly #showing: Showing;
  readonly #metaSize = new Writer();

  constructor(parts: Parts, deadlines: PublishDeadlines) {
    this.#parts = parts;
    this.#deadlines = deadlines;
    this.#showing = new Showing(parts, (topic) => deadlines.trim(topic));
  }

  onPublish(session: LiveSession, r: Reader, view: PublishView): void {
    const tooFast = this.#whyTooFast(session, view.payloadTo - view.payloadFrom);
    if (tooFast !== undefined) return this.#refuse(session, r, view, tooFast);
    const topic = this.#topicOf(session, r, view);
    if (r.fault !== "") return;
    if (!(topic instanceof Topic)) return this.#refuse(session, r, view, topic);
    const { payloadFrom: from, payloadTo: to } = view;
    const why = this.#whyNot(topic, view) ?? this.whyNotKept(topic, to - from);
    if (why !== undefined) return this.#refuseOf(topic, session, r, view, why);
    let once: OnceRecord | null = null;
    if (view.options !== null) {
      const options = readPublishOptions(view.options, topic);
      if ("text" in options) return this.#refuseOf(topic, session, r, view, options);
      once = onceOf(session, options, r.bytes, from, to);
      const seen = once && look(topic, once, this.#parts.clock.now);
      if (seen !== null && "text" in seen) return this.#refuseOf(topic, session, r, view, seen);
      if (seen !== null && !seen.isNew) return this.#again(session, topic, view.id, seen);
      const changed = whyChanged(topic, options.expected, view.meta);
      if (changed !== undefined) return this.#refuseOf(topic, session, r, view, changed);
    }
    if (topic.isDurable)
      return void this.#store(session, topic, view.id, view, view.meta, r.bytes, from, to, once);
    this.#showing.append(topic, session.publisher, view, view.meta, r.bytes, from, to);
    if (once !== null) this.#remember(topic, once, topic.head, true);
    if (view.id > 0) this.#confirm(session, topic, view.id, confirmLevel.received);
  }

  /** A publication of the hub's own process. `id`: what its answer carries, when it was stored or could not be; 0: none is wanted. */
  publish(session: LiveSession, name: string, content: Content, id: number): Published | Refusal {
    const topic = this.#topicByName(session, name);
    if (!(topic instanceof Topic)) return topic;
    const { bytes, from, to, meta } = content;
    const why = this.whyNotKept(topic, to - from);
    if (why !== undefined) {
      this.unused(topic);
      return why;
    }
    if (topic.isDurable) {
      const offset = this.#store(session, topic, id, content, meta, bytes, from, to);
      return { topic, offset, isStored: false };
    }
    this.#showing.append(topic, null, content, meta, bytes, from, to);
    return { topic, offset: topic.head, isStored: true };
  }

  /** The session says of itself who it is among the members of a topic. */
  enter(session: LiveSession, topic: LiveTopic, said: Said): void {
    const { bytes } = said;
    const meta = new Map<string, EnvelopeValue>([["key", session.id]]);
    this.#showing.append(topic, session.publisher, said, meta, bytes, 0, bytes.length);
  }

  /** The hub itself says something. */
  tell(topic: LiveTopic, payload: Uint8Array): void {
    this.#showing.append(topic, null, MESSAGEPACK, null, payload, 0, payload.length);
  }

  /** It is no longer one of them. */
  leave(session: LiveSession, topic: LiveTopic): void {
    const meta = new Map<string, EnvelopeValue>([
      ["key", session.id],
      ["del", true],
    ]);
    this.#showing.append(topic, session.publisher, { encoding: 0 }, meta, new Uint8Array(0), 0, 0);
  }

  /** How many members a topic has; null: none, and nothing is kept of it. */
  tellCount(
    topic: LiveTopic,
    count: { readonly members: number; readonly subjects: number } | null,
  ): void {
    const meta = count === null ? new Map<string, EnvelopeValue>([["del", true]]) : null;
    const bytes = count === null ? new Uint8Array(0) : encodePayload(count);
    const { messagePack } = encoding;
    this.#showing.append(topic, null, { encoding: messagePack }, meta, bytes, 0, bytes.length);
  }

  /** A publication was stored: it is shown, and confirmed. */
  stored({ topic, tail, session, id, offset, once, key, waiting }: Pending, lsn: number): void {
    if (once !== null) topic.once?.stored(once.subject, once.identity, offset);
    if (key !== null) settleKey(topic, key, offset);
    this.#showing.stored(topic, tail, lsn);
    for (const one of waiting ?? [])
      if (one.session.isHere) this.#duplicate(one.session, topic, one.id, offset);
    if (id > 0 && session !== null && session.isHere)
      this.#confirm(session, topic, id, confirmLevel.disk);
  }

  /** A publication could not be stored. */
  notStored({ topic, session, id, offset, once, key, waiting }: Pending, why: Refusal): void {
    if (once !== null) topic.once?.refused(once.subject, once.identity);
    if (key !== null) {
      settleKey(topic, key, offset);
      topic.state?.expireAgain(key, this.#parts.clock.now + EXPIRE_AGAIN_MS);
      this.#deadlines.trim(topic);
    }
    for (const one of waiting ?? [])
      if (one.session.isHere) refuse(this.#parts, one.session, one.id, why);
    if (session === null || !session.isHere) return;
    if (id > 0) refuse(this.#parts, session, id, why);
    else this.#refuseUnasked(session, topic.name, why);
  }

  /** A publication that the topic has, or will have when the store has answered. */
  #again(session: LiveSession, topic: LiveTopic, id: number, { offset, isPending }: Seen): void {
    if (id === 0) return;
    if (isPending) this.#parts.storing.join(topic, offset!, session, id);
    else this.#duplicate(session, topic, id, offset);
  }

  #duplicate(session: LiveSession, topic: LiveTopic, id: number, offset: number | null): void {
    rememberAlias(session, topic);
    const { rounds, topics } = this.#parts;
    const w = rounds.replyBehind(topic, topic.matching(topics.patterns), session, REPLY_BYTES);
    const level = topic.isDurable ? confirmLevel.disk : confirmLevel.received;
    const { number: alias, epoch } = topic;
    publishOk.write(w, { id, alias, epoch, offset, level, duplicate: true });
  }

  #remember(topic: LiveTopic, once: OnceRecord, offset: number, isStored: boolean): void {
    const { subject, identity, hash } = once;
    topic.once ??= new Once();
    topic.once.accept(subject, identity, hash, offset, this.#parts.clock.now, isStored);
  }

  /** Returns the offset that it will have. */
  #store(
    session: LiveSession,
    topic: LiveTopic,
    id: number,
    content: { readonly encoding: number },
    meta: ReadonlyMap<string, EnvelopeValue> | null,
    bytes: Uint8Array,
    from: number,
    to: number,
    once: OnceRecord | null = null,
  ): number {
    const publisher = topic.tellsFrom ? session.publisher : null;
    const tail = this.#showing.writeTail(publisher, content.encoding, meta, bytes, from, to);
    const key = topic.state === null ? null : keyOf(meta);
    const offset = this.#parts.storing.publish(session, topic, id, tail, once, key);
    if (once !== null) this.#remember(topic, once, offset, false);
    if (key !== null) pendKey(topic, key, offset, meta?.get("del") === true);
    return offset;
  }

  /** Says what was refused without an answer in the second that has passed. */
  settleUnsaid(unsaid: UnsaidRefusals<LiveSession>): void {
    const { now } = this.#parts.clock;
    if (unsaid.settle(now, this.#sayTo(unsaid.session))) this.#deadlines.say(unsaid);
  }

  /** Lets go what is too old in the topic's log. */
  trim(topic: LiveTopic): void {
    const { clock, topics } = this.#parts;
    if (topic.standing === "forgotten") return;
    const { log, state } = topic;
    topics.keptBytes += (log?.trimAged(clock.now) ?? 0) + (state?.trim(clock.now) ?? 0);
    // what is being stored replaces it already
    for (const { key } of state?.expired(clock.now) ?? [])
      if (topic.pendingKeys?.has(key) !== true) this.#expire(topic, key);
    this.#deadlines.trim(topic);
    if (topic.dueAt === Infinity) topics.emptied(topic, clock.now);
  }

  /** The hub deletes a key whose time has passed: a publication as any other. */
  #expire(topic: LiveTopic, key: string): void {
    const meta = new Map<string, EnvelopeValue>([["del", true]]);
    if (key !== "") meta.set("key", key);
    const nothing = new Uint8Array(0);
    if (topic.isDurable) {
      const tail = this.#showing.writeTail(null, 0, meta, nothing, 0, 0);
      pendKey(topic, key, this.#parts.storing.publish(null, topic, 0, tail, null, key), true);
    } else this.#showing.append(topic, null, { encoding: 0 }, meta, nothing, 0, 0);
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
  #whyNot(topic: LiveTopic, view: PublishView): Refusal | undefined {
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
    return this.#whyNotMeta(topic, view.meta);
  }

  /** What a topic that keeps something has no room for, in bytes. */
  whyNotKept(topic: LiveTopic, bytes: number): Refusal | undefined {
    if (!topic.keeps) return undefined;
    const { topics, settings, storing } = this.#parts;
    if (topic.isDurable) {
      const why = storing.whyNot(topic, bytes);
      if (why !== undefined) return why;
    }
    return topics.keptBytes + storing.bytes + bytes > settings.keptBytesMax
      ? limited(
          "storage-full",
          "keptBytesMax",
          `Histories take ${settings.keptBytesMax} bytes, as many as they may.`,
          1000,
        )
      : undefined;
  }

  #whyNotMeta(
    topic: LiveTopic,
    meta: ReadonlyMap<string, EnvelopeValue> | null,
  ): Refusal | undefined {
    if (meta === null) return undefined;
    const fault = metaFault(meta);
    if (fault !== undefined) return refusal("bad-option", `${fault}.`);
    if (meta.has("ttl") && topic.state === null)
      return refusal("bad-option", "ttl is for topics that keep state, and for queues.");
    const w = this.#metaSize.clear();
    writeTailHead(w, 0, null, 0, meta, 0);
    return w.at > limits.metaBytesMax
      ? refusal("too-large", `meta has more than ${limits.metaBytesMax} bytes.`)
      : undefined;
  }

  #confirm(session: LiveSession, topic: LiveTopic, id: number, level: number): void {
    rememberAlias(session, topic);
    const { rounds, topics } = this.#parts;
    const w = rounds.replyBehind(topic, topic.matching(topics.patterns), session, REPLY_BYTES);
    writePublishOk(w, id, topic.number, topic.epoch, topic.head, level);
  }

  /** Something of a topic was refused for which it may have been made. */
  unused(topic: LiveTopic): void {
    this.#parts.topics.emptied(topic, this.#parts.clock.now);
  }

  #refuseOf(
    topic: LiveTopic,
    session: LiveSession,
    r: Reader,
    view: PublishView,
    why: Refusal,
  ): void {
    this.unused(topic);
    this.#refuse(session, r, view, why);
  }

  #refuse(session: LiveSession, r: Reader, view: PublishView, why: Refusal): void {
    if (view.id > 0) return refuse(this.#parts, session, view.id, why);
    const topic =
      view.alias >= 0 ? view.alias : decodeText(r, view.topicFrom, view.topicTo).slice(0, 255);
    this.#refuseUnasked(session, topic, why);
  }

  /** Of a publication that wants no answer. */
  #refuseUnasked(session: LiveSession, topic: string | number, why: Refusal): void {
    const { clock, counts } = this.#parts;
    counts.refuse(why);
    session.unsaid ??= new UnsaidRefusals(session);
    const { unsaid } = session;
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
