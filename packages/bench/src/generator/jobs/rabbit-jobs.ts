// A queue of RabbitMQ, by its most used client for Node: publisher confirms, manual acknowledgements, those of jobs that came together in
// one frame ("multiple").

import {
  type Channel,
  type ChannelModel,
  type ConfirmChannel,
  connect,
  type Message,
} from "amqplib";
import { blankPayload, SEQUENCE_AT, TIME_AT } from "../marker.ts";
import type { JobClient, JobListener, JobOrder } from "./job-client.ts";

/** One connection that sends and one that takes. */
export class RabbitJobs implements JobClient {
  readonly #order: JobOrder;
  readonly #listener: JobListener;
  readonly #connections: readonly ChannelModel[];
  readonly #sender: ConfirmChannel;
  readonly #taker: Channel;
  readonly #blank: Uint8Array;
  /** The last job that came and is not acknowledged, and when it and those before it were sent. */
  #last: Message | undefined;
  #sentAt: number[] = [];

  private constructor(
    order: JobOrder,
    listener: JobListener,
    connections: readonly ChannelModel[],
    sender: ConfirmChannel,
    taker: Channel,
  ) {
    this.#order = order;
    this.#listener = listener;
    this.#connections = connections;
    this.#sender = sender;
    this.#taker = taker;
    this.#blank = blankPayload(order.payloadBytes, order.seed);
  }

  static async open(order: JobOrder, listener: JobListener): Promise<RabbitJobs> {
    const { port, queue, kept } = order;
    const address = { hostname: "127.0.0.1", port, heartbeat: 0 };
    const [out, back] = await Promise.all([
      connect(address, { noDelay: true }),
      connect(address, { noDelay: true }),
    ]);
    const sender = await out.createConfirmChannel();
    const taker = await back.createChannel();
    for (const one of [out, back, sender, taker])
      one.on("error", (error: Error) => listener.wrong(`RabbitMQ: ${error.message}`));
    const type = { "x-queue-type": kept === "quorum" ? "quorum" : "classic" };
    await sender.assertQueue(queue, { durable: kept !== "memory", arguments: type });
    return new RabbitJobs(order, listener, [out, back], sender, taker);
  }

  send(first: number, now: number): void {
    const { queue, kept, perMessage } = this.#order;
    const options = { persistent: kept !== "memory" };
    for (let i = 0; i < perMessage; i++) {
      const content = Buffer.from(this.#blank);
      content.writeUInt32LE(first + i, SEQUENCE_AT);
      content.writeDoubleLE(now, TIME_AT);
      this.#sender.sendToQueue(queue, content, options, this.#confirmed);
    }
  }

  async take(credit: number): Promise<void> {
    await this.#taker.prefetch(credit);
    await this.#taker.consume(this.#order.queue, (message) => {
      if (message === null) return this.#listener.wrong("RabbitMQ ended the consumer.");
      const { content } = message;
      const view = new DataView(content.buffer, content.byteOffset, content.length);
      this.#sentAt.push(this.#listener.took(view, 0));
      if (this.#last === undefined) queueMicrotask(() => this.#acknowledge());
      this.#last = message;
    });
  }

  /** Acknowledgements are not answered: this question is, after them. */
  async settled(): Promise<void> {
    const { messageCount } = await this.#taker.checkQueue(this.#order.queue);
    if (messageCount > 0) this.#listener.wrong(`${messageCount} jobs were left in the queue.`);
  }

  async close(): Promise<void> {
    await Promise.all(this.#connections.map((connection) => connection.close()));
  }

  readonly #confirmed = (error: unknown): void => {
    if (error === null || error === undefined) this.#listener.confirmed(1);
    else this.#listener.wrong("RabbitMQ refused a job.");
  };

  #acknowledge(): void {
    const sentAt = this.#sentAt;
    this.#taker.ack(this.#last!, true);
    this.#last = undefined;
    this.#sentAt = [];
    this.#listener.done(sentAt);
  }
}
