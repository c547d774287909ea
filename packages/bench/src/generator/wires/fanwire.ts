// Our own language, as the SDK speaks it: topics by alias, no answer wanted, SEEN reported, pings answered. A gap that the hub tells is
// held against what came before it and what comes after it.

import {
  down,
  type GapFrame,
  type Granted,
  publishFrame,
  publishOk,
  readPatternPublication,
  type SeenPace,
  subprotocol,
  subscribeOk,
} from "@fanwire/protocol";
import type { Client, Outgoing, Wire } from "../wire.ts";
import {
  batch,
  BatchReader,
  ENTRIES_MAX,
  greet,
  reportSeen,
  subscription,
} from "./fanwire-frames.ts";
import { PublicationView } from "./publications.ts";

const view = new PublicationView();
const reader = new BatchReader();
const { r } = reader;

/** What the hub told a publisher of a topic. */
interface Known {
  readonly index: number;
  readonly alias: number;
  readonly epoch: number;
  /** The offset of the publication with the sequence number 0. */
  readonly firstOffset: number;
}

const topicsByName = new Map<string, Known>();

/** What is kept of a client, in its `state`. */
interface State {
  /** The offset that comes next, of a client with one topic; 0 when it is not known. */
  next: number;
  readonly seen: SeenPace;
}

/** The language of our hub. */
export const fanwire: Wire = {
  path: "/",
  subprotocol,

  async subscribe(client, patterns) {
    const seen = await greet(client);
    const state: State = { next: 0, seen };
    client.state = state;
    for (let i = 0; i < patterns.length; i += ENTRIES_MAX)
      client.send(subscription(patterns.slice(i, i + ENTRIES_MAX)));
    const [granted] = await readGrants(client, seen, patterns.length);
    if (patterns.length === 1) state.next = (granted?.head ?? -1) + 1;
  },

  async announce(client, topics) {
    client.state = { next: 0, seen: await greet(client) } satisfies State;
    client.send(
      batch((w) => {
        for (const [index, topic] of topics.entries())
          publishFrame.write(w, publication(index + 1, topic, new Uint8Array()));
      }),
    );
    await readAliases(client, topics, new Set(topics.keys()));
  },

  publish: (outgoing) => [batch((w) => publishFrame.write(w, framed(outgoing)))],

  publishMany: (all) => [
    batch((w) => {
      for (const outgoing of all) publishFrame.write(w, framed(outgoing));
    }),
  ],

  take(client, from, to) {
    const { lane, ledger } = client;
    const state = client.state as State;
    for (let at = from; at < to;) {
      const end = view.read(lane.bytes, at);
      if (end === 0) at += takeOther(client, state, lane.bytes.subarray(at, to), at);
      else {
        if (view.offset !== state.next && state.next > 0) ledger.faults.offsets++;
        state.next = view.offset + 1;
        ledger.take(client, lane.view, view.payloadAt, lane.now);
        at = end;
      }
    }
    if (state.seen.add(lane.now, to - from)) reportSeen(client, state.seen);
  },

  tick(client, now) {
    const { seen } = client.state as State;
    if (seen.isDue(now)) reportSeen(client, seen);
  },
};

async function readGrants(
  client: Client,
  seen: SeenPace,
  count: number,
  grants: Granted[] = [],
): Promise<readonly Granted[]> {
  const { body } = await client.receive();
  seen.add(0, body.length);
  r.reset(body);
  while (r.left > 0 && r.fault === "")
    for (const outcome of subscribeOk.read(r, reader.head().count).outcomes) {
      if (!outcome.granted) throw new Error(`A subscription was refused: ${outcome.text}`);
      grants.push(outcome);
    }
  reader.check();
  return grants.length < count ? readGrants(client, seen, count, grants) : grants;
}

/** The OKs of the first publications tell what stands for the names, and where counting begins. */
async function readAliases(
  client: Client,
  topics: readonly string[],
  waiting: Set<number>,
): Promise<void> {
  const { body } = await client.receive();
  r.reset(body);
  while (r.left > 0 && r.fault === "") {
    const { id, alias, epoch, offset } = publishOk.read(r, reader.head().count);
    const known = { index: id - 1, alias, epoch, firstOffset: (offset ?? 0) + 1 };
    topicsByName.set(topics[id - 1]!, known);
    waiting.delete(id - 1);
  }
  reader.check();
  if (waiting.size > 0) await readAliases(client, topics, waiting);
}

function framed({ topic, payload }: Outgoing): Parameters<typeof publishFrame.write>[1] {
  return publication(0, topicsByName.get(topic)?.alias ?? topic, payload);
}

function publication(
  id: number,
  topic: string | number,
  payload: Uint8Array,
): Parameters<typeof publishFrame.write>[1] {
  return { id, topic, options: null, encoding: 0, meta: null, payload };
}

/** A frame that is not the plainest publication. `at`: where it lies in the lane. Returns its length. */
function takeOther(client: Client, state: State, rest: Uint8Array, at: number): number {
  r.reset(rest);
  const { op, count } = reader.head();
  if (op === down.PATTERN_PUBLICATION) {
    takeOfPattern(client, count, at);
    reader.check();
  } else {
    const frame = reader.common(client, op, count);
    if (frame?.op === down.GAP) takeGap(client, state, frame);
  }
  return r.at;
}

function takeOfPattern(client: Client, count: number, at: number): void {
  const { ledger, lane } = client;
  const { topic, epoch, offset, payload } = readPatternPublication(r, count);
  const payloadAt = at + r.at - payload.length;
  if (client.each === null) return ledger.take(client, lane.view, payloadAt, lane.now);
  const known = topicsByName.get(topic);
  if (known?.epoch !== epoch) ledger.faults.foreign++;
  else {
    const sequence = offset - known.firstOffset;
    ledger.takeOf(client, known.index, sequence, lane.view, payloadAt, lane.now);
  }
}

/** What is missing is told, with the offset that comes next; on a topic it must be all from the last one on. */
function takeGap(client: Client, state: State, { topic, epoch, next, missed }: GapFrame): void {
  const { ledger, each } = client;
  if (each !== null && topic === null) each.gapOfAny(ledger.faults);
  else if (each !== null) {
    const known = topicsByName.get(topic!);
    if (known?.epoch !== epoch || next === null) ledger.faults.wrongGaps++;
    else {
      const { index, firstOffset } = known;
      each.gap(index, next - firstOffset, ledger.next[index]!, ledger.faults);
    }
  } else {
    const isExact = topic !== null || (next !== null && missed === next - state.next);
    ledger.gap(client, missed ?? 0, isExact);
    if (topic === null && next !== null) state.next = next;
  }
}
