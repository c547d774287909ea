// What a subscriber asks for: how it wants to be treated when it is slow or wants less, and from where it goes on.

import {
  type EnvelopeValue,
  type From,
  gapReason,
  limits,
  type MarkPosition,
  type Pattern,
  type Position,
  replay as announced,
} from "@fanwire/protocol";
import { decodeMark } from "../mark.ts";
import { quoted, refusal, type Refusal } from "../refusal.ts";
import type { LiveStream, LiveTopic } from "../session.ts";
import type { TopicState } from "../state.ts";
import { lag, type Mode, type Replay } from "../subscription.ts";
import { Topic } from "../topic.ts";
import type { ThisRun } from "../sources/pattern-source.ts";
import type { Topics } from "../topics.ts";

/** What most ask for; equal modes are the same object. */
const plainMode: Mode = { lag: lag.all, intervalMs: 0 };

const modes = new Map<number, Mode>([[modeKey(plainMode.lag, plainMode.intervalMs), plainMode]]);

function modeKey(lagMode: number, intervalMs: number): number {
  return intervalMs * 4 + lagMode;
}

/** Reads the options of one entry of SUBSCRIBE. An unknown one is refused: a client must not get what it asked not to get. */
export function readMode(options: ReadonlyMap<string, EnvelopeValue> | null): Mode | Refusal {
  let lagMode: number = lag.all;
  let intervalMs = 0;
  for (const [key, value] of options ?? []) {
    if (key === "lag") {
      if (typeof value !== "number" || value < lag.all || value > lag.close)
        return refusal(
          "bad-option",
          "lag is 0 (from the log), 1 (latest), 2 (latest of each key) or 3 (close).",
        );
      lagMode = value;
    } else if (key === "intervalMs") {
      const rounded = typeof value === "number" && value > 0 ? roundedUp(value) : undefined;
      if (rounded === undefined)
        return refusal(
          "bad-option",
          `intervalMs is a number from 1 to ${limits.intervalsMs.at(-1)}.`,
        );
      intervalMs = rounded;
    } else return refusal("bad-option", `SUBSCRIBE has no option ${quoted(key)}.`);
  }
  if (intervalMs > 0 && lagMode !== lag.latest && lagMode !== lag.latestPerKey)
    return refusal(
      "bad-option",
      "intervalMs goes with lag 1 (the latest) or 2 (the latest of each key).",
    );
  return modeOf(lagMode, intervalMs);
}

/** Why a stream cannot be served in this mode. */
export function whyNotMode(stream: LiveStream, mode: Mode): Refusal | undefined {
  return mode.lag === lag.latestPerKey && !(stream instanceof Topic && stream.state !== null)
    ? refusal("bad-option", "lag 2 (the latest of each key) is for topics that keep state.")
    : undefined;
}

/** Intervals are rounded up to a few, so that their ticks are shared. */
function roundedUp(intervalMs: number): number | undefined {
  return limits.intervalsMs.find((step) => step >= intervalMs);
}

function modeOf(lagMode: number, intervalMs: number): Mode {
  const key = modeKey(lagMode, intervalMs);
  const known = modes.get(key);
  if (known !== undefined) return known;
  const mode = { lag: lagMode, intervalMs };
  modes.set(key, mode);
  return mode;
}

/** From where a subscription goes on, and what its grant announces. */
export interface Start {
  readonly cursor: number;
  /** Null: it is live at once. */
  readonly replay: Replay | null;
  readonly announced: number;
}

/** From now on. */
function startNow(topics: Topics, stream: LiveStream): Start {
  return { cursor: topics.headOf(stream), replay: null, announced: announced.none };
}

/** Reads `from` of one entry. */
export function readStart(
  topics: Topics,
  run: ThisRun,
  stream: LiveStream,
  from: From,
): Start | Refusal {
  if (from === null && stream instanceof Topic && stream.state !== null)
    return startWithState(stream, stream.state);
  if (from === null && !(stream instanceof Topic) && topics.hasState(stream.name as Pattern))
    return {
      cursor: topics.shown,
      replay: { gap: 0, missed: null, isFull: false, stateUpTo: topics.shown, beyond: null },
      announced: announced.state,
    };
  if (from === null || from === 0) return startNow(topics, stream);
  if (typeof from === "number") return startLast(stream, from);
  if ("mark" in from) return startAtMark(topics, run, stream, from);
  if (stream instanceof Topic) return startAt(stream, from);
  return refusal("bad-option", "A pattern goes on from a mark, not from a position.");
}

