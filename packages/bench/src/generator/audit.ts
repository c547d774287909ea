// Looks whether a hub holds what it was filled with: follows topics from the oldest that they have, and checks each publication.

import { passed } from "../in-turn.ts";
import type { Connection } from "./connection.ts";
import { dialTalker } from "./dial-talker.ts";
import { filledOf } from "./filled.ts";
import { Follower, Place } from "./follower.ts";
import type { AuditOrder, AuditOutcome } from "./orders.ts";
import { shuffled } from "./shuffled.ts";
import { talk } from "./wires/talk.ts";

/** When nothing more comes for so long, the rest is not there; in milliseconds. */
const LOST_MS = 5000;
const LOOK_MS = 20;

/** The offset of the first publication of a topic. */
const FIRST = 1;

interface Sampled {
  readonly place: Place;
  /** Offsets that must come. */
  readonly from: number;
  readonly to: number;
}

/** Follows a sample of the topics until they are at their heads, or nothing more comes. */
export async function audit(order: AuditOrder): Promise<AuditOutcome> {
  const sampled = sample(order);
  const places = sampled.map(({ place }) => place);
  const { client, socket, seen } = await dialTalker(order.port);
  new Follower(client, seen, places).fromOldest(order.keys !== undefined);
  await settled(client, sampled, 0, performance.now());
  socket.destroy();
  return {
    publications: places.reduce((sum, { count }) => sum + count, 0),
    wrong: sampled.reduce((sum, one) => sum + faultsOf(one), 0),
  };
}

function sample(order: AuditOrder): Sampled[] {
  const { topics, firstLevel, kept, seed } = order;
  return [...shuffled(topics, seed).subarray(0, order.sample)].map((topic) => {
    const to = filledOf(order, topic);
    return {
      place: new Place(`${firstLevel}.${topic}`, FIRST),
      from: Math.max(to - kept, 0) + 1,
      to,
    };
  });
}

function faultsOf({ place, from, to }: Sampled): number {
  const missing = Math.max(to - from + 1 - place.count, 0);
  const isWhole = place.first === from && place.next === to + 1;
  return place.wrong + place.gaps + missing + (isWhole ? 0 : 1);
}

async function settled(
  client: Connection,
  sampled: readonly Sampled[],
  before: number,
  beforeAt: number,
): Promise<void> {
  const now = performance.now();
  const count = sampled.reduce((sum, { place }) => sum + place.count, 0);
  const movedAt = count === before ? beforeAt : now;
  const isWhole = sampled.every(({ place, to }) => place.next > to);
  if (isWhole || client.closed !== 0 || now - movedAt > LOST_MS) return;
  talk.tick?.(client, now);
  await passed(LOOK_MS);
  await settled(client, sampled, count, movedAt);
}
