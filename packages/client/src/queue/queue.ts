// A work queue, as applications see it.

import type { CallOptions } from "../call.ts";
import type { AnyClient } from "../client.ts";
import { check } from "../check.ts";
import type { ClientError } from "../errors.ts";
import { nameOf } from "../names.ts";
import type { JobState } from "./looking.ts";
import type { SubscribeOptions, Subscription } from "../subscription.ts";
import type { Topic } from "../topic.ts";
import { deskOf } from "./desk.ts";
import {
  type ListedQueue,
  listQueues,
  type Management,
  newManagement,
  openManage,
} from "./managing.ts";
import { checkPull, pull, type PulledJob, type PullOptions } from "./pull.ts";
import {
  checkJob,
  type JobInput,
  pack,
  type Parcel,
  randomId,
  type SendOptions,
} from "./send-options.ts";
import type { SendOutcome, Sent } from "./sender.ts";
import { checkConsume, type ConsumeOptions, type Handler, type Worker } from "./working.ts";
import { openWorker } from "./worker.ts";

/**
 * What a job is now, or what has just become of it. It waits: `storing` for the hub's disk, `delayed`, `ready`; is `leased` to a worker;
 * has `failed`, and waits for its next attempt; is `settling`, or `moving` to another queue, which is being written; is `dead`, a dead
 * letter; or it is over: `done`, `expired` (nobody had begun it in time), `dropped` (by `overflow: "drop-oldest"`), `purged`, or `gone`,
 * which whoever begins to follow it then is told whatever it was.
 */
export type JobStage =
  | JobState
  | "failed"
  | "moving"
  | "done"
  | "expired"
  | "dropped"
  | "purged"
  | "gone";

/** What the hub tells of a job on its way. */
export interface JobReport {
  readonly queue: string;
  readonly seq: number;
  readonly state: JobStage;
  readonly id?: string;
  readonly attempt?: number;
  readonly failures?: number;
  /** How far it is: 0 to 1. */
  readonly progress?: number;
  /** What the worker says beside. */
  readonly note?: string;
  /** Why it has failed. */
  readonly error?: string;
}

/** A queue of a hub. Cheap: nothing is sent until it is used. */
export interface Queue<T = unknown, In = T> {
  readonly name: string;
  /**
   * Sends a job. Resolves when the hub has it, on a durable queue on disk. What a lost link left unanswered, and what the hub refuses for now, is sent again under the
   * same id until its time or its signal ends it, and happens once; without a link at most 1,000 jobs and 1 MiB wait. Rejects with a {@link ClientError}: `queue-full` or
   * `storage-full` (with `retryAfterMs`), `not-found` (no such queue), `conflict` (that id had other data), another refusal of the hub, `timeout`, `aborted`, `closed`,
   * `outbox-full`, `too-large`, `unencodable`, or `unknown-outcome` when the client was closed before the answer came.
   */
  send(data: In, options?: SendOptions): Promise<Sent>;
  /**
   * Sends many, in as few frames as hold them, and resolves with an outcome for each, in their order: what of them was refused, or not answered when the wait ended,
   * has an `error`. Without a link they wait whole, if no more than 1,000 jobs and 1 MiB do. It waits as long as it goes on: `timeoutMs` begins anew with each answer.
   */
  sendMany(jobs: Iterable<JobInput<In>>, options?: CallOptions): Promise<SendOutcome[]>;
  /** Works on its jobs from now on. */
  consume(handler: Handler<T>, options?: ConsumeOptions): Worker;
  /**
   * Takes some jobs, to be settled one by one. The loop ends behind the last of them; what it was not given when it is left goes back, uncounted. Until
   * it is given a job the client keeps the lease; from then on that is the application's, by `touch`.
   */
  pull(options?: PullOptions): AsyncGenerator<PulledJob<T>, undefined>;
  /**
   * Follows a job that was sent, by its id: what it is now, told again after a cut, what becomes of it, and its progress. What happened while there was no link is not
   * told, nor of a job that is forgotten.
   */
  follow(
    id: string,
    options?: Pick<SubscribeOptions, "signal" | "buffer" | "overflow">,
  ): Subscription<JobReport>;
  /** What can be done to the queue itself. */
  readonly manage: Management<T>;
}

/**
 * A work queue of the client's hub. `name`: one level of a topic, at most 128 bytes, not beginning with `$`; else it throws a TypeError. The queue must have been
 * declared, in the hub's options or by `manage.declare`.
 */
export function queue<T = unknown, In = T>(client: AnyClient, name: string): Queue<T, In> {
  const desk = deskOf(client);
  const { sender, codec } = desk;
  check(/^[^$.*][^.*]*$/u.test(name) && !!nameOf(name), "name", "one level of a topic");

  async function sendOne(data: In, options: SendOptions): Promise<Sent> {
    const [outcome] = await sender.send(name, [pack(codec, data, options)], true, options);
    if (outcome!.error) throw outcome!.error;
    return outcome as Sent;
  }

  /** What cannot be written does not keep the others. */
  function packed({ data, ...job }: JobInput<In>): Parcel | SendOutcome {
    const id = job.id ?? randomId();
    try {
      return pack(codec, data, { ...job, id });
    } catch (error) {
      return { id, error: error as ClientError };
    }
  }

  async function sendAll(
    jobs: readonly JobInput<In>[],
    options: CallOptions,
  ): Promise<SendOutcome[]> {
    const all = jobs.map(packed);
    const parcels = all.filter((each): each is Parcel => "payload" in each);
    const outcomes = parcels.length > 0 ? await sender.send(name, parcels, false, options) : [];
    const next = outcomes.values();
    return all.map((each) => ("payload" in each ? next.next().value! : each));
  }

  /** What a job is now is told on its topic when somebody begins to follow that, and so to those who follow the pattern. */
  async function ask(state: Topic<unknown>): Promise<void> {
    const asking = state.subscribe(() => {}, { lingerMs: 0 });
    await asking.ready.catch(() => {});
    asking.unsubscribe();
  }

  return {
    name,
    send(data, options = {}) {
      checkJob(options);
      return sendOne(data, options);
    },
    sendMany(jobs, options = {}) {
      const all = [...jobs];
      for (const job of all) checkJob(job);
      return sendAll(all, options);
    },
    consume(handler, options = {}) {
      checkConsume(options);
      return openWorker(desk, name, handler, options);
    },
    pull(options = {}) {
      checkPull(options);
      return pull(desk, name, options);
    },
    follow(id, options) {
      const reports = client.topic<JobReport>("$job.{id}.*", { id }).subscribe(options);
      const state = client.topic("$job.{id}.state", { id });
      reports.state.subscribe((now) => {
        if (now === "live") void ask(state);
      });
      return reports;
    },
    manage: newManagement<T>(openManage(desk), codec, name),
  };
}

/** The queues of the client's hub that it may manage, and how much waits in each. Rejects as what {@link Management} does. */
export function queues(client: AnyClient, options?: CallOptions): Promise<ListedQueue[]> {
  return listQueues(openManage(deskOf(client)), options);
}
