// All that a hub has of queues, put together.

import type { Clock } from "../clock.ts";
import type { Deadlines } from "../deadlines.ts";
import type { Rounds } from "../round.ts";
import type { LiveTopic } from "../session.ts";
import type { Sink } from "../sink.ts";
import type { Storing } from "../storing.ts";
import type { Run, Topics } from "../topics.ts";
import { Bindings } from "./bindings.ts";
import { Chores } from "./chores.ts";
import type { LiveTaking } from "./live-job.ts";
import type { LiveQueue } from "./live-queue.ts";
import { Queues } from "./queues.ts";
import { type Orphan, Takings } from "./takings.ts";
import { Telling } from "./telling.ts";

/** Jobs and pulls are kept to this many milliseconds, jobs of who is gone to less often. */
const SLOT_MS = 4;
const ORPHAN_SLOT_MS = 100;

/** What queues need of the hub. */
export interface JobsGround {
  readonly sink: Sink;
  readonly clock: Clock;
  readonly rounds: Rounds;
  readonly storing: Storing;
  readonly topics: Topics;
  readonly deadlines: Deadlines;
  readonly isStored: boolean;
  readonly run: Run;
  /** Publishes for the hub itself. */
  tell(topic: LiveTopic, payload: Uint8Array): void;
}

export interface Jobs {
  readonly queues: Queues;
  readonly takings: Takings;
  readonly bindings: Bindings;
  readonly chores: Chores;
}

export function openJobs(ground: JobsGround): Jobs {
  const { sink, clock, rounds, storing, topics, deadlines, isStored, run } = ground;
  const queues: Queues = new Queues({
    sink,
    clock,
    rounds,
    storing,
    telling: new Telling(topics, clock, (topic, payload) => ground.tell(topic, payload)),
    isStored,
    run,
    remind: deadlines.alarms<LiveQueue>(SLOT_MS, (queue) => queue.changed()),
    pulled: (taking) => takings.pulled(taking),
  });
  const takings: Takings = new Takings(
    {
      clock,
      rounds,
      remindOrphan: deadlines.kind<Orphan>(ORPHAN_SLOT_MS, (orphan) => takings.lose(orphan)),
      remindPull: deadlines.kind<LiveTaking>(SLOT_MS, (taking) => takings.pullIsDue(taking)),
    },
    queues,
  );
  const bindings = new Bindings(clock, storing, queues.tails);
  return { queues, takings, bindings, chores: new Chores(() => sink.scheduleFlush()) };
}
