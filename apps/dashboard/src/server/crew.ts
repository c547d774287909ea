// Tells pages which work is offered and which workers there are: a state, told again to a hub that has forgotten it.
import { createClient, type Client } from "@fanwire/client";
import { signToken, type KeyInput } from "@fanwire/server";
import { BACKOFF } from "../backoff.ts";
import type { Crew } from "../jobs.ts";

const TOPIC = "jobs.workers";
const RIGHTS = { pub: [TOPIC], sub: [TOPIC] };

export interface CrewParts {
  readonly hubPort: number;
  readonly key: KeyInput;
  readonly tokenSeconds: number;
  /** As it is now. */
  readonly crew: () => Crew;
}

export class CrewTeller {
  readonly #parts: CrewParts;
  #client: Client | undefined;

  constructor(parts: CrewParts) {
    this.#parts = parts;
  }

  /** To be called when there is a hub. */
  start(): void {
    const { hubPort, key, tokenSeconds } = this.#parts;
    const client = createClient(`ws://localhost:${hubPort}`, {
      backoff: BACKOFF,
      token: () => signToken(key, { sub: "supervisor", ttl: tokenSeconds, fanwire: RIGHTS }),
    });
    this.#client = client;
    // a client that follows nothing is not connected for long
    client.topic(TOPIC).subscribe(() => undefined);
    client.status.subscribe(({ state }) => {
      if (state === "live") this.tell();
    });
  }

  tell(): void {
    // without a connection it is told when there is one again
    if (this.#client?.status.get().state !== "live") return;
    const told = this.#client.topic(TOPIC).publish(this.#parts.crew());
    told.catch(() => undefined);
  }

  async close(): Promise<void> {
    await this.#client?.close();
  }
}
