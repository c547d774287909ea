// Queues themselves: made, bound, held, emptied, looked at.

import { decodePayload, type ManageVerb } from "@fanwire/protocol";
import { type CallOptions, newCall } from "../call.ts";
import { check } from "../check.ts";
import type { Codec } from "../codec.ts";
import { ClientError } from "../errors.ts";
import type { OkFrame } from "../frames.ts";
import { nameOf } from "../names.ts";
import { MANAGE } from "../opcodes.ts";
import { isPosition, placeOf, type Position } from "../position.ts";
import { type QueueConfiguration, wireOf } from "./configuration.ts";
import type { Desk } from "./desk.ts";
import {
  type JobState,
  type Looked,
  type LookedJob,
  type QueueStats,
  readLooked,
} from "./looking.ts";

/** What the hub tells, by name. */
type Told = Readonly<Record<string, unknown>>;

/** How to declare a queue. */
export interface DeclareOptions extends CallOptions {
  /** What is otherwise in a queue that is there already is changed. Default false: it is refused as `conflict`. */
  readonly alter?: boolean | undefined;
  /** What the hub must be able to do; it refuses what it cannot as `unsupported`. */
  readonly features?: readonly string[] | undefined;
}

/** What was declared, in the hub's words: `backoffJitterPercent`, and an `agingMs` of −1 for strict priorities. */
export interface Declared {
  /** All settings, as they are now. */
  readonly settings: Told;
  /** What has been changed, with what it was before. */
  readonly changed: Told;
}

/** How to bind a queue to a pattern. */
export interface BindOptions extends CallOptions {
  /** Which publications it gets: those from now on (default), those behind a position of a topic, the last n, or all that are kept. */
  readonly from?: Position | "now" | "start" | { readonly last: number } | undefined;
  /** Of their jobs: 0 to 9. */
  readonly priority?: number | undefined;
  /** Of their jobs. */
  readonly group?: string | undefined;
}

/** How to give dead letters another chance. */
export interface RedriveOptions extends CallOptions {
  /** The queue that they go to. Default: the one that each came from. */
  readonly to?: string | undefined;
  /** How many, at most. Default all. */
  readonly max?: number | undefined;
}

/** Which jobs to look at. */
export interface LookOptions extends CallOptions {
  /** Those from this number on. Default: the first. */
  readonly from?: number | undefined;
  /** How many, at most. Default and at most 100. */
  readonly limit?: number | undefined;
  /** With their data, as much as fits. Default false. */
  readonly payload?: boolean | undefined;
}

/** A queue that may be managed. */
export interface ListedQueue {
  readonly name: string;
  /** Jobs that are ready or delayed. */
  readonly depth: number;
}

/** What can be done to a queue, with the right to manage it. All reject with a {@link ClientError}: the hub's refusal, or what ends a wait. */
export interface Management<T = unknown> {
  /** Makes the queue, or does nothing if it is there as declared. */
  declare(configuration?: QueueConfiguration, options?: DeclareOptions): Promise<Declared>;
  /** Deletes it with its jobs, and resolves with how many. `depth`: that number, lest more is lost than was meant; else `conflict`, which says it. */
  delete(depth: number, options?: CallOptions): Promise<number>;
  /** From now on each publication of a topic of this pattern becomes a job. */
  bind(pattern: string, options?: BindOptions): Promise<void>;
  unbind(pattern: string, options?: CallOptions): Promise<void>;
  /** No jobs are given out until it is resumed. */
  pause(options?: CallOptions): Promise<void>;
  resume(options?: CallOptions): Promise<void>;
  /** Deletes the jobs that wait, and resolves with how many. `depth`: that number, lest more is lost than was meant; else `conflict`, which says it. */
  purge(depth: number, options?: CallOptions): Promise<number>;
  /** Gives dead letters another chance, and resolves with how many. Of a dead-letter queue, or of a queue that keeps its own. */
  redrive(options?: RedriveOptions): Promise<number>;
  /** Some of its jobs in that state, from the lowest number on. */
  look(state: JobState, options?: LookOptions): Promise<Looked<T>>;
  /** Its numbers. */
  stats(options?: CallOptions): Promise<QueueStats>;
}

/** What is not asked for again where its answer was lost: the second time would do more, or be refused. */
const isOnce = (verb: ManageVerb): boolean =>
  verb === "delete" || verb === "purge" || verb === "redrive";

type ManageOk = readonly [op: number, id: number, result: Told | null];

