// Who is among the members of a topic, as those know who come and go.

import { client } from "@fanwire/testkit";
import type { TestClient } from "../hub.testkit.ts";
import { payloadOf } from "./payload.testkit.ts";

export class Members {
  readonly topic: string;
  /** Connections, and what each says of itself; null: it is no member. */
  readonly #all = new Map<TestClient, number | null>();

  constructor(topic: string) {
    this.topic = topic;
  }

  get connections(): readonly TestClient[] {
    return [...this.#all.keys()];
  }

  add(c: TestClient): void {
    this.#all.set(c, null);
  }

  enter(c: TestClient, payload: number): void {
    c.send(client.enter(payload, this.topic, payloadOf(payload)));
    this.#all.set(c, payload);
  }

  leave(c: TestClient): void {
    c.send(client.leave(1, this.topic));
    this.#all.set(c, null);
  }

  /** The connection is lost, without a word. */
  cut(c: TestClient): void {
    c.disconnect();
    this.#all.delete(c);
  }

  /** The hub is gone. */
  clear(): void {
    this.#all.clear();
  }

  /** By session: what each says of itself. */
  get present(): ReadonlyMap<string, number> {
    const present = new Map<string, number>();
    for (const [{ session }, payload] of this.#all)
      if (session?.phase === "live" && payload !== null) present.set(session.id, payload);
    return present;
  }
}
