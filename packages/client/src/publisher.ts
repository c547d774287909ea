// What the application publishes: waits for a link, is sent, is answered.

import type { Reader, up } from "@fanwire/protocol";
import { Call, type CallOptions } from "./call.ts";
import type { Codec } from "./codec.ts";
import type { Driver } from "./driver.ts";
import { ClientError } from "./errors.ts";
import { type Position, position } from "./position.ts";
import { uintOrNil } from "./read.ts";
import type { Asker } from "./sender.ts";

const PUBLISH: typeof up.PUBLISH = 5;

/** Publications that wait for a link, at most. */
const outboxCountMax = 1000;

/** Bytes of their payloads, at most. */
const outboxBytesMax = 1_048_576;

/** How sure it is that a publication stays: in the hub's memory, on its disk, in the logs of a majority of a cluster. */
export type Level = "received" | "disk" | "quorum";

/** How to publish. */
export interface PublishOptions extends CallOptions {
  /** What is waited for. Default: what the topic gives. `none`: nothing; it resolves when the publication is handed to the socket. */
  readonly confirm?: "received" | "none" | undefined;
  /** The state key: at most 128 bytes. */
  readonly key?: string | undefined;
  /** At most 16. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** What became of a publication. */
export interface Published {
  /** Undefined when the hub does not tell, and with `confirm: "none"`. */
  readonly position: Position | undefined;
  /** It had been published before. */
  readonly duplicate: boolean;
  readonly level: Level | "none";
}

const nothing = new Uint8Array();

const levels: readonly Level[] = ["received", "disk", "quorum"];

/** One publication, until it is answered. */
class Publishing extends Call<Published> implements Asker {
  readonly topic: string;
  readonly options: PublishOptions;
  payload: Uint8Array = nothing;
  readonly #publisher: Publisher;
  /** Its alias was refused once. */
  #isAgain = false;

  constructor(publisher: Publisher, driver: Driver, topic: string, options: PublishOptions) {
    super(driver, options);
    this.#publisher = publisher;
    this.topic = topic;
    this.options = options;
  }

  ok(r: Reader, count: number): void {
    const alias = r.uint();
    const epoch = r.uint();
    const offset = uintOrNil(r);
    const level = levels[r.uint()] ?? "received";
    const duplicate = r.bool();
    r.closeTuple(count, 7);
    if (r.fault !== "") return;
    this.#publisher.aliases.set(this.topic, alias);
    const at = offset === undefined ? undefined : position(epoch, offset);
    this.resolve({ position: at, duplicate, level });
  }

  refused(error: ClientError): void {
    if (error.code !== "unknown-alias" || this.#isAgain) return this.fail(error);
    this.#isAgain = true;
    this.#publisher.aliases.delete(this.topic);
    this.#publisher.wait(this);
  }

  cut(cause: ClientError | undefined): void {
    this.fail(new ClientError("unknown-outcome", { retryable: true, cause }));
  }
}

/** Publishes for all topics of a client. */
export class Publisher {
  /** The largest payload that the hub takes, in bytes. */
  payloadBytesMax: number = Infinity;
  /** What may stand for the names of topics on this link. */
  readonly aliases: Map<string, number> = new Map();
  readonly #driver: Driver;
  readonly #codec: Codec;
  #outbox: Publishing[] = [];

  constructor(driver: Driver, codec: Codec) {
    this.#driver = driver;
    this.#codec = codec;
  }

  publish(topic: string, data: unknown, options: PublishOptions): Promise<Published> {
    const call = new Publishing(this, this.#driver, topic, options);
    const fault = this.#encode(call, data);
    if (fault) call.fail(fault);
    else this.wait(call);
    return call.promise;
  }

  /** What is not answered yet. */
  get pending(): readonly Call<Published>[] {
    return [...this.#driver.users].filter((user) => user instanceof Publishing);
  }

  /** It is sent as soon as there is a link. */
  wait(call: Publishing): void {
    this.#outbox.push(call);
    this.#driver.sender.soon();
  }

  load(): void {
    for (const call of this.#outbox.splice(0)) if (call.isOpen) this.#send(call);
  }

  /** The topic that an alias stands for, which is sent by name from now on. */
  unaliased(topic: string | number | null): string | undefined {
    for (const [name, alias] of this.aliases)
      if (alias === topic) {
        this.aliases.delete(name);
        return name;
      }
    return typeof topic === "string" ? topic : undefined;
  }

  #encode(call: Publishing, data: unknown): ClientError | undefined {
    try {
      call.payload = this.#codec.encode(data);
    } catch (cause) {
      return new ClientError("unencodable", { cause });
    }
    return this.#driver.sender.isLinked || this.#hasRoom(call.payload.length)
      ? undefined
      : new ClientError("outbox-full", { retryable: true });
  }

  #hasRoom(bytes: number): boolean {
    this.#outbox = this.#outbox.filter((call) => call.isOpen);
    for (const { payload } of this.#outbox) bytes += payload.length;
    return this.#outbox.length < outboxCountMax && bytes <= outboxBytesMax;
  }

  #send(call: Publishing): void {
    const { topic, payload, options } = call;
    const { sender } = this.#driver;
    if (payload.length > this.payloadBytesMax) return call.fail(new ClientError("too-large"));
    const { confirm, key, headers } = options;
    const elements = [
      this.aliases.get(topic) ?? topic,
      confirm === "received" ? { confirm: 0 } : null,
      this.#codec.encoding,
      key === undefined && !headers ? null : { key, h: headers },
      payload,
    ];
    if (confirm !== "none") return void sender.ask(call, PUBLISH, ...elements);
    sender.say(PUBLISH, 0, ...elements);
    // the turn's message leaves before that
    queueMicrotask(() => call.resolve({ position: undefined, duplicate: false, level: "none" }));
  }
}
