// A queue of our hub: requests and settlements go in batches, as the SDK sends them under load.

import {
  consumeFrame,
  consumeOk,
  type DeliveryFrame,
  type Reader,
  type SeenPace,
  sendManyOk,
  sendOk,
  type Settlement,
  settleFrame,
  settleOk,
  settleVerb,
} from "@fanwire/protocol";
import type { Connection, Role } from "../connection.ts";
import { dial, type Dialled } from "../dial.ts";
import { Lane } from "../lane.ts";
import { Ledger, NO_TOPIC } from "../ledger.ts";
import { batch, greet } from "../wires/fanwire-frames.ts";
import { work, type Worker } from "../wires/work.ts";
import type { JobClient, JobListener, JobOrder } from "./job-client.ts";
import { JobTemplate } from "./job-template.ts";

/** Settlements of one request, as many as there may be. */
const SETTLEMENTS_MAX = 1000;

/** How often a client looks whether it must say what it has seen, in milliseconds. */
const TICK_MS = 500;

const role: Role = {
  lane: new Lane(),
  ledger: new Ledger(new Uint32Array(1), 1),
  wire: work,
  topic: NO_TOPIC,
  each: null,
  isTimed: false,
};

/** One connection that sends and one that takes. */
export class HubJobs implements JobClient {
  readonly #order: JobOrder;
  readonly #listener: JobListener;
  readonly #template: JobTemplate;
  readonly #sender: Dialled;
  readonly #taker: Dialled;
  readonly #ticks: NodeJS.Timeout;

  private constructor(order: JobOrder, listener: JobListener, sender: Dialled, taker: Dialled) {
    this.#order = order;
    this.#listener = listener;
    this.#template = new JobTemplate(order);
    this.#sender = sender;
    this.#taker = taker;
    this.#ticks = setInterval(() => {
      for (const { client } of [sender, taker]) work.tick!(client, performance.now());
    }, TICK_MS);
  }

  static async open(order: JobOrder, listener: JobListener): Promise<HubJobs> {
    const [sender, taker] = await Promise.all([
      connected(order, (seen) => new Sender(seen, order, listener)),
      connected(order, (seen, client) => new Taker(seen, client, order.queue, listener)),
    ]);
    return new HubJobs(order, listener, sender, taker);
  }

  send(first: number, now: number): void {
    this.#sender.client.write(this.#template.request(first, now));
  }

  async take(credit: number): Promise<void> {
    await (this.#taker.client.state as Taker).consume(credit);
  }

  /** Each acknowledgement is answered. */
  async settled(): Promise<void> {}

  async close(): Promise<void> {
    clearInterval(this.#ticks);
    for (const { client, socket } of [this.#sender, this.#taker]) {
      if (client.closed !== 0)
        this.#listener.wrong(`The hub closed a client of ${this.#order.queue} (${client.closed}).`);
      socket.destroy();
    }
  }
}

async function connected(
  { port }: JobOrder,
  worker: (seen: SeenPace, client: Connection) => Worker,
): Promise<Dialled> {
  const dialled = await dial(port, work.path, work.subprotocol, role);
  const { client } = dialled;
  client.state = worker(await greet(client), client);
  client.begin();
  return dialled;
}

/** Hears the answers to what it sends. */
class Sender implements Worker {
  readonly seen: SeenPace;
  readonly #isSingle: boolean;
  readonly #listener: JobListener;

  constructor(seen: SeenPace, { perMessage }: JobOrder, listener: JobListener) {
    this.seen = seen;
    this.#isSingle = perMessage === 1;
    this.#listener = listener;
  }

  answered(r: Reader, count: number): void {
    if (this.#isSingle) {
      sendOk.read(r, count);
      return this.#listener.confirmed(1);
    }
    const { outcomes } = sendManyOk.read(r, count);
    const refused = outcomes.find(({ code }) => code !== null);
    if (refused !== undefined) this.wrong(`A job was refused: ${refused.text}`);
    this.#listener.confirmed(outcomes.filter(({ code }) => code === null).length);
  }

  delivered(): void {
    this.wrong("A job came to the client that only sends.");
  }

  readAll(): void {}

  wrong(what: string): void {
    this.#listener.wrong(what);
  }
}

/** Takes jobs, and acknowledges all that came with a message in one request. */
class Taker implements Worker {
  readonly seen: SeenPace;
  readonly #client: Connection;
  readonly #queue: string;
  readonly #listener: JobListener;
  #settlements: Settlement[] = [];
  #sentAt: number[] = [];
  /** When the jobs were sent that each request settles, which waits for its answer. */
  readonly #asked = new Map<number, readonly number[]>();
  #lastId = 0;
  #begun: (() => void) | undefined;

  constructor(seen: SeenPace, client: Connection, queue: string, listener: JobListener) {
    this.seen = seen;
    this.#client = client;
    this.#queue = queue;
    this.#listener = listener;
  }

  consume(credit: number): Promise<void> {
    const options = new Map([
      ["concurrency", Math.min(credit, 1000)],
      ["credit", credit],
    ]);
    const id = ++this.#lastId;
    this.#client.send(batch((w) => consumeFrame.write(w, { id, queue: this.#queue, options })));
    return new Promise((resolve) => {
      this.#begun = resolve;
    });
  }

  answered(r: Reader, count: number): void {
    if (this.#begun !== undefined) {
      consumeOk.read(r, count);
      this.#begun();
      this.#begun = undefined;
      return;
    }
    const { id, outcomes } = settleOk.read(r, count);
    const sentAt = this.#asked.get(id) ?? [];
    this.#asked.delete(id);
    const refused = outcomes.find((code) => code !== 0);
    if (refused !== undefined) this.wrong(`An acknowledgement was refused (${refused}).`);
    this.#listener.done(
      refused === undefined ? sentAt : sentAt.filter((_, i) => outcomes[i] === 0),
    );
  }

  delivered({ seq, lease, payload }: DeliveryFrame): void {
    const { view, bytes } = this.#client.lane;
    this.#sentAt.push(this.#listener.took(view, payload.byteOffset - bytes.byteOffset));
    this.#settlements.push({ verb: settleVerb.ack, seq, lease, number: null, text: null });
    if (this.#settlements.length === SETTLEMENTS_MAX) this.readAll();
  }

  readAll(): void {
    const settlements = this.#settlements;
    if (settlements.length === 0) return;
    const id = ++this.#lastId;
    this.#asked.set(id, this.#sentAt);
    this.#settlements = [];
    this.#sentAt = [];
    this.#client.send(batch((w) => settleFrame.write(w, { id, queue: this.#queue, settlements })));
  }

  wrong(what: string): void {
    this.#listener.wrong(what);
  }
}
