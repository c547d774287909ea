// Decides from what was seen whether the hub has kept its promises: hands the events to a judge for each kind of traffic.

import { covers, type Pattern } from "@fanwire/protocol";
import { type Fault, type FaultKind, Faults } from "./faults.ts";
import { Figures } from "./figures.ts";
import type { Event, Recorder } from "./history.ts";
import { HubJudge } from "./hub-judge.ts";
import { JobJudge } from "./job-judge.ts";
import { WORKERS_ALL } from "./job-traffic.ts";
import type { Judge } from "./judge.ts";
import { StateJudge } from "./state-judge.ts";
import { TopicJudge, type TopicPromise } from "./topic-judge.ts";

export class Checker implements Recorder {
  readonly figures: Figures = new Figures();
  readonly #faults = new Faults();
  readonly #topics: TopicJudge;
  readonly #jobs: JobJudge;
  readonly #judges: readonly Judge[];

  constructor(promises: readonly TopicPromise[]) {
    const { figures } = this;
    const isState = (topic: string): boolean =>
      promises.find(({ match }) => covers(match as Pattern, topic as Pattern))?.state === true;
    this.#topics = new TopicJudge(promises, this.#faults, figures);
    this.#jobs = new JobJudge(this.#faults, figures);
    this.#judges = [
      this.#jobs,
      new HubJudge(this.#faults, figures),
      this.#topics,
      new StateJudge(isState, this.#faults, figures),
    ];
  }

  /** What is wrong, the first of each kind. */
  get faults(): readonly Fault[] {
    return this.#faults.list;
  }

  /** How often each kind of fault was found. */
  get found(): ReadonlyMap<FaultKind, number> {
    return this.#faults.found;
  }

  add(event: Event): void {
    for (const judge of this.#judges) judge.add(event);
  }

  /** Nothing follows: what can be said in the end alone. */
  finish(): void {
    for (const judge of this.#judges) judge.finish();
  }

  /** Jobs that were confirmed and that nobody has said to be done. */
  get jobsLeft(): number {
    return this.#jobs.left;
  }

  /** Whether somebody has all that is known of the durable topics that they follow; workers, whether they have done all jobs. */
  hasAll(who: string): boolean {
    return who === WORKERS_ALL ? this.#jobs.left === 0 : this.#topics.hasAll(who);
  }
}
