// Gaps that the hub tells, in words.
import type { Gap } from "@fanwire/client";
import { count } from "../numbers/digits.ts";

/** What the page follows, as a visitor knows it. */
export interface Followed {
  readonly name: string;
  /** How many topics of it are known. */
  topics(): number;
  /** The charts are of it. */
  readonly isCharted: boolean;
}

const REASONS: Readonly<Record<Gap["reason"], string>> = {
  trimmed: "no longer kept",
  lagging: "this page was too slow",
  epoch: "the hub began anew",
  ahead: "the hub knows less than this page",
  reset: "the hub tells the state anew",
  unknown: "the hub cannot tell how many",
  overflow: "this page was too slow",
};

/** Of one loss: a pattern may be told a gap for each of its topics. */
class Loss {
  readonly followed: Followed;
  readonly #gaps: Gap[] = [];

  constructor(followed: Followed) {
    this.followed = followed;
  }

  add(gap: Gap): void {
    this.#gaps.push(gap);
  }

  /** "37 not kept"; of a pattern the hub may tell neither topic nor number: "5 topics, some not kept". */
  get words(): string {
    const named = new Set(this.#gaps.map(({ topic }) => topic));
    const topics = named.has(undefined) ? this.followed.topics() : named.size;
    const where = topics > 1 ? `${count(topics)} topics, ` : "";
    const missed = this.#gaps.reduce((sum, gap) => sum + (gap.missed ?? NaN), 0);
    return `${where}${Number.isNaN(missed) ? "some" : count(missed)} not kept`;
  }

  get isNewEpoch(): boolean {
    return this.#gaps.some(({ reason }) => reason === "epoch");
  }

  /** With its topic, or what is followed, and the reason. */
  get sentence(): string {
    const [first] = this.#gaps;
    const only = this.#gaps.length === 1 ? first?.topic : undefined;
    return `${only ?? this.followed.name}: ${this.words} (${REASONS[first?.reason ?? "unknown"]}).`;
  }
}

/** What was lost at one time. */
export class Losses {
  readonly #byName = new Map<string, Loss>();

  /** True: nothing of the same name was before. */
  add(followed: Followed, gap: Gap): boolean {
    const known = this.#byName.get(followed.name);
    const loss = known ?? new Loss(followed);
    loss.add(gap);
    this.#byName.set(followed.name, loss);
    return !known;
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  get all(): readonly Loss[] {
    return [...this.#byName.values()];
  }

  /** In the charts, in words; undefined: nothing. */
  get charted(): string | undefined {
    return this.all.find(({ followed }) => followed.isCharted)?.words;
  }
}
