// Who looks after the queues of the world of jobs: declares, holds, empties and looks at them, and hears what they tell.

import { decodePayload, down, type EnvelopeValue } from "@fanwire/protocol";
import { client, type WireFrame } from "@fanwire/testkit";
import type { TestClient } from "../hub.testkit.ts";
import { keyOf } from "./job-disk.testkit.ts";
import type { Ledger } from "./job-ledger.testkit.ts";
import type { QueueKind } from "./job-queues.testkit.ts";

type Args = Readonly<Record<string, EnvelopeValue>>;

/** What may be answered: what came with an OK; null when it was refused. */
type Answer = ReadonlyMap<string, EnvelopeValue> | null;

/** What is told of a job. */
interface Told {
  readonly queue: string;
  readonly seq: number;
  readonly state: string;
}

const ENDS: ReadonlySet<string> = new Set(["dropped", "expired", "purged"]);

export class JobOperator {
  readonly c: TestClient;
  /** Jobs that were told to be purged, since it was asked. */
  #purged: string[] = [];
  readonly #ledger: Ledger;
  readonly #asked = new Map<number, (answer: Answer) => void>();
  #id = 1;

  constructor(c: TestClient, ledger: Ledger) {
    this.c = c;
    this.#ledger = ledger;
    c.send(client.subscribe(this.#id, "$queue.*.jobs"));
  }

  ask(verb: string, queue: string, args: Args | null, then: (answer: Answer) => void): void {
    this.#asked.set(++this.#id, then);
    this.c.send(client.manage(this.#id, verb, queue, args));
  }

  declare(kind: QueueKind): void {
    this.ask("declare", kind.name, kind.said, () => {});
  }

  /** Looks at all jobs of a queue, and at what they have failed. */
  look({ name }: QueueKind): void {
    for (const state of ["ready", "delayed", "leased", "dead"])
      this.ask("look", name, { state }, (answer) => {
        for (const job of (answer?.get("jobs") ?? []) as ReadonlyMap<string, number>[])
          // of a dead letter it says what it had failed where it died
          if (!job.has("deadFrom"))
            this.#ledger.looked(keyOf(name, job.get("seq")!), job.get("failures")!);
      });
  }

  /** `depthOf`: how many wait. Who asks knows that only by asking. */
  purge({ name }: QueueKind, depth: number): void {
    this.#purged = [];
    const purged = this.#purged;
    this.ask("purge", name, { depth }, (answer) => {
      if (answer !== null) this.#ledger.purged(purged);
    });
  }

  redrive({ name }: QueueKind): void {
    this.#ledger.forgive(name);
    this.ask("redrive", name, null, () => {});
  }

  hear(frame: WireFrame): void {
    const [op, id, result] = frame;
    if (op === down.OK) this.#answer(id as number, result instanceof Map ? result : new Map());
    else if (op === down.REFUSED) this.#answer(id as number, null);
    else if (op === down.PATTERN_PUBLICATION) this.#told(frame.at(-1) as Uint8Array);
  }

  #answer(id: number, answer: Answer): void {
    const then = this.#asked.get(id);
    this.#asked.delete(id);
    then?.(answer);
  }

  #told(payload: Uint8Array): void {
    const { queue, seq, state } = decodePayload(payload.slice()) as Told;
    if (!ENDS.has(state)) return;
    const key = keyOf(queue, seq);
    this.#ledger.tellsEnd(key, state);
    if (state === "purged") this.#purged.push(key);
  }
}
