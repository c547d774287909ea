// Answers that are owed until the store has answered: one to each request, when all that it asked for is decided.

import { errorCodes, sendManyOk, sendOk, type SendOutcome, settleOk } from "@fanwire/protocol";
import { type Parts, refuse, refusedBytes, REPLY_BYTES } from "../parts.ts";
import type { Refusal } from "../refusal.ts";
import type { LiveSession } from "../session.ts";
import type { SendAnswer } from "./send-answer.ts";

/** Of SEND: one job. */
export class SendOneAnswer implements SendAnswer {
  readonly #parts: Parts;
  readonly #session: LiveSession;
  readonly #id: number;

  constructor(parts: Parts, session: LiveSession, id: number) {
    this.#parts = parts;
    this.#session = session;
    this.#id = id;
  }

  taken(_place: number, seq: number, duplicate: boolean): void {
    if (!this.#session.isHere) return;
    const w = this.#parts.rounds.reply(this.#session, REPLY_BYTES);
    sendOk.write(w, { id: this.#id, seq, duplicate });
  }

  refused(_place: number, why: Refusal): void {
    if (this.#session.isHere) refuse(this.#parts, this.#session, this.#id, why);
  }
}

/** Of SEND_MANY: told when the last of its jobs is decided. */
export class SendManyAnswer implements SendAnswer {
  readonly #parts: Parts;
  readonly #session: LiveSession;
  readonly #id: number;
  readonly #outcomes: SendOutcome[];
  #left: number;

  constructor(parts: Parts, session: LiveSession, id: number, count: number) {
    this.#parts = parts;
    this.#session = session;
    this.#id = id;
    this.#left = count;
    this.#outcomes = Array.from({ length: count });
    if (count === 0) this.#tell();
  }

  taken(place: number, seq: number, duplicate: boolean): void {
    this.#decide(place, { seq, duplicate, code: null, text: null });
  }

  refused(place: number, why: Refusal): void {
    this.#parts.counts.refuse(why);
    const { code } = errorCodes[why.name];
    this.#decide(place, { seq: 0, duplicate: false, code, text: why.text });
  }

  #decide(place: number, outcome: SendOutcome): void {
    this.#outcomes[place] = outcome;
    if (--this.#left === 0) this.#tell();
  }

  #tell(): void {
    if (!this.#session.isHere) return;
    let bytes = REPLY_BYTES;
    for (const { text } of this.#outcomes) bytes += 16 + (text === null ? 0 : refusedBytes(text));
    const w = this.#parts.rounds.reply(this.#session, bytes);
    sendManyOk.write(w, { id: this.#id, outcomes: this.#outcomes });
  }
}

/** Of SETTLE: told when the last of its settlements is decided. */
export class SettleAnswer {
  readonly #parts: Parts;
  readonly #session: LiveSession;
  readonly #id: number;
  /** 0 until it is decided. */
  readonly #outcomes: number[];
  #left: number;

  constructor(parts: Parts, session: LiveSession, id: number, count: number) {
    this.#parts = parts;
    this.#session = session;
    this.#id = id;
    this.#left = count;
    this.#outcomes = noOutcomes(count);
    if (count === 0) this.#tell();
  }

  /** `code`: 0 when it is done, else why not. */
  decided(place: number, code: number): void {
    this.#outcomes[place] = code;
    if (--this.#left === 0) this.#tell();
  }

  #tell(): void {
    if (!this.#session.isHere) return;
    const w = this.#parts.rounds.reply(this.#session, REPLY_BYTES + this.#outcomes.length * 3);
    settleOk.write(w, { id: this.#id, outcomes: this.#outcomes });
  }
}

/** By hand: `Array.from` takes several times as long, for each settlement. */
function noOutcomes(count: number): number[] {
  const outcomes: number[] = [];
  for (let i = 0; i < count; i++) outcomes.push(0);
  return outcomes;
}
