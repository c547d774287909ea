// What a subscription takes in a client.

import type { Child } from "../child.ts";
import { passed } from "../in-turn.ts";
import type { Sample } from "../peers/sample.ts";
import type { Measured } from "../result.ts";
import { count, type Start } from "../scenario.ts";
import { topicsOf } from "../sdk/quotes.ts";
import type { SdkName } from "../sdk/sdks.ts";
import { withParts } from "./client-parts.ts";

/** Subscriptions before the baseline is taken, so that what the first ones load is not counted. */
const REHEARSED = 100;

/** After this long nothing is left of what asking for them took, in milliseconds. */
const SETTLE_MS = 1000;

/** A session of a page has no need of so many. */
const limits = { subscriptionsMax: 1_000_000 } as const;

/** What is called so in the rows. */
export const memoryCase = (subscriptions: number): string =>
  `${count(subscriptions)} subscriptions held`;

/** Subscribes to so many topics, and looks at the heap before and after. */
export function measureMemory(
  start: Start,
  name: SdkName,
  subscriptions: number,
): Promise<Measured> {
  return withParts(async (parts) => {
    const client = parts.client();
    const { port } = await start({ limits }).server.ready;
    const topics = topicsOf(REHEARSED + subscriptions);
    await client.ask("open", { name, port });
    await client.ask("follow", topics.slice(0, REHEARSED));
    const before = await settled(client);
    await client.ask("follow", topics.slice(REHEARSED));
    const after = await settled(client);
    const live = await client.ask<number>("live");
    const nameBytes = topics[0]!.length;
    const heapBytes = after.heapBytes - before.heapBytes;
    return {
      case: memoryCase(subscriptions),
      values: { bytesPerSubscription: heapBytes / subscriptions - nameBytes },
      failures: live === topics.length ? [] : [`${live} of ${topics.length} were live.`],
    };
  });
}

async function settled(client: Child): Promise<Sample> {
  await passed(SETTLE_MS);
  return client.ask("collect");
}
