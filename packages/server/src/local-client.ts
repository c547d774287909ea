// The hub's own process, as a client that publishes and follows without frames of its own.

import { encodePayload, encoding, metaMap } from "@fanwire/protocol";
import type { Broker } from "./core/broker.ts";
import type { Published } from "./core/handlers/publish.ts";
import type { Refusal } from "./core/refusal.ts";
import type { LiveSession, LiveStream } from "./core/session.ts";
import { HubError } from "./errors.ts";
import { LocalAnswers } from "./local-answers.ts";
import { type LocalHandler, LocalWire } from "./local.ts";
import type { Logger } from "./ports/logger.ts";

/** Where a publication of the hub's own process went. */
export interface LocalPublished {
  readonly epoch: number;
  readonly offset: number;
  /** Resolves when it is shown: of a durable topic, when it is on disk. Rejects with a {@link HubError} `storage-full` when it never will be. */
  readonly stored: Promise<void>;
}

/** What a publication of the hub's own process may carry beside its payload. */
export interface LocalPublishOptions {
  /** State key, at most 128 bytes. */
  readonly key?: string;
  /** At most 16. */
  readonly headers?: Readonly<Record<string, string>>;
}

export class LocalClient {
  readonly #told: () => Broker;
  readonly #logger: Logger;
  readonly #answers = new LocalAnswers();
  readonly #session: LiveSession;

  /** `told`: the core, after it was told the time. */
  constructor(told: () => Broker, logger: Logger) {
    this.#told = told;
    this.#logger = logger;
    this.#session = told().openedLocal(this.#answers, "hub");
  }

  /** See `Hub.publish`. */
  publish(topic: string, data: unknown, options: LocalPublishOptions = {}): LocalPublished {
    const { key, headers } = options;
    const meta = metaMap({ ...(key !== undefined && { key }), ...(headers && { h: headers }) });
    const bytes = encodePayload(data);
    const content = { encoding: encoding.messagePack, meta, bytes, from: 0, to: bytes.length };
    const id = this.#answers.nextId();
    const published = accepted<Published>(this.#told().publish(this.#session, topic, content, id));
    const { epoch } = published.topic;
    const stored = published.isStored ? SHOWN : this.#answers.to(id);
    return { epoch, offset: published.offset, stored };
  }

  /** See `Hub.subscribe`. */
  subscribe(pattern: string, handler: LocalHandler): () => void {
    const wire = new LocalWire(pattern, handler, this.#logger);
    const session = this.#told().openedLocal(wire, "hub");
    const stream = accepted<LiveStream>(this.#told().subscribe(session, pattern));
    if ("epoch" in stream) wire.epoch = stream.epoch as number;
    return () => {
      this.#told().closed(wire);
      wire.shut();
    };
  }

  /** What waits to be stored hears that it will not be. */
  shut(): void {
    this.#answers.shut();
  }
}

/** Of what needs no store. */
const SHOWN: Promise<void> = Promise.resolve();

function accepted<T extends LiveStream | Published>(answer: T | Refusal): T {
  if (!("text" in answer)) return answer;
  const { name, text } = answer;
  if (name === "too-many-topics" || name === "storage-full") throw new HubError(name, text);
  throw new TypeError(text);
}
