// Jobs on their way into queues: they wait for a link, are sent, and sent again under the same id until it is known what became of them.

import type { limits } from "@fanwire/protocol";
import { type Call, type CallOptions, newCall } from "../call.ts";
import { pauseMs } from "../core/backoff.ts";
import { ClientError, hubError } from "../errors.ts";
import type { OkFrame } from "../frames.ts";
import type { Link } from "../link.ts";
import type { Parcel } from "./send-options.ts";
import { SEND, SEND_MANY } from "../opcodes.ts";

/** Jobs of one SEND_MANY, at most. */
const sendMax: typeof limits.sendCountMax = 1000;

/** What else a SEND_MANY holds, in bytes: its head and the longest name of a queue. */
const headBytes = 160;

/** SEND_MANYs of one call that are not answered, at most. */
const flyingMax = 2;

/** Jobs that wait for a link, at most, and the bytes of their frames. */
const outboxCountMax = 1000;
const outboxBytesMax = 1_048_576;

/** Refusals that are the sender's to judge: the queue, or the hub's disk, is full. */
const isFull = ({ code }: ClientError): boolean => code === "queue-full" || code === "storage-full";

/** What became of a job. */
export interface Sent {
  /** The number in its queue. */
  readonly seq: number;
  readonly id: string;
  /** The queue had a job of this id already: the number is that one's. */
  readonly duplicate: boolean;
}

/** What became of a job of a `sendMany`: sent, or why not. */
export type SendOutcome =
  | (Sent & { readonly error?: undefined })
  | { readonly id: string; readonly error: ClientError };

type SendOk = readonly [op: number, id: number, seq: number, duplicate: boolean];
type SendManyOk = readonly [
  op: number,
  id: number,
  outcomes: readonly (readonly [
    seq: number,
    duplicate: boolean,
    code: number | null,
    text: string | null,
  ])[],
];

/** Jobs of one call. */
interface Shipment {
  readonly call: Call<void>;
  readonly queue: string;
  /** It is one job, and goes by SEND. */
  readonly isSingle: boolean;
  readonly parcels: readonly Parcel[];
  /** What became of each, by its index. */
  readonly outcomes: SendOutcome[];
  /** Those that are to be sent, by their indexes, in order. */
  unsent: number[];
  /** Frames that are not answered. */
  flying: number;
  /** Nothing is sent before that. */
  restsUntil: number;
  refusals: number;
  /** Some may be in the queue, as an answer was lost. */
  isDoubtful: boolean;
}

export interface Sender {
  /** Sends jobs to a queue: one by SEND, or several by SEND_MANY. Resolves with an outcome for each, in their order. */
  send(
    queue: string,
    parcels: readonly Parcel[],
    isSingle: boolean,
    options: CallOptions,
  ): Promise<SendOutcome[]>;
  load(): void;
  cut(): void;
}

