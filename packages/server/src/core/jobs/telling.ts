// What happens in queues, told on topics of the hub's own: `$queue.<name>.jobs` and `.stats` to those who manage the queue, `$sys.queue.<name>`
// to those who look after the hub, and `$job.<id>.state` and `.progress` to whoever sent the job. What nobody follows is not told.

import { codeLevel, decodeLevel, encodePayload, isTopic } from "@fanwire/protocol";
import type { LiveTopic } from "../session.ts";
import type { Topics } from "../topics.ts";

/** Publishes for the hub itself. */
export type Publish = (topic: LiveTopic, payload: Uint8Array) => void;

export type Figures = Readonly<Record<string, unknown>>;

export class Telling {
  readonly #topics: Topics;
  readonly #publish: Publish;
  readonly #clock: { readonly now: number };
  /** Subscriptions to topics and patterns of jobs, of queues, and of the figures of queues. */
  #jobs = 0;
  #queues = 0;
  #figures = 0;

  constructor(topics: Topics, clock: { readonly now: number }, publish: Publish) {
    this.#topics = topics;
    this.#clock = clock;
    this.#publish = publish;
  }

  /** Somebody follows it now, or no longer. */
  followed(pattern: string, by: 1 | -1): void {
    if (pattern.startsWith("$job.")) this.#jobs += by;
    else if (pattern.startsWith("$queue.")) this.#queues += by;
    if (FIGURES.test(pattern)) this.#figures += by;
  }

  /** Somebody may be told the figures of a queue. */
  get wantsFigures(): boolean {
    return this.#figures > 0;
  }

  /** Somebody follows the job with this id, and no others. */
  isFollowedByName(id: string): boolean {
    if (this.#jobs === 0) return false;
    const job = `$job.${codeLevel(id)}`;
    const { patterns } = this.#topics;
    return (
      JOB_TOPICS.some((name) => (this.#topics.find(`${job}.${name}`)?.followers ?? 0) > 0) ||
      patterns.get(`${job}.*`) !== undefined ||
      patterns.get(`${job}.**`) !== undefined
    );
  }

  /** Somebody may be told of jobs, one by one. */
  get isAsked(): boolean {
    return this.#jobs + this.#queues > 0;
  }

  /** What is known of a job from now on. */
  job(id: string | null, queue: string, figures: Figures): void {
    if (this.#queues > 0) this.#tell(`$queue.${queue}.jobs`, figures);
    if (id !== null) this.state(id, figures);
  }

  /** What a job is, to those who follow it. */
  state(id: string, figures: Figures): void {
    if (this.#jobs > 0) this.#tell(`$job.${codeLevel(id)}.state`, figures);
  }

  /** How far a job is. */
  progress(id: string | null, queue: string, figures: Figures): void {
    if (this.#queues > 0) this.#tell(`$queue.${queue}.jobs`, figures);
    if (this.#jobs > 0 && id !== null) this.#tell(`$job.${codeLevel(id)}.progress`, figures);
  }

  /** The figures of a queue, where somebody follows them. `make`: only called then. */
  stats(queue: string, make: () => Figures): void {
    const names = [`$queue.${queue}.stats`, `$sys.queue.${queue}`].filter((name) =>
      this.#isFollowed(name),
    );
    if (names.length === 0) return;
    const figures = make();
    for (const name of names) this.#tell(name, figures);
  }

  #tell(name: string, figures: Figures): void {
    if (!isTopic(name) || !this.#isFollowed(name)) return;
    const topic = this.#topics.topic(name, this.#clock.now);
    if (topic !== undefined) this.#publish(topic, encodePayload(figures));
  }

  #isFollowed(name: string): boolean {
    const topic = this.#topics.find(name);
    if (topic !== undefined)
      return topic.followers > 0 || topic.matching(this.#topics.patterns).length > 0;
    return this.#topics.patterns.matching(name).length > 0;
  }
}

/** Patterns that match the figures of a queue. */
const FIGURES = /^(?:\$queue\.|\$sys\.(?:queue\.|\*))/u;

/** What is told of a job. */
const JOB_TOPICS = ["state", "progress"];

/** The job that a topic or pattern is about, where it is about that one alone: all of it, or what it is; undefined when it is about others. */
export function jobFollowedBy(pattern: string): string | undefined {
  const [first, level, rest, ...more] = pattern.split(".");
  const isOne = first === "$job" && level !== undefined && !level.includes("*");
  const isKnown =
    rest !== undefined && (JOB_TOPICS.includes(rest) || rest === "*" || rest === "**");
  return isOne && isKnown && more.length === 0 ? decodeLevel(level) : undefined;
}
