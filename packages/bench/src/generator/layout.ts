// Who follows what: topics with so many subscribers each, or thousands of patterns of which some match the one topic that is published.

import { EVERY_TOPIC, NO_TOPIC } from "./ledger.ts";
import type { ConnectOrder, PatternLoad, SlowClients } from "./orders.ts";

/** A client that is to be. */
export interface Place {
  readonly patterns: readonly string[];
  /** The number of the topic whose publications it gets, or one of the ledger's special ones. */
  readonly topic: number;
  readonly isSlow: boolean;
}

/** All that are to be. */
export interface Layout {
  readonly topics: readonly string[];
  readonly places: readonly Place[];
  /** Subscribers of each publication that are not slow. */
  readonly subscribers: number;
  /** The name of the n-th topic, when each publication goes to a new one. */
  readonly freshTopic?: (n: number) => string;
}

/** Wildcards may stand in any of these levels, so 2^10 patterns match this topic. */
const LEVELS = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"] as const;
const MATCHED_TOPIC = `m.${LEVELS.join(".")}`;

/** Who follows what, as the order asks. */
export function layoutOf(order: ConnectOrder): Layout {
  return order.patterns === undefined ? topicLayout(order) : patternLayout(order.patterns);
}

function topicLayout(order: ConnectOrder): Layout {
  const { topics, subscribers, slow, firstLevel = "t", byPattern = false } = order;
  const names = Array.from({ length: Math.max(1, topics) }, (_, i) => `${firstLevel}.${i}`);
  const followed = byPattern
    ? [{ patterns: [`${firstLevel}.*`], topic: EVERY_TOPIC }]
    : names.map((name, topic) => ({ patterns: [name], topic }));
  const places = followed.flatMap((one) =>
    Array.from({ length: subscribers }, (_, i) => ({
      ...one,
      isSlow: isSlow(i, subscribers, slow),
    })),
  );
  return {
    topics: topics > 0 ? names : [],
    places,
    subscribers: subscribers - (slow?.count ?? 0),
  };
}

/** The slow ones are spread evenly, so that they do not stand at one end of the server's list. */
function isSlow(i: number, subscribers: number, slow: SlowClients | undefined): boolean {
  if (slow === undefined) return false;
  const every = subscribers / slow.count;
  return Math.floor((i + 1) / every) > Math.floor(i / every);
}

function patternLayout({ count, matching, perClient, fresh = false }: PatternLoad): Layout {
  const matched = fresh ? ["m.**"] : Array.from({ length: matching }, (_, i) => masked(i + 1));
  const others = Array.from({ length: Math.max(0, count - matched.length) }, (_, i) => other(i));
  const clients = Math.max(matched.length, Math.ceil(count / perClient));
  const places = Array.from({ length: clients }, (_, i): Place => {
    const own = matched.slice(i, i + 1);
    const rest = others.splice(0, perClient - own.length);
    return { patterns: [...own, ...rest], topic: own.length > 0 ? 0 : NO_TOPIC, isSlow: false };
  });
  if (matched.length === 0) places.push({ patterns: [MATCHED_TOPIC], topic: 0, isSlow: false });
  return {
    topics: [MATCHED_TOPIC],
    places,
    subscribers: Math.max(1, matched.length),
    ...(fresh && { freshTopic: (n: number) => `m.f${n}.1.2.3.4` }),
  };
}

/** The topic with a wildcard in each level whose bit is set. */
function masked(mask: number): string {
  return `m.${LEVELS.map((level, i) => ((mask >> i) & 1 ? "*" : level)).join(".")}`;
}

/** A pattern that shares the first steps with the topic and does not match it. */
function other(i: number): string {
  return i % 2 === 0 ? `m.x${i % 97}.*.y${i}` : `*.q${i}.**`;
}
