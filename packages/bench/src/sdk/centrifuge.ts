import { Centrifuge, type Subscription, SubscriptionState } from "centrifuge";
import { BACK, type OpenSdk } from "./sdk.ts";
import type { Quote } from "./quotes.ts";

/** centrifuge-js, in its JSON language: the one that it speaks without another bundle. */
export const openCentrifuge: OpenSdk = async (port) => {
  const client = new Centrifuge(`ws://127.0.0.1:${port}/connection/websocket`, {
    minReconnectDelay: BACK.minMs,
    maxReconnectDelay: BACK.maxMs,
  });
  client.connect();
  await client.ready();
  const subscriptions: Subscription[] = [];
  return {
    async follow(topics, take) {
      client.startBatching();
      const added = topics.map((topic) => {
        const subscription = client.newSubscription(topic);
        subscription.on("publication", ({ data }) => take(data as Quote));
        subscription.subscribe();
        return subscription;
      });
      client.stopBatching();
      subscriptions.push(...added);
      await Promise.all(added.map((subscription) => subscription.ready()));
    },
    live: () => subscriptions.filter(({ state }) => state === SubscriptionState.Subscribed).length,
    async publish(topic, quotes) {
      client.startBatching();
      const answers = quotes.map((one) => client.publish(topic, one));
      client.stopBatching();
      await Promise.all(answers);
    },
    async close() {
      client.disconnect();
    },
  };
};
