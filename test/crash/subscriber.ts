// Follows a topic or pattern with the SDK, through restarts of the hub, and now and then as another client that goes on from a position that was
// kept.

import {
  type Client,
  createClient,
  type Position,
  type Publication,
  type Subscription,
} from "@fanwire/client";
import { payloadOf, type Recorder } from "./history.ts";

export class Subscriber {
  readonly who: string;
  readonly pattern: string;
  readonly #url: string;
  readonly #recorder: Recorder;
  #aborting = new AbortController();
  #client: Client;
  #subscription: Subscription<unknown>;
  readonly closeCodes: Set<number> = new Set<number>();

  /** It begins before anything is published. */
  constructor(url: string, who: string, pattern: string, recorder: Recorder) {
    this.#url = url;
    this.who = who;
    this.pattern = pattern;
    this.#recorder = recorder;
    recorder.add({ kind: "follows", who, pattern, fromFirst: true });
    [this.#client, this.#subscription] = this.#open(undefined);
  }

  get ready(): Promise<unknown> {
    return this.#subscription.ready;
  }

  /** Ends, and goes on as another client. */
  hop(): void {
    const { position } = this.#subscription;
    this.stop();
    this.#aborting = new AbortController();
    const { who, pattern } = this;
    // nothing was heard yet, so it begins anew
    if (position === undefined)
      this.#recorder.add({ kind: "follows", who, pattern, fromFirst: false });
    [this.#client, this.#subscription] = this.#open(position);
  }

  /** Loses the link, and comes back. */
  reconnect(): void {
    this.#client.reconnect();
  }

  stop(): void {
    this.#aborting.abort();
    this.#subscription.ready.catch(() => {});
  }

  #open(from: Position | undefined): [Client, Subscription<unknown>] {
    const { signal } = this.#aborting;
    const client = createClient(this.#url, {
      signal,
      backoff: { minMs: 5, maxMs: 50 },
      onDiagnostic: () => {},
    });
    client.status.subscribe((status) => {
      if (status.state !== "waiting") return;
      const { closeCode } = status.cause;
      if (closeCode !== undefined) this.closeCodes.add(closeCode);
    });
    const { who, pattern } = this;
    const recorder = this.#recorder;
    const subscription = client
      .topic(pattern)
      .subscribe((publication: Publication) => this.#delivered(publication), { from });
    subscription.on("gap", ({ topic, missed, next, reason }) => {
      const [epoch, offset] = next === undefined ? [null, null] : placeOf(next);
      recorder.add({
        kind: "gap",
        who,
        topic: topic ?? null,
        epoch,
        next: offset,
        missed: missed ?? null,
        reason,
      });
    });
    subscription.on("ended", (error) => {
      if (!signal.aborted)
        recorder.add({ kind: "ended", who, code: error?.code ?? "without a reason" });
    });
    return [client, subscription];
  }

  #delivered({ topic, position, data, replayed }: Publication): void {
    const [epoch, offset] = placeOf(position);
    const payload = payloadOf(data);
    const { who } = this;
    this.#recorder.add({ kind: "delivered", who, topic, epoch, offset, payload, replayed });
  }
}

/** Positions are opaque to applications; here is looked into them. */
function placeOf(position: Position): [epoch: number, offset: number] {
  const [epoch, offset] = position.split(":").map(Number);
  return [epoch!, offset!];
}
