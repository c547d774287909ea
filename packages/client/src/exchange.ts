// What is said over the link, in both directions: puts together who publishes, who listens and who carries it.

import { type down, type FrameHead, readHead, Reader } from "@fanwire/protocol";
import { type Cargo, Driver } from "./driver.ts";
import { type ClientError, refusal } from "./errors.ts";
import type { Options } from "./options.ts";
import { Publisher } from "./publisher.ts";
import { uintOrNil } from "./read.ts";
import type { Report } from "./report.ts";
import type { Runtime } from "./runtime.ts";
import { Streams } from "./streams.ts";
import { Subscriber } from "./subscriber.ts";

const WELCOME: typeof down.WELCOME = 33;
const OK: typeof down.OK = 34;
const REFUSED: typeof down.REFUSED = 35;
const PUBLICATION: typeof down.PUBLICATION = 36;
const PATTERN_PUBLICATION: typeof down.PATTERN_PUBLICATION = 37;
const GAP: typeof down.GAP = 38;
const ENDED: typeof down.ENDED = 39;
const CAUGHT_UP: typeof down.CAUGHT_UP = 40;
const PING: typeof down.PING = 41;
const MOVING: typeof down.MOVING = 43;

/** The conversation of a client with its hub, over all links. */
export class Exchange implements Cargo {
  readonly driver: Driver;
  readonly publisher: Publisher;
  readonly subscriber: Subscriber;
  readonly #report: Report;
  readonly #streams = new Streams();
  readonly #reader = new Reader();
  readonly #head: FrameHead = { count: 0, op: 0 };

  constructor(options: Options, runtime: Runtime) {
    this.#report = options.report;
    this.driver = new Driver(options, runtime, this);
    this.publisher = new Publisher(this.driver, options.codec);
    this.subscriber = new Subscriber(this.driver, this.#streams, options);
  }

  read(bytes: Uint8Array): string {
    const r = this.#reader.reset(bytes);
    this.#streams.message++;
    while (r.left > 0) {
      readHead(r, this.#head);
      this.#frame(r, this.#head.op, this.#head.count);
    }
    return r.fault;
  }

  load(): void {
    this.subscriber.load();
    this.publisher.load();
  }

  cut(cause: ClientError | undefined): void {
    this.publisher.aliases.clear();
    this.subscriber.cut(cause);
  }

  #frame(r: Reader, op: number, count: number): void {
    switch (op) {
      case PUBLICATION:
        return this.#streams.publication(r, count);
      case PATTERN_PUBLICATION:
        return this.#streams.patternPublication(r, count);
      case OK:
        return this.#ok(r, count);
      case REFUSED:
        return this.#refused(r, count);
      case WELCOME:
        return this.#welcome(r, count);
      case GAP:
        return this.#streams.gap(r, count);
      case ENDED:
        return this.#streams.ended(r, count);
      case CAUGHT_UP:
        return this.#streams.caughtUp(r, count);
      case PING:
        return this.#ping(r, count);
      case MOVING:
        return this.#moving(r, count);
      default:
        return r.closeTuple(count, 1);
    }
  }

  #ok(r: Reader, count: number): void {
    const asker = this.driver.sender.take(r.uint());
    if (!asker) return r.closeTuple(count, 2);
    asker.ok(r, count);
    if (r.fault !== "") asker.cut(undefined); // it was taken, and this was no answer
  }

  #refused(r: Reader, count: number): void {
    const id = r.uint();
    const error = refusal(r.uint(), r.text(), uintOrNil(r));
    const topic = r.value() as string | number | null;
    const times = uintOrNil(r);
    r.closeTuple(count, 7);
    if (r.fault !== "") return;
    if (id > 0) return this.driver.sender.take(id)?.refused(error);
    this.#report({ kind: "refused", error, topic: this.publisher.unaliased(topic), count: times });
  }

  #welcome(r: Reader, count: number): void {
    r.uint();
    const session = r.text();
    r.text();
    r.uint();
    const limits = r.entries();
    r.closeTuple(count, 6);
    if (r.fault !== "") return;
    const limit = (name: string, otherwise: number): number => {
      const told = limits.get(name);
      return typeof told === "number" && told > 0 ? told : otherwise;
    };
    this.driver.sender.batchBytesMax = limit("batchBytesMax", 262_144);
    this.publisher.payloadBytesMax = limit("payloadBytesMax", Infinity);
    const pingMs = limit("pingMs", 25_000);
    const pingTimeoutMs = limit("pingTimeoutMs", 10_000);
    this.driver.step({ type: "welcome", session, pingMs, pingTimeoutMs });
  }

  #ping(r: Reader, count: number): void {
    const n = r.uint();
    r.closeTuple(count, 2);
    if (r.fault === "") this.driver.pong(n);
  }

  #moving(r: Reader, count: number): void {
    const afterMs = r.uint();
    r.closeTuple(count, 2);
    if (r.fault === "") this.driver.step({ type: "moving", afterMs });
  }
}
