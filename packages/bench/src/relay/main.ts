// The relay, a process of its own, and who publishes what is recorded.

import { answerQuestions } from "../control.ts";
import { cpuSeconds } from "../cpu-seconds.ts";
import { quote } from "../sdk/quotes.ts";
import type { SdkClient } from "../sdk/sdk.ts";
import { type SdkName, sdks } from "../sdk/sdks.ts";
import { Relay } from "./relay.ts";

/** Before which server it stands. */
export interface RelayOrder {
  readonly name: SdkName;
  readonly port: number;
}

/** So many quotes to each topic, in one turn. */
export interface PublishOrder {
  readonly topics: readonly string[];
  readonly each: number;
}

let relay: Relay | undefined;
let publisher: SdkClient | undefined;

answerQuestions(
  null,
  {
    /** Returns the port of the relay. */
    async open({ name, port }: RelayOrder) {
      relay = await Relay.open(port);
      publisher = await sdks[name](port);
      return relay.port;
    },
    async publish({ topics, each }: PublishOrder) {
      const from = the(publisher);
      const quotes = Array.from({ length: each }, (_, n) => quote(n, "ACME"));
      await Promise.all(topics.map((topic) => from.publish(topic, quotes)));
    },
    record: () => the(relay).record(),
    flood: (isNumbered: boolean) => the(relay).flood(isNumbered),
    calm: () => the(relay).calm(),
    cut: () => the(relay).cut(),
    mend: () => the(relay).mend(),
    counts: () => the(relay).counts(),
    cpuSeconds,
  },
  async () => relay?.close(),
);

function the<T>(present: T | undefined): T {
  if (present === undefined) throw new TypeError("The relay is not open.");
  return present;
}
