// Our own language, as the SDK speaks it: topics by alias, no answer wanted, SEEN reported, pings answered. A gap that the hub tells is
// held against the offsets before and after it.

import {
  down,
  downFrames,
  type Frame,
  type GapFrame,
  type Granted,
  helloFrame,
  limits,
  protocolVersion,
  publishFrame,
  publishOk,
  Reader,
  readHead,
  readPatternPublication,
  seenFrame,
  subprotocol,
  subscribeFrame,
  subscribeOk,
  upPongFrame,
  Writer,
} from "@fanwire/protocol";
import { BINARY, type Message } from "../frame.ts";
import type { Client, Outgoing, Wire } from "../wire.ts";
import { PublicationView } from "./publications.ts";

/** Entries of one SUBSCRIBE: it stays well below what a batch may hold. */
const ENTRIES_MAX = 2000;

/** A prime: multiples of it, cut to a range, are spread evenly over it. */
const SPREAD = 5003;

let greeted = 0;
const view = new PublicationView();
const reader = new Reader();
const head = { count: 0, op: 0 };
const aliases = new Map<string, number>();

/** What is kept of a client, in its `state`. */
interface State {
  /** The offset that comes next, of a client with one topic; 0 when it is not known. */
  next: number;
  /** Bytes received since WELCOME, of these told by SEEN, and when the rest became worth telling. */
  received: number;
  seen: number;
  unseenAt: number;
}

/** The language of our hub. */
export const fanwire: Wire = {
  path: "/",
  subprotocol,

  async subscribe(client, patterns) {
    await greet(client);
    for (let i = 0; i < patterns.length; i += ENTRIES_MAX)
      client.send(subscription(patterns.slice(i, i + ENTRIES_MAX)));
    const [granted] = await readGrants(client, patterns.length);
    if (patterns.length === 1) stateOf(client).next = (granted?.head ?? -1) + 1;
  },

  async announce(client, topics) {
    await greet(client);
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
    const state = stateOf(client);
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
    state.received += to - from;
    if (state.received - state.seen >= limits.seenLateBytes) reportSeen(client, state, lane.now);
  },

  tick(client, now) {
    const state = stateOf(client);
    if (state.received - state.seen >= limits.seenLateBytes) reportSeen(client, state, now);
  },
};

function stateOf(client: Client): State {
  return client.state as State;
}

async function greet(client: Client): Promise<void> {
  const about = new Map<string, string | boolean>([
    ["sdk", "fanwire-bench"],
    ["flow", true],
  ]);
  client.send(
    batch((w) =>
      helloFrame.write(w, { version: protocolVersion, token: null, client: about, resume: null }),
    ),
  );
  await client.receive(); // WELCOME, which SEEN does not count
  // clients do not report in step, as they would not anywhere else
  const seen = -((greeted++ * SPREAD) % limits.seenLateBytes);
  client.state = { next: 0, received: 0, seen, unseenAt: 0 } satisfies State;
}

async function readGrants(
  client: Client,
  count: number,
  grants: Granted[] = [],
): Promise<readonly Granted[]> {
  const { body } = await client.receive();
  stateOf(client).received += body.length;
  reader.reset(body);
  while (reader.left > 0 && reader.fault === "") {
    readHead(reader, head);
    for (const outcome of subscribeOk.read(reader, head.count).outcomes) {
      if (!outcome.granted) throw new Error(`A subscription was refused: ${outcome.text}`);
      grants.push(outcome);
    }
  }
  if (reader.fault !== "") throw new Error(`The answer to SUBSCRIBE: ${reader.fault}.`);
  return grants.length < count ? readGrants(client, count, grants) : grants;
}

/** The OKs of the first publications tell what stands for the names. */
async function readAliases(
  client: Client,
  topics: readonly string[],
  waiting: Set<number>,
): Promise<void> {
  const { body } = await client.receive();
  reader.reset(body);
  while (reader.left > 0 && reader.fault === "") {
    readHead(reader, head);
    const { id, alias } = publishOk.read(reader, head.count);
    aliases.set(topics[id - 1]!, alias);
    waiting.delete(id - 1);
  }
  if (reader.fault !== "") throw new Error(`The answer to a publication: ${reader.fault}.`);
  if (waiting.size > 0) await readAliases(client, topics, waiting);
}

function subscription(patterns: readonly string[]): Message {
  const entries = patterns.map((pattern) => ({ pattern, from: null, options: null }));
  return batch((w) => subscribeFrame.write(w, { id: 1, entries }));
}

function framed({ topic, payload }: Outgoing): Parameters<typeof publishFrame.write>[1] {
  return publication(0, aliases.get(topic) ?? topic, payload);
}

function publication(
  id: number,
  topic: string | number,
  payload: Uint8Array,
): Parameters<typeof publishFrame.write>[1] {
  return { id, topic, options: null, encoding: 0, meta: null, payload };
}

function batch(write: (w: Writer) => void): Message {
  const w = new Writer();
  write(w);
  return { opcode: BINARY, body: w.take() };
}

/** A frame that is not the plainest publication. `at`: where it lies in the lane. Returns its length. */
function takeOther(client: Client, state: State, rest: Uint8Array, at: number): number {
  readHead(reader.reset(rest), head);
  if (head.op === down.PATTERN_PUBLICATION) {
    const { payload } = readPatternPublication(reader, head.count);
    client.ledger.take(client, client.lane.view, at + reader.at - payload.length, client.lane.now);
  } else {
    const read = described(head.op)?.read(reader, head.count);
    if (read?.op === down.GAP) takeGap(client, state, read);
    else if (read?.op === down.PING) client.send(batch((w) => upPongFrame.write(w, { n: read.n })));
    else if (read?.op === down.REFUSED) throw new Error(`The hub refused: ${read.text}`);
  }
  if (reader.fault !== "")
    throw new Error(`A frame of the hub could not be read: ${reader.fault}.`);
  return reader.at;
}

function described(
  op: number,
): Frame<(typeof downFrames)[number] extends Frame<infer F> ? F : never> | undefined {
  return downFrames.find((frame) => frame.op === op);
}

/** What is missing is told, with the offset that comes next; on a topic it must be all from the last one on. */
function takeGap(client: Client, state: State, { topic, next, missed }: GapFrame): void {
  const isExact = topic !== null || (next !== null && missed === next - state.next);
  client.ledger.gap(client, missed ?? 0, isExact);
  if (topic === null && next !== null) state.next = next;
}

/** After 64 KiB, or two seconds after the first 8 KiB. */
function reportSeen(client: Client, state: State, now: number): void {
  if (state.unseenAt === 0) state.unseenAt = now;
  const unseen = state.received - state.seen;
  if (unseen < limits.seenBytes && now - state.unseenAt < limits.seenAfterMs) return;
  state.seen = state.received;
  state.unseenAt = 0;
  client.send(batch((w) => seenFrame.write(w, { bytes: state.received })));
}
