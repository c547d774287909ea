// Whose session it is, and how long: gives a session the claims of its token, takes them back when they have expired or were revoked,
// and counts what a subject has.

import type { Claims, Grants } from "./claims.ts";
import type { Clock } from "./clock.ts";
import { isGrantedByName } from "./policy.ts";
import { Rates, type RateTable } from "./rate-limit.ts";
import { limited, refusal, type Refusal } from "./refusal.ts";
import { type Revocation, Revocations } from "./revocations.ts";
import type { LiveSession } from "./session.ts";
import type { Settings } from "./settings.ts";
import { type Subject, Subjects } from "./subjects.ts";
import type { Topic } from "@fanwire/protocol";

export class Access {
  readonly subjects: Subjects;
  readonly revocations: Revocations = new Revocations();
  readonly #settings: Settings;
  readonly #clock: Clock;
  /** For rights that raise or lower rates. */
  readonly #tables = new WeakMap<Grants, RateTable>();

  constructor(settings: Settings, clock: Clock, remind: (subject: Subject) => void) {
    this.#settings = settings;
    this.#clock = clock;
    this.subjects = new Subjects(remind);
  }

  /** Why a token is no longer good that was when it was verified. */
  whyNotGood(claims: Claims): Refusal | undefined {
    if (this.revocations.covers(claims)) return refusal("revoked", "The token was revoked.");
    return this.#endOf(claims) <= this.#clock.time
      ? refusal("token-expired", "The token has expired; fetch a fresh one.")
      : undefined;
  }

  /** The session belongs to the token's subject, unless that has as many as it may: then a sentence. */
  enter(session: LiveSession, claims: Claims): string | undefined {
    const subject = this.subjects.of(claims.issuer, claims.subject);
    const max = claims.grants.limits.connections ?? this.#settings.subjectConnectionsMax;
    if (subject.sessions >= max)
      return `The subject of the token has ${subject.sessions} connections, as many as it may.`;
    this.subjects.enter(subject);
    session.subject = subject;
    session.rates = new Rates(this.#tableOf(claims.grants));
    this.#give(session, claims);
    return undefined;
  }

  /** Why a fresh token cannot take the place of the session's own. */
  whyNotRenew(session: LiveSession, fresh: Claims): Refusal | undefined {
    const { claims } = session;
    return claims!.subject === fresh.subject && claims!.issuer === fresh.issuer
      ? this.whyNotGood(fresh)
      : refusal("forbidden", "A fresh token must be of the same subject and issuer.");
  }

  renew(session: LiveSession, fresh: Claims): void {
    session.rates!.table = this.#tableOf(fresh.grants);
    this.#give(session, fresh);
  }

  leave(session: LiveSession): void {
    if (session.subject === null) return;
    this.subjects.leave(session.subject, this.#clock.now);
    session.subject = null;
  }

  /** The session's deadline has come: its token expires, or the time after that is over too. Returns whether it must go. */
  due(session: LiveSession): boolean {
    const { now, time } = this.#clock;
    if (session.isExpired) return true;
    const leftMs = this.#endOf(session.claims!) - time;
    if (leftMs > 0) {
      session.accessDueAt = now + leftMs; // the clock on the wall was set back
      return false;
    }
    session.isExpired = true;
    session.lastTopic = null; // what was allowed is asked again
    session.lastQueue = 0;
    session.accessDueAt = now + this.#settings.tokenGraceMs;
    return false;
  }

  /** Whether the session may make a topic that there is not: why not, or it is counted. */
  whyNoNewTopic(
    session: LiveSession,
    right: "sub" | "pub" | "presence",
    topic: Topic,
  ): Refusal | undefined {
    const { subject, claims } = session;
    if (subject === null || isGrantedByName(session, right, topic)) return undefined;
    const { newTopics } = this.#settings;
    const perSecond = claims!.grants.limits.newTopicsPerSecond;
    const rate = perSecond === undefined ? newTopics : raised(newTopics, perSecond);
    const wait = subject.takeNewTopic(this.#clock.now, rate);
    return wait === 0
      ? undefined
      : limited("too-many-topics", rate.limit, "New topics come too fast.", wait);
  }

  /** Withdraws tokens, until each of them has expired: returns when that is, in milliseconds since 1970. */
  revoke(revocation: Revocation): number {
    const { tokenAgeMaxMs, tokenToleranceMs } = this.#settings;
    const until = this.#clock.time + tokenAgeMaxMs + 2 * tokenToleranceMs;
    this.revocations.add(revocation, until);
    return until;
  }

  /** Until when a token is taken: clocks may differ. */
  #endOf({ expiresAt }: Claims): number {
    return expiresAt + this.#settings.tokenToleranceMs;
  }

  #give(session: LiveSession, claims: Claims): void {
    const { now, time } = this.#clock;
    session.claims = claims;
    session.isExpired = false;
    session.accessDueAt = now + Math.max(this.#endOf(claims) - time, 0);
  }

  #tableOf(grants: Grants): RateTable {
    const { publishPerSecond, publishBytesPerSecond } = grants.limits;
    const { rates } = this.#settings;
    if (publishPerSecond === undefined && publishBytesPerSecond === undefined) return rates;
    let table = this.#tables.get(grants);
    if (table === undefined) {
      table = {
        ...rates,
        publish: raised(rates.publish, publishPerSecond ?? rates.publish.perSecond),
        publishBytes: raised(
          rates.publishBytes,
          publishBytesPerSecond ?? rates.publishBytes.perSecond,
        ),
      };
      this.#tables.set(grants, table);
    }
    return table;
  }
}

/** The same rate at another height: a burst is as many times as high. */
function raised({ perSecond: before, burst, limit }: RateTable["publish"], perSecond: number) {
  return { perSecond, burst: Math.max(Math.ceil((burst / before) * perSecond), 1), limit };
}
