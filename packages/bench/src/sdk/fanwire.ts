import { createClient } from "@fanwire/client";
import { BACK, type OpenSdk } from "./sdk.ts";
import type { Quote } from "./quotes.ts";

/** Our client. */
export const openFanwire: OpenSdk = async (port) => {
  const client = createClient(`ws://127.0.0.1:${port}/`, { backoff: BACK });
  await client.ready();
  const subscriptions: { readonly state: { get(): string }; readonly ready: Promise<unknown> }[] =
    [];
  return {
    async follow(topics, take) {
      const added = topics.map((name) =>
        client.topic<Quote>(name).subscribe(({ data }) => take(data)),
      );
      subscriptions.push(...added);
      await Promise.all(added.map(({ ready }) => ready));
    },
    live: () => subscriptions.filter(({ state }) => state.get() === "live").length,
    async publish(name, quotes) {
      const topic = client.topic(name);
      await Promise.all(quotes.map((one) => topic.publish(one)));
    },
    close: () => client.close(),
  };
};
