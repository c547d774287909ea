// Holds the values that newcomers are told of state topics against what was known of each key.

import type { Faults } from "./faults.ts";
import type { Figures } from "./figures.ts";
import { type Event, keyOf } from "./history.ts";
import type { Judge } from "./judge.ts";

/** What is known of a state topic. */
interface State {
  readonly epoch: number;
  /** By key, the offset of the latest publication that was confirmed, delivered, read or told. */
  readonly latest: Map<string, number>;
  /** What of it was known when a newcomer asked. */
  knownBefore: ReadonlyMap<string, number>;
  /** By key, what the newcomer was told. */
  told: Map<string, number>;
}

export class StateJudge implements Judge {
  readonly #isState: (topic: string) => boolean;
  readonly #faults: Faults;
  readonly #figures: Figures;
  readonly #states = new Map<string, State>();

  constructor(isState: (topic: string) => boolean, faults: Faults, figures: Figures) {
    this.#isState = isState;
    this.#faults = faults;
    this.#figures = figures;
  }

  add(event: Event): void {
    switch (event.kind) {
      case "confirmed":
        if (event.offset !== null)
          this.#know(event.topic, event.epoch, event.offset, event.payload);
        return;
      case "delivered":
      case "read":
        return this.#know(event.topic, event.epoch, event.offset, event.payload);
      case "asksForValues":
        return this.#onAsked(event.topic);
      case "value":
        return this.#onValue(event);
      case "valuesTold":
        return this.#onTold(event.topic);
    }
  }

  finish(): void {}

  #know(topic: string, epoch: number, offset: number, payload: string): void {
    if (!this.#isState(topic)) return;
    let state = this.#states.get(topic);
    if (state?.epoch !== epoch) {
      state = { epoch, latest: new Map(), knownBefore: new Map(), told: new Map() };
      this.#states.set(topic, state);
    }
    const key = keyOf(payload);
    state.latest.set(key, Math.max(state.latest.get(key) ?? 0, offset));
  }

  #onAsked(topic: string): void {
    const state = this.#states.get(topic);
    if (state === undefined) return;
    state.knownBefore = new Map(state.latest);
    state.told = new Map();
  }

  #onValue({ topic, key, epoch, offset, payload }: Extract<Event, { kind: "value" }>): void {
    this.#figures.values++;
    if (key !== keyOf(payload))
      this.#faults.add("changed", `${payload} is the value of ${key} of ${topic}.`);
    this.#know(topic, epoch, offset, payload);
    const told = this.#states.get(topic)?.told;
    const last = Math.max(0, ...(told?.values() ?? []));
    if (offset <= last)
      this.#faults.add(
        "out-of-order",
        `A value of ${topic}, from ${offset}, was told behind the one from ${last}.`,
      );
    told?.set(key, offset);
  }

  #onTold(topic: string): void {
    const state = this.#states.get(topic);
    if (state === undefined) return;
    for (const [key, offset] of state.knownBefore) {
      const told = state.told.get(key);
      if (told === undefined) this.#faults.add("lost", `${key} of ${topic} has no value any more.`);
      else if (told < offset)
        this.#faults.add(
          "stale",
          `${key} of ${topic} has the value from ${told}, and had the one from ${offset}.`,
        );
    }
  }
}
