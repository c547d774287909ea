// What a queue of the hub works with.

import type { Clock } from "../clock.ts";
import type { Rounds } from "../round.ts";
import type { LiveSession } from "../session.ts";
import type { Storing } from "../storing.ts";
import type { IdQueue, JobIds } from "./job-ids.ts";
import type { LeaseNumbers } from "./lease-numbers.ts";
import type { LiveTaking } from "./live-job.ts";
import type { RecordTime } from "./record-time.ts";
import type { Telling } from "./telling.ts";

/** `Q`: the queue itself. */
export interface QueueDeps<Q extends IdQueue> {
  readonly clock: Clock;
  readonly rounds: Rounds;
  readonly storing: Storing;
  readonly telling: Telling;
  readonly leases: LeaseNumbers;
  readonly recordTime: RecordTime;
  readonly ids: JobIds<Q>;
  /** The queue wants a turn. */
  dirty(queue: Q): void;
  /** It wants one when its time has come. */
  remind(queue: Q): void;
  /** The session has enough for one turn. */
  full(session: LiveSession): void;
  /** A pull was given something. */
  pulled(taking: LiveTaking): void;
  /** The queue with this name for the dead jobs of another, made if there is none; undefined when there can be none. */
  grave(name: string, of: Q): Q | undefined;
}