export type Manage = (
  verb: ManageVerb,
  queue: string,
  args: object | null,
  options: CallOptions | undefined,
) => Promise<Told>;

/** Asks the hub for things done to queues. */
export function openManage(desk: Desk): Manage {
  const { link } = desk;
  return (verb, queue, args, options) => {
    const call = newCall<Told>(link, options);
    const send = (): void => {
      if (call.isOpen) link.ask(answered, MANAGE, verb, queue, args);
    };
    function answered(told: OkFrame | ClientError): void {
      if (!(told instanceof ClientError)) call.end((told as unknown as ManageOk)[2] ?? {});
      else if (!link.isLive() && !isOnce(verb)) desk.wait(send);
      else call.end(told);
    }
    desk.wait(send);
    return call.promise;
  };
}

const fromOf = (from: BindOptions["from"] = "now"): unknown => {
  if (from === "now") return undefined;
  if (from === "start") return [0, 0];
  return typeof from === "object" ? from.last : placeOf(from, "-").at;
};

function checkDepth(depth: number): void {
  check(Number.isInteger(depth) && depth >= 0, "depth", "the number of jobs");
}

function checkBind({ from = "now" }: BindOptions): void {
  const isGood =
    from === "now" ||
    from === "start" ||
    (typeof from === "object" ? from.last >= 0 : isPosition(from, "-"));
  check(isGood, "from", "now, start, { last }, or a position of a topic");
}

/** Queues of one answer, at most. */
const LIST_MAX = 400;

/** All queues that may be managed, by name; page by page, each with its own time. */
export async function listQueues(manage: Manage, options?: CallOptions): Promise<ListedQueue[]> {
  const all: ListedQueue[] = [];
  let after: string | undefined;
  for (let isMore = true; isMore;) {
    // oxlint-disable-next-line no-await-in-loop -- page by page
    const told = await manage("list", "", { after, limit: LIST_MAX }, options);
    const page = Object.entries(told).map(([name, depth]) => ({ name, depth: depth as number }));
    page.sort((a, b) => (a.name < b.name ? -1 : 1));
    all.push(...page);
    after = page.at(-1)?.name;
    isMore = page.length === LIST_MAX;
  }
  return all;
}

export function newManagement<T>(manage: Manage, codec: Codec, queue: string): Management<T> {
  const done = async (
    verb: ManageVerb,
    args: object | null,
    options?: CallOptions,
  ): Promise<void> => {
    await manage(verb, queue, args, options);
  };
  const counted = async (
    verb: ManageVerb,
    name: string,
    args: object,
    options?: CallOptions,
  ): Promise<number> => (await manage(verb, queue, args, options))[name] as number;

  async function declare(args: object, options: CallOptions): Promise<Declared> {
    const { settings = {}, changed = {} } = await manage("declare", queue, args, options);
    return { settings: settings as Told, changed: changed as Told };
  }

  async function look(state: JobState, options: LookOptions): Promise<Looked<T>> {
    const { from, limit, payload, ...rest } = options;
    const told = await manage("look", queue, { state, from, limit, payload }, rest);
    const { jobs, next, now } = told as {
      readonly jobs: readonly LookedJob<T>[];
      readonly next: number | null;
      readonly now: number;
    };
    return { jobs: jobs.map((job) => readLooked(codec, job)), next: next ?? undefined, now };
  }

  return {
    declare(configuration = {}, { alter, features, ...options } = {}) {
      return declare({ ...wireOf(configuration), alter, features }, options);
    },
    delete(depth, options) {
      checkDepth(depth);
      return counted("delete", "deleted", { depth }, options);
    },
    bind(pattern, { from, priority, group, ...options } = {}) {
      checkBind({ from });
      const args = { pattern: nameOf(pattern), from: fromOf(from), priority, group };
      return done("bind", args, options);
    },
    unbind: (pattern, options) => done("unbind", { pattern: nameOf(pattern) }, options),
    pause: (options) => done("pause", null, options),
    resume: (options) => done("resume", null, options),
    purge(depth, options) {
      checkDepth(depth);
      return counted("purge", "purged", { depth }, options);
    },
    redrive: ({ to, max, ...options } = {}) => counted("redrive", "redriven", { to, max }, options),
    look: (state, options = {}) => look(state, options),
    async stats(options) {
      const { stats } = await manage("stats", queue, null, options);
      return decodePayload(stats as Uint8Array) as QueueStats;
    },
  };
}
