// Many subscriptions after a cut: what is said until they are live again.

import type { Child } from "../child.ts";
import type { Counts } from "../relay/relay.ts";
import type { PublishOrder } from "../relay/main.ts";
import type { Measured } from "../result.ts";
import { count, type Start } from "../scenario.ts";
import { topicsOf } from "../sdk/quotes.ts";
import type { SdkName } from "../sdk/sdks.ts";
import { reached, withParts } from "./client-parts.ts";

/** What is called so in the rows. */
export const resumeCase = (subscriptions: number): string =>
  `${count(subscriptions)} subscriptions resumed`;

/** Of the first message in each direction nothing is said: they are greetings. */
const GREETING = 1;

/** Cuts the link, lets the client come back, and sees that each subscription is there. */
export function measureResume(
  start: Start,
  name: SdkName,
  subscriptions: number,
): Promise<Measured> {
  return withParts(async (parts) => {
    const topics = topicsOf(subscriptions);
    const relay = parts.relay();
    const client = parts.client();
    const { port } = await start().server.ready;
    await client.ask("open", { name, port: await relay.ask<number>("open", { name, port }) });
    await client.ask("follow", topics);
    const told = await publishToAll(relay, client, topics);
    await relay.ask("cut");
    await reached(async () => -(await client.ask<number>("live")), 0);
    await relay.ask("mend");
    const begun = performance.now();
    const live = await reached(() => client.ask("live"), subscriptions);
    const tookMs = performance.now() - begun;
    const { up, down } = await relay.ask<Counts>("counts");
    const again = await publishToAll(relay, client, topics, told);
    return {
      case: resumeCase(subscriptions),
      values: { messagesUp: up - GREETING, messagesDown: down - GREETING, tookMs },
      failures: [
        ...(live === subscriptions ? [] : [`${live} of ${subscriptions} were live again.`]),
        ...(again === 2 * subscriptions
          ? []
          : [`${again} of ${2 * subscriptions} publications came.`]),
      ],
    };
  });
}

/** One to each. Returns how many have come to the client in all. */
async function publishToAll(
  relay: Child,
  client: Child,
  topics: readonly string[],
  before = 0,
): Promise<number> {
  await relay.ask("publish", { topics, each: 1 } satisfies PublishOrder);
  return reached(() => client.ask("taken"), before + topics.length);
}
