// What a hub says of queues, and a client whose queues a test drives by hand.

import {
  activeFrame,
  type ConsumeOk,
  consumeOk,
  deliveryFrame,
  type EnvelopeValue,
  encodePayload,
  errorCodes,
  type ErrorName,
  lostFrame,
  manageOk,
  sendManyOk,
  type SendOutcome,
  sendOk,
  settleOk,
  stoppedFrame,
  type Tail,
} from "@fanwire/protocol";
import { bytesOf, type WireFrame } from "@fanwire/testkit";
import { Bench, turn } from "../fake-hub.testkit.ts";
import { type Queue, queue } from "./queue.ts";

/** Opcodes of what the client says. */
export const op = {
  SEND: 16,
  SEND_MANY: 17,
  CONSUME: 18,
  CREDIT: 19,
  SETTLE: 20,
  CANCEL: 21,
  MANAGE: 22,
} as const;

const mapOf = (
  record: Readonly<Record<string, EnvelopeValue>>,
): ReadonlyMap<string, EnvelopeValue> => new Map(Object.entries(record));

/** What a job may have beside its data. */
type More = Partial<Omit<Tail, "meta">> & {
  readonly attempt?: number;
  readonly lease?: number;
  readonly meta?: Readonly<Record<string, EnvelopeValue>>;
  readonly info?: Readonly<Record<string, EnvelopeValue>>;
};

const outcomeOf = (told: Partial<SendOutcome>): SendOutcome => ({
  seq: 0,
  duplicate: false,
  code: null,
  text: null,
  ...told,
});

/** What is said of a job: verb, number of the job, and what else is not nil. */
const settlementOf = ([verb, seq, , ...more]: readonly unknown[]): unknown[] => [
  verb,
  seq,
  ...more.filter((each) => each !== null),
];

/** A frame of a hub about queues, by its short name. */
export const jobs = {
  sent: (id: number, seq = 1, duplicate = false): Uint8Array =>
    bytesOf(sendOk, { id, seq, duplicate }),
  sentMany: (id: number, ...told: readonly Partial<SendOutcome>[]): Uint8Array =>
    bytesOf(sendManyOk, { id, outcomes: told.map(outcomeOf) }),
  granted: (id: number, more: Partial<Omit<ConsumeOk, "op" | "id">> = {}): Uint8Array =>
    bytesOf(consumeOk, { id, consumer: 7, active: true, leaseMs: 30_000, jobs: 0, ...more }),
  /** Its lease is 100 more than its number. */
  delivery: (consumer: number, seq: number, { meta, info, ...more }: More = {}): Uint8Array =>
    bytesOf(deliveryFrame, {
      consumer,
      seq,
      lease: seq + 100,
      attempt: 1,
      time: 5,
      from: null,
      encoding: 3,
      payload: encodePayload(seq),
      ...more,
      meta: meta ? mapOf(meta) : null,
      info: info ? mapOf(info) : null,
    }),
  settled: (id: number, ...outcomes: readonly number[]): Uint8Array =>
    bytesOf(settleOk, { id, outcomes }),
  lost: (
    consumer: number,
    seq: number,
    name: ErrorName = "lease-lost",
    lease: number = seq + 100,
  ): Uint8Array =>
    bytesOf(lostFrame, {
      consumer,
      seq,
      lease,
      code: errorCodes[name].code,
      text: "Because.",
    }),
  active: (consumer: number, active: boolean): Uint8Array =>
    bytesOf(activeFrame, { consumer, active }),
  stopped: (consumer: number, name: ErrorName): Uint8Array =>
    bytesOf(stoppedFrame, { consumer, code: errorCodes[name].code, text: "Because." }),
  managed: (id: number, result: Readonly<Record<string, EnvelopeValue>> | null): Uint8Array =>
    bytesOf(manageOk, { id, result: result && mapOf(result) }),
} as const;

/** What stands in a map of a frame. */
export const recordOf = (map: unknown): Record<string, unknown> =>
  Object.fromEntries(map as ReadonlyMap<string, unknown>);

/** A client with a queue, `q`. */
export class QueueBench extends Bench {
  readonly q: Queue = queue(this.client, "q");

  /** The number of the last request of that kind. */
  idOf(opcode: number): number {
    return this.socket.framesOf(opcode).at(-1)![1] as number;
  }

  /** The requests of that kind on this link: what follows their numbers. */
  said(opcode: number): WireFrame[] {
    return this.socket.framesOf(opcode).map((frame) => frame.slice(2));
  }

  /** What was said of jobs on this link, see {@link settlementOf}. */
  get settlements(): unknown[][] {
    return this.said(op.SETTLE).flatMap(([, rows]) =>
      (rows as readonly (readonly unknown[])[]).map(settlementOf),
    );
  }

  /** Answers the last SETTLE: all is done, or has these codes. */
  settle(...codes: readonly number[]): void {
    const frame = this.socket.framesOf(op.SETTLE).at(-1)!;
    const rows = frame[3] as readonly unknown[];
    this.socket.say(jobs.settled(frame[1] as number, ...rows.map((_row, i) => codes[i] ?? 0)));
  }

  /** Answers the last CONSUME; what was given already comes before or behind it. */
  async serve(
    more?: Partial<Omit<ConsumeOk, "op" | "id">>,
    ...frames: readonly Uint8Array[]
  ): Promise<void> {
    this.socket.say(jobs.granted(this.idOf(op.CONSUME), more), ...frames);
    await turn();
  }

  /** Loses the link, and is welcomed on the next one. */
  async comeBack(): Promise<void> {
    this.socket.end();
    await this.clock.pass(1000);
    await this.welcome();
  }
}
