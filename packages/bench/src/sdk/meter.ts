// A client that is handed publications, and counts them: in Node and in a page.

import type { Quote } from "./quotes.ts";
import type { SdkClient } from "./sdk.ts";
import { type SdkName, sdks } from "./sdks.ts";

/** What a client did while it was looked at. */
export interface Taken {
  readonly publications: number;
  readonly seconds: number;
  /** Of all its processes. */
  readonly cpuSeconds: number;
  /** In which the main thread of a page had something to do. */
  readonly mainSeconds?: number;
}

/** One client and what was handed to it. */
export class Meter {
  readonly client: SdkClient;
  taken = 0;
  /** Of what was read in them: a client that hands on what it has not decoded would have to do it now. */
  #sum = 0;

  private constructor(client: SdkClient) {
    this.client = client;
  }

  static async open(name: SdkName, port: number): Promise<Meter> {
    return new Meter(await sdks[name](port));
  }

  follow(topics: readonly string[]): Promise<void> {
    return this.client.follow(topics, ({ bid, size }: Quote) => {
      this.taken++;
      this.#sum += bid * size;
    });
  }

  /** What all that was taken is worth, so that nobody finds out that it is not needed. */
  get worth(): number {
    return this.#sum;
  }
}
