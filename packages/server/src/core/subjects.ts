// Who is connected, as tokens name them: what all sessions of one subject share.

import { fullAfter, type Rate, waitFor } from "./rate-limit.ts";
import type { Timed } from "./wheel.ts";

/** Somebody of whom there are sessions, or were a moment ago. */
export class Subject implements Timed {
  readonly issuer: string;
  readonly name: string;
  sessions = 0;
  /** When it is forgotten, if it has no sessions then; Infinity while it has. */
  dueAt: number = Infinity;
  /** The distinct patterns that its sessions follow, and how many do; null when there are none. */
  #patterns: Map<string, number> | null = null;
  #newTopicsFullAt = 0.5;

  constructor(issuer: string, name: string) {
    this.issuer = issuer;
    this.name = name;
  }

  /** Whether a session may follow the pattern when there may be at most so many. */
  hasRoomFor(pattern: string, max: number): boolean {
    const patterns = this.#patterns;
    return patterns === null || patterns.size < max || patterns.has(pattern);
  }

  follows(pattern: string): void {
    this.#patterns ??= new Map();
    this.#patterns.set(pattern, (this.#patterns.get(pattern) ?? 0) + 1);
  }

  unfollows(pattern: string): void {
    const followers = this.#patterns!.get(pattern)! - 1;
    if (followers > 0) this.#patterns!.set(pattern, followers);
    else this.#patterns!.delete(pattern);
    if (this.#patterns!.size === 0) this.#patterns = null;
  }

  /** Takes one new topic. Returns 0, or, taking nothing, how long to wait in milliseconds. */
  takeNewTopic(now: number, rate: Rate): number {
    const wait = waitFor(this.#newTopicsFullAt, now, 1, rate);
    if (wait === 0) this.#newTopicsFullAt = fullAfter(this.#newTopicsFullAt, now, 1, rate);
    return wait;
  }

  /** When nothing that it did counts any more. */
  get calmAt(): number {
    return this.#newTopicsFullAt;
  }
}

export class Subjects {
  /** By issuer and name: the same name of two issuers is two subjects. */
  readonly #byIssuer = new Map<string, Map<string, Subject>>();
  readonly #remind: (subject: Subject) => void;

  /** `remind` puts the deadline of a subject where deadlines are kept; {@link expire} is told when it has come. */
  constructor(remind: (subject: Subject) => void) {
    this.#remind = remind;
  }

  get size(): number {
    let size = 0;
    for (const byName of this.#byIssuer.values()) size += byName.size;
    return size;
  }

  of(issuer: string, name: string): Subject {
    let byName = this.#byIssuer.get(issuer);
    if (byName === undefined) {
      byName = new Map();
      this.#byIssuer.set(issuer, byName);
    }
    let subject = byName.get(name);
    if (subject === undefined) {
      subject = new Subject(issuer, name);
      byName.set(name, subject);
    }
    return subject;
  }

  /** The subject has one session more. */
  enter(subject: Subject): void {
    subject.sessions++;
    subject.dueAt = Infinity;
  }

  /** The subject has one session less. One without sessions is kept while what it did still counts, so that a reconnect is no way out. */
  leave(subject: Subject, now: number): void {
    subject.sessions--;
    if (subject.sessions > 0) return;
    if (subject.calmAt <= now) return this.#forget(subject);
    subject.dueAt = subject.calmAt;
    this.#remind(subject);
  }

  expire(subject: Subject): void {
    if (subject.sessions === 0) this.#forget(subject);
  }

  #forget({ issuer, name }: Subject): void {
    const byName = this.#byIssuer.get(issuer);
    byName?.delete(name);
    if (byName?.size === 0) this.#byIssuer.delete(issuer);
  }
}