/** `encoding`: of all payloads. */
export function openSender(link: Link, encoding: number): Sender {
  const shipments = new Set<Shipment>();

  /** Many are taken whole while less waits than may: whoever has them holds them anyway. */
  function hasRoom(parcels: readonly Parcel[], isSingle: boolean): boolean {
    const all = [...shipments].flatMap((other) => other.unsent.map((i) => other.parcels[i]!));
    let bytes = 0;
    for (const parcel of isSingle ? [...all, ...parcels] : all) bytes += parcel.bytes;
    return all.length < outboxCountMax && bytes <= outboxBytesMax;
  }

  /** Takes what the next frame holds. What the hub would not take is refused here. */
  function take({ unsent, parcels, outcomes }: Shipment): number[] {
    const { batchBytesMax, payloadBytesMax } = link.limits;
    const taken: number[] = [];
    let bytes = headBytes;
    while (unsent.length > 0 && taken.length < sendMax) {
      const i = unsent[0]!;
      const { id, payload, bytes: more } = parcels[i]!;
      const isTooLarge = payload.length > payloadBytesMax;
      if (isTooLarge) outcomes[i] = { id, error: new ClientError("too-large") };
      else if (taken.length > 0 && bytes + more > batchBytesMax) break;
      else {
        taken.push(i);
        bytes += more;
      }
      unsent.shift();
    }
    return taken;
  }

  function sendSome(shipment: Shipment): void {
    const { parcels, queue, isSingle } = shipment;
    while (shipment.unsent.length > 0 && shipment.flying < flyingMax) {
      const taken = take(shipment);
      if (!taken[0] && taken[0] !== 0) break;
      const jobs = taken.flatMap((i) => {
        const { options, meta, payload } = parcels[i]!;
        return [options, encoding, meta, payload];
      });
      shipment.flying++;
      const asker = (told: OkFrame | ClientError): void => answered(shipment, taken, told);
      if (isSingle) link.ask(asker, SEND, queue, ...jobs);
      else link.ask(asker, SEND_MANY, queue, jobs);
    }
    endIfDone(shipment);
  }

  function answered(
    shipment: Shipment,
    taken: readonly number[],
    told: OkFrame | ClientError,
  ): void {
    const { parcels, isSingle, call } = shipment;
    shipment.flying--;
    if (!call.isOpen) return;
    for (const [n, i] of taken.entries()) {
      const { id } = parcels[i]!;
      if (told instanceof ClientError) hear(shipment, i, { id, error: told });
      else if (isSingle) {
        const [, , seq, duplicate] = told as unknown as SendOk;
        hear(shipment, i, { seq, id, duplicate });
      } else {
        const [seq, duplicate, code, text] = (told as unknown as SendManyOk)[2][n]!;
        hear(
          shipment,
          i,
          code ? { id, error: hubError(code, text ?? "") } : { seq, id, duplicate },
        );
      }
    }
    shipment.unsent.sort((a, b) => a - b);
    if (shipment.restsUntil > link.now) link.use(call, shipment.restsUntil);
    link.soon();
    endIfDone(shipment);
  }

  /** Keeps what became of a job, or sends it again under its id. */
  function hear(shipment: Shipment, i: number, outcome: SendOutcome): void {
    const { error } = outcome;
    if (!error?.retryable || isFull(error)) {
      shipment.outcomes[i] = outcome;
      if (!error) shipment.refusals = 0;
      // as long as something is decided it is waited for
      return shipment.call.renew();
    }
    shipment.unsent.push(i);
    shipment.call.cause = error;
    shipment.isDoubtful ||= error.code === "unknown-outcome" || error.code === "timeout";
    if (!link.isLive() || shipment.restsUntil > link.now) return;
    const ms = error.retryAfterMs ?? pauseMs(link.chance, ++shipment.refusals);
    shipment.restsUntil = link.now + ms;
  }

  function endIfDone({ unsent, flying, call }: Shipment): void {
    if (call.isOpen && unsent.length === 0 && flying === 0) call.end();
  }

  /** Its wait ends with what is known by then. */
  function open(shipment: Shipment): Promise<SendOutcome[]> {
    const { call, parcels, outcomes } = shipment;
    const wake = call.wake.bind(call);
    const over = call.over.bind(call);
    call.wake = () => {
      const dueAt = wake();
      if (shipment.restsUntil > link.now) return Math.min(dueAt, shipment.restsUntil);
      if (shipment.unsent.length > 0) link.soon();
      return dueAt;
    };
    call.over = (cause) => {
      if (shipment.isDoubtful)
        call.end(new ClientError("unknown-outcome", { retryable: true, cause }));
      else over(cause);
    };
    shipments.add(shipment);
    link.soon();
    const settled = (error?: ClientError): SendOutcome[] => {
      shipments.delete(shipment);
      return parcels.map(({ id }, i) => outcomes[i] ?? { id, error: error! });
    };
    return call.promise.then(() => settled(), settled);
  }

  return {
    send(queue, parcels, isSingle, options) {
      const call = newCall<void>(link, options);
      const shipment: Shipment = {
        call,
        queue,
        isSingle,
        parcels,
        outcomes: [],
        unsent: [...parcels.keys()],
        flying: 0,
        restsUntil: 0,
        refusals: 0,
        isDoubtful: false,
      };
      if (call.isOpen && !link.isLive() && !hasRoom(parcels, isSingle))
        call.end(new ClientError("outbox-full", { retryable: true }));
      return open(shipment);
    },
    load() {
      for (const shipment of shipments)
        if (shipment.call.isOpen && shipment.restsUntil <= link.now) sendSome(shipment);
    },
    /** Another link does not wait. */
    cut() {
      for (const shipment of shipments) shipment.restsUntil = 0;
    },
  };
}
