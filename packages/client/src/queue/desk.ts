// Where the queues of one client meet its link: whose a job is, what is said in which order, what a cut leaves.

import type { Codec } from "../codec.ts";
import { ClientError, hubError } from "../errors.ts";
import type { DeliveryFrame, DownFrame, OkFrame } from "../frames.ts";
import { insides } from "../inside.ts";
import type { Link } from "../link.ts";
import { openSender, type Sender } from "./sender.ts";
import { openSettler, type Settler, verb } from "./settler.ts";
import { ACTIVE, CONSUME, DELIVERY, LOST, STOPPED } from "../opcodes.ts";

/** What a consumer is granted. */
type ConsumeOk = readonly [
  op: number,
  id: number,
  consumer: number,
  active: boolean,
  leaseMs: number,
  jobs: number,
];

/** Who takes jobs. */
export interface Taker {
  readonly queue: string;
  /** The hub has granted it; what it has given it already follows. */
  granted(ok: ConsumeOk): void;
  /** All that was given before the grant was handed over. */
  began(): void;
  /** The hub refuses it, or the link was lost before it answered. */
  refused(error: ClientError): void;
  deliver(frame: DeliveryFrame): void;
  /** A lease is lost; perhaps one that another taker has. */
  lose(lease: number, error: ClientError): void;
  activate(active: boolean): void;
  stopped(error: ClientError): void;
  load(): void;
  cut(): void;
}

/** Of one client. */
export interface Desk {
  readonly link: Link;
  readonly codec: Codec;
  readonly sender: Sender;
  readonly settler: Settler;
  /** Has it looked after: asked for its turn when the link can be spoken over, and told of cuts and lost leases. */
  enter(taker: Taker): void;
  leave(taker: Taker): void;
  /** Calls it as soon as the link can be spoken over. */
  wait(send: () => void): void;
  /** Asks for jobs. */
  consume(taker: Taker, options: object | null): void;
  /** What comes for this consumer is nobody's any more. */
  forget(consumer: number): void;
  /** A job that nobody takes goes back. */
  giveBack(queue: string, frame: DeliveryFrame): void;
}

const desks = new WeakMap<object, Desk>();

/** The desk of a client. Throws a TypeError for what is no client of this package. */
export function deskOf(client: object): Desk {
  const known = desks.get(client);
  if (known) return known;
  const inside = insides.get(client);
  if (!inside) throw new TypeError("client must be made by createClient of this package");
  const desk = openDesk(inside.link, inside.codec);
  desks.set(client, desk);
  return desk;
}

function openDesk(link: Link, codec: Codec): Desk {
  const settler = openSettler(link);
  const sender = openSender(link, codec.encoding);
  const takers = new Set<Taker>();
  /** By the number of the consumer on this link. */
  const consumers = new Map<number, Taker>();
  /** Who has asked and was not answered. */
  const asking = new Set<Taker>();
  /** What came for consumers that are not known yet: a pull is given its jobs before it is answered. */
  const early = new Map<number, DownFrame[]>();

  /** What is to be said as soon as it can. */
  const waiting: (() => void)[] = [];

  const nothing = (): void => {};

  function giveBack(queue: string, [, , seq, lease]: DeliveryFrame): void {
    settler.say({ queue, verb: verb.release, seq, lease, heard: nothing });
  }

  function read(frame: DownFrame): void {
    const [op, consumer] = frame;
    if (op < DELIVERY || op > STOPPED) return;
    const taker = consumers.get(consumer);
    if (frame[0] === LOST) {
      const error = hubError(frame[4], frame[5]);
      for (const other of takers) other.lose(frame[3], error);
    }
    if (taker) hand(taker, frame);
    else if (asking.size > 0) early.set(consumer, [...(early.get(consumer) ?? []), frame]);
  }

  function hand(taker: Taker, frame: DownFrame): void {
    switch (frame[0]) {
      case DELIVERY:
        return taker.deliver(frame);
      case ACTIVE:
        return taker.activate(frame[2]);
      case STOPPED:
        return taker.stopped(hubError(frame[2], frame[3]));
      case LOST:
        taker.lose(frame[3], hubError(frame[4], frame[5]));
    }
  }

  function answered(taker: Taker, told: OkFrame | ClientError): void {
    asking.delete(taker);
    if (told instanceof ClientError) return taker.refused(told);
    const ok = told as unknown as ConsumeOk;
    const [, , consumer] = ok;
    const frames = early.get(consumer) ?? [];
    early.delete(consumer);
    if (asking.size === 0) early.clear();
    consumers.set(consumer, taker);
    taker.granted(ok);
    for (const frame of frames) hand(taker, frame);
    taker.began();
  }

  /** Jobs that were given and that nobody has heard of, for lack of an answer, go back when there is a link again. */
  function cut(): void {
    const queues = new Set(Array.from(asking, ({ queue }) => queue));
    for (const frame of [...early.values()].flat())
      if (frame[0] === DELIVERY) for (const queue of queues) giveBack(queue, frame);
    early.clear();
    consumers.clear();
    settler.cut();
    sender.cut();
    for (const taker of takers) taker.cut();
  }

  link.cargo.push({
    load() {
      settler.load();
      for (const send of waiting.splice(0)) send();
      for (const taker of takers) taker.load();
      sender.load();
    },
    read,
    cut,
  });

  return {
    link,
    codec,
    sender,
    settler,
    enter: (taker) => void takers.add(taker),
    leave: (taker) => void takers.delete(taker),
    wait(send) {
      waiting.push(send);
      link.soon();
    },
    consume(taker, options) {
      asking.add(taker);
      link.ask((told) => answered(taker, told), CONSUME, taker.queue, options);
    },
    forget: (consumer) => void consumers.delete(consumer),
    giveBack,
  };
}
