// "At most one delivery in this time." Subscriptions of a stream with the same interval are moved at the same ticks and get the same bytes:
// the latest publication of the topic, or of each key or topic that changed. It is catch-up moved by time instead of by room, from the
// same sources.

import type { Batch } from "./batch.ts";
import type { Clock } from "./clock.ts";
import type { Rounds } from "./round.ts";
import type { LiveCohort, LiveStream, LiveSubscription } from "./session.ts";
import type { Sink } from "./sink.ts";
import type { Reader } from "./sources/source.ts";
import type { Sources } from "./sources/sources.ts";
import { Cohort, delist, enlist, JOINING } from "./stream.ts";
import { Lagging } from "./subscription.ts";
import type { Topics } from "./topics.ts";

export class Cohorts {
  readonly #sink: Sink;
  readonly #clock: Clock;
  readonly #rounds: Rounds;
  readonly #topics: Topics;
  readonly #sources: Sources;
  /** Puts the deadline of a cohort where deadlines are kept. */
  readonly #remind: (cohort: LiveCohort) => void;
  /** Those whose tick has come. */
  #due: LiveCohort[] = [];

  constructor(
    sink: Sink,
    clock: Clock,
    rounds: Rounds,
    topics: Topics,
    sources: Sources,
    remind: (cohort: LiveCohort) => void,
  ) {
    this.#sink = sink;
    this.#clock = clock;
    this.#rounds = rounds;
    this.#topics = topics;
    this.#sources = sources;
    this.#remind = remind;
  }

  /** The subscription gets the next tick from its own cursor, and those behind it together with the others. */
  join(subscription: LiveSubscription): void {
    const { stream, mode, cursor } = subscription;
    const { cohorts } = stream.latestOnly!; // whoever has an interval wants only the latest, of a topic or of each key
    let cohort = cohorts.find((other) => other.mode === mode);
    if (cohort === undefined) {
      cohort = new Cohort(stream, mode, cursor);
      cohorts.push(cohort);
    }
    subscription.index = JOINING;
    cohort.joining.push(subscription);
    if (cursor < this.#topics.headOf(stream)) this.#arm(cohort);
  }

  /** Takes the subscription out, with its cursor. */
  leave(subscription: LiveSubscription): void {
    const { stream, mode } = subscription;
    const { cohorts } = stream.latestOnly!;
    const at = cohorts.findIndex((other) => other.mode === mode);
    const cohort = cohorts[at]!;
    if (subscription.index === JOINING)
      cohort.joining = cohort.joining.filter((other) => other !== subscription);
    else {
      delist(cohort.rows, subscription);
      subscription.cursor = cohort.cursor;
    }
    if (cohort.rows.length === 0 && cohort.joining.length === 0) cohorts.splice(at, 1);
  }

  /** Something was published on the stream. */
  published({ latestOnly }: LiveStream): void {
    if (latestOnly === null) return;
    const { cohorts } = latestOnly;
    for (let i = 0; i < cohorts.length; i++) this.#arm(cohorts[i]!);
  }

  /** The tick of a cohort has come: it is served when the round has begun, behind the grants of those that joined. */
  tick(cohort: LiveCohort): void {
    cohort.dueAt = Infinity;
    this.#due.push(cohort);
    this.#sink.scheduleFlush();
  }

  /** Serves those whose tick has come. */
  step(): void {
    const due = this.#due;
    if (due.length === 0) return;
    this.#due = [];
    for (const cohort of due) this.#serve(cohort);
  }

  #arm(cohort: LiveCohort): void {
    if (cohort.dueAt < Infinity) return;
    const { intervalMs } = cohort.mode;
    cohort.dueAt = (Math.floor(this.#clock.now / intervalMs) + 1) * intervalMs;
    this.#remind(cohort);
  }

  #serve(cohort: LiveCohort): void {
    const { rows, joining } = cohort;
    const page = this.#rounds.borrow();
    this.#read(cohort, page);
    if (page.at > 0 && rows.length > 0) this.#rounds.oweAll(rows, page);
    for (const subscription of joining) this.#serveJoining(subscription, page);
    this.#rounds.recycle(page);
    for (const subscription of joining) enlist(rows, subscription);
    cohort.joining = [];
  }

  #serveJoining(subscription: LiveSubscription, page: Batch): void {
    page.clear();
    this.#read(new Lagging(subscription, null), page);
    if (page.at > 0) this.#rounds.oweAll([subscription], page);
  }

  #read(reader: Reader, page: Batch): void {
    const { stream } = reader;
    this.#sources.of(stream).next(reader, this.#topics.headOf(stream), page, Infinity);
  }
}
