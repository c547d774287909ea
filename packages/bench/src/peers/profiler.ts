// The processor profile of the process that it is in.

import { type Profiler as Profile, Session } from "node:inspector/promises";

/** Microseconds between two samples. */
const INTERVAL_US = 200;

/** Between start and stop, samples are taken. */
export class Profiler {
  readonly #session = new Session();

  async start(): Promise<void> {
    this.#session.connect();
    await this.#session.post("Profiler.enable");
    await this.#session.post("Profiler.setSamplingInterval", { interval: INTERVAL_US });
    await this.#session.post("Profiler.start");
  }

  async stop(): Promise<Profile.Profile> {
    const { profile } = await this.#session.post("Profiler.stop");
    this.#session.disconnect();
    return profile;
  }
}