/** The latest of each key first. */
function startWithState(topic: LiveTopic, state: TopicState): Start {
  if (state.values === 0) return { cursor: topic.head, replay: null, announced: announced.none };
  return {
    cursor: 0,
    replay: { gap: 0, missed: null, isFull: true, stateUpTo: topic.head, beyond: null },
    announced: announced.state,
  };
}

/** The last n that are kept. */
function startLast(stream: LiveStream, n: number): Start | Refusal {
  if (n < 0 || n > limits.lastMax)
    return refusal("bad-option", `from is at most the last ${limits.lastMax}, not ${n}.`);
  if (!(stream instanceof Topic))
    return refusal("bad-option", "The last n are of a topic, not of a pattern.");
  return whole(stream, Math.max(stream.head - n, firstKept(stream) - 1));
}

function startAt(topic: LiveTopic, { epoch, offset }: Position): Start | Refusal {
  const { state } = topic;
  if (epoch === 0 && offset === 0)
    return topic.log === null && state !== null
      ? startWithState(topic, state)
      : whole(topic, firstKept(topic) - 1);
  if (epoch === 0) return refusal("bad-option", "An epoch is above 0.");
  if (epoch !== topic.epoch)
    return topic.log === null && state !== null
      ? { ...startInState(topic, state, -1), announced: announced.gapFirst }
      : gapFirst(firstKept(topic) - 1, gapReason.epoch, null);
  if (offset > topic.head) return gapFirst(topic.head, gapReason.ahead, 0);
  if (offset === topic.head) return { cursor: offset, replay: null, announced: announced.none };
  if (topic.log === null && state !== null) return startInState(topic, state, offset);
  const isWhole = offset + 1 >= firstKept(topic);
  return {
    cursor: offset,
    replay: { gap: 0, missed: null, isFull: false, beyond: null },
    announced: isWhole ? announced.whole : announced.gapFirst,
  };
}

/** What has changed since; who does not know of deletions that are forgotten drops what it has, and begins anew. */
function startInState(topic: LiveTopic, state: TopicState, offset: number): Start {
  const isKnown = offset >= state.floor;
  return {
    cursor: isKnown ? offset : 0,
    replay: {
      gap: isKnown ? 0 : gapReason.reset,
      missed: null,
      isFull: true,
      ...(!isKnown && { stateUpTo: topic.head }),
      beyond: null,
    },
    announced: isKnown ? announced.whole : announced.gapFirst,
  };
}

function startAtMark(
  topics: Topics,
  { id: runId, era }: ThisRun,
  stream: LiveStream,
  from: MarkPosition,
): Start | Refusal {
  if (stream instanceof Topic)
    return refusal("bad-option", "A topic goes on from a position, not from a mark.");
  if (from.topics.length > limits.markTopicsMax)
    return refusal("bad-option", `At most ${limits.markTopicsMax} topics stand beside a mark.`);
  const mark = decodeMark(from.mark);
  if (mark === undefined) return refusal("bad-option", "This is no mark that a hub has written.");
  const isOurs = mark.run === runId;
  // what is durable keeps its LSN over restarts, and is shown by it
  const show = isOurs ? mark.show : mark.lsn;
  if (!isOurs && (era === 0 || mark.era !== era || show > topics.lsns.at(topics.shown)))
    return gapFirst(topics.shown, gapReason.unknown, null);
  if (show > topics.shown)
    return refusal("bad-option", "This mark is of something that has not been shown yet.");
  const isWhole = isOurs || topics.isDurable(stream.name as Pattern);
  if (show === topics.shown && isWhole) return startNow(topics, stream);
  const beyond = new Map<string, number>();
  for (const { topic, epoch, offset } of from.topics)
    if (topics.find(topic)?.epoch === epoch) beyond.set(topic, offset);
  return {
    cursor: show,
    replay: { gap: isWhole ? 0 : gapReason.unknown, missed: null, isFull: false, beyond },
    announced: isWhole ? announced.whole : announced.gapFirst,
  };
}

/** Served in full, as it was asked for by count or as all that there is. */
function whole(topic: LiveTopic, cursor: number): Start {
  if (cursor >= topic.head) return { cursor: topic.head, replay: null, announced: announced.none };
  return {
    cursor,
    replay: { gap: 0, missed: null, isFull: true, beyond: null },
    announced: announced.whole,
  };
}

function gapFirst(cursor: number, gap: number, missed: number | null): Start {
  return {
    cursor,
    replay: { gap, missed, isFull: true, beyond: null },
    announced: announced.gapFirst,
  };
}

/** The offset of the oldest publication that is kept; of the next one when none is. */
function firstKept(topic: LiveTopic): number {
  return topic.log?.first ?? topic.head + 1;
}
