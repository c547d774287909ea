// Changes one bit at a time of a large store, anywhere, and opens it: it is refused, and nothing is changed, or it holds what it held.

import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createHub, HubError } from "@fanwire/server";
import { SeededRandom } from "@fanwire/testkit";
import { Checker } from "./checker.ts";
import type { Recorder } from "./history.ts";
import { ROT_WINDOW, rotLoad } from "./loads.ts";
import { Log } from "./log.ts";
import { readAll } from "./reader.ts";
import { Site } from "./site.ts";
import { promisesOf, TopicTraffic } from "./topic-traffic.ts";

export interface RotSettings {
  readonly flips: number;
  /** Of publications in the store. */
  readonly bytes: number;
  readonly seed: number;
  /** It exists and is empty. */
  readonly directory: string;
  readonly onMade?: (bytes: number) => void;
  readonly onFlip?: (flips: number, outcome: RotOutcome) => void;
}

export interface RotOutcome {
  /** By the code of the refusal. */
  readonly refused: Record<string, number>;
  /** It was opened, and all was as before. */
  harmless: number;
  /** It was opened, and all but what was written last, which nothing proves to have been confirmed. */
  torn: number;
  /** What was wrong, a sentence each. */
  readonly wrong: string[];
}

/** How a store was left. */
type Left = "closed" | "killed";

interface Made {
  readonly left: Left;
  readonly directory: string;
  /** Publications, a line each. */
  readonly truth: readonly string[];
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
}

/** The refusals of a store that is damaged. A bit of its format's number makes it one of another version. */
const REFUSALS: ReadonlySet<string> = new Set(["corrupt", "newer-format", "not-a-store"]);

export async function rot(settings: RotSettings): Promise<RotOutcome> {
  const random = new SeededRandom(settings.seed);
  const made: Made[] = [];
  for (const left of ["closed", "killed"] as const) made.push(await make(left, settings));
  settings.onMade?.(made[0]!.files.reduce((sum, { bytes }) => sum + bytes, 0));
  const outcome: RotOutcome = { refused: {}, harmless: 0, torn: 0, wrong: [] };
  for (let flip = 1; flip <= settings.flips; flip++) {
    await flipOne(made[flip % 2]!, join(settings.directory, "flipped"), random, outcome);
    settings.onFlip?.(flip, outcome);
  }
  return outcome;
}

/** Fills a store of several segments and two snapshots. */
async function make(left: Left, { directory, bytes, seed }: RotSettings): Promise<Made> {
  const place = join(directory, left);
  mkdirSync(place);
  const load = rotLoad(bytes);
  const checker = new Checker(promisesOf(load.rules));
  const log = new Log(checker);
  const traffic = new TopicTraffic(load);
  const site = await Site.in({ directory: place, seed, traffic: [traffic], recorder: log });
  const hub = await site.started({ segmentBytes: SEGMENT_BYTES });
  if (hub === undefined) throw new Error(checker.faults[0]?.sentence);
  await traffic.begin({ url: site.url, seed, recorder: log, hasAll: () => true });
  while (!traffic.isDone) await sleep(10);
  const truth = await contents(site.url, load.durable);
  if (left === "closed") await site.stop(hub);
  else await site.kill(hub);
  await traffic.stop();
  const files = readdirSync(site.data)
    .filter((name) => name !== "lock")
    .map((name) => ({ name, bytes: statSync(join(site.data, name)).size }));
  return { left, directory: site.data, truth, files };
}

const SEGMENT_BYTES = 1_048_576;

async function flipOne(
  made: Made,
  target: string,
  random: SeededRandom,
  outcome: RotOutcome,
): Promise<void> {
  rmSync(target, { recursive: true, force: true });
  cpSync(made.directory, target, { recursive: true });
  const { name, at } = draw(made, random);
  const bit = random.below(8);
  const bytes = readFileSync(join(target, name));
  bytes[at]! ^= 1 << bit;
  writeFileSync(join(target, name), bytes);
  const what = `Bit ${bit} of byte ${at} of ${name}, of a store that was ${made.left}`;
  const before = states(target);
  const found = await opened(target);
  if (typeof found === "string") {
    outcome.refused[found] = (outcome.refused[found] ?? 0) + 1;
    if (!REFUSALS.has(found)) outcome.wrong.push(`${what}: it is refused as ${found}.`);
    if (states(target) !== before) outcome.wrong.push(`${what}: it is refused, and was changed.`);
    return;
  }
  if (isSame(found, made.truth)) outcome.harmless++;
  // nothing was appended behind the last frame of one that was killed: damage to it cannot be told from a torn tail
  else if (made.left === "killed" && isTorn(found, made.truth)) outcome.torn++;
  else outcome.wrong.push(`${what}: it holds other publications than it did.`);
}

/** Small files are hit as often as large ones, and large ones at any place. */
function draw({ files }: Made, random: SeededRandom): { name: string; at: number } {
  const { name, bytes } = random.of(files);
  // most of what is interesting is where something begins
  return { name, at: random.below(random.below(4) === 0 ? Math.min(bytes, 4096) : bytes) };
}

/** Names, sizes and times of all files but the lock. */
function states(directory: string): string {
  return readdirSync(directory)
    .filter((name) => name !== "lock")
    .map((name) => {
      const { size, mtimeMs } = statSync(join(directory, name));
      return `${name} ${size} ${mtimeMs}`;
    })
    .join("\n");
}

/** All publications of the store in a directory; the code of the refusal when a hub does not open it. */
async function opened(directory: string): Promise<readonly string[] | string> {
  const load = rotLoad(1);
  const hub = createHub({
    data: directory,
    topics: load.rules,
    segmentBytes: SEGMENT_BYTES,
    port: 0,
    figuresMs: 0,
    logger: { info() {}, warn() {}, error() {} },
  });
  try {
    await hub.listen();
    return await contents(hub.url!, load.durable);
  } catch (error) {
    if (error instanceof HubError) return error.code;
    throw error;
  } finally {
    await hub.close(0);
  }
}

/** What is kept of topics, a line for each publication. */
async function contents(url: string, topics: readonly string[]): Promise<readonly string[]> {
  const lines: string[] = [];
  const recorder: Recorder = {
    add: (event) => {
      if (event.kind === "read")
        lines.push(`${event.topic} ${event.epoch} ${event.offset} ${event.payload}`);
    },
  };
  await readAll(url, topics, new Map(), recorder);
  return lines;
}

/** What is missing is at most what one frame held: a publisher had no more without an answer. */
function isTorn(found: readonly string[], truth: readonly string[]): boolean {
  const missing = truth.length - found.length;
  return missing <= ROT_WINDOW && isSame(found, truth.slice(0, found.length));
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((line, i) => line === others[i]);
}
