// A page with one client, whose publications are counted.

import { Meter } from "../sdk/meter.ts";
import type { SdkName } from "../sdk/sdks.ts";

let meter: Meter | undefined;

Object.assign(globalThis, {
  bench: {
    async open(name: SdkName, port: number): Promise<void> {
      meter = await Meter.open(name, port);
    },
    follow: (topics: readonly string[]) => meter!.follow(topics),
    taken: () => meter!.taken,
    worth: () => meter!.worth,
  },
});
