// A store in Svelte is one of its own: `$prices` in a component, and whatever takes a store.

import type { Client } from "@fanwire/client";
import { derived, type Readable } from "svelte/store";

export function averageOf(client: Client, topic: string): Readable<number> {
  const prices = client.topic<number>(topic).store({ keep: 10 });
  return derived(prices, (last) => last.reduce((sum, { data }) => sum + data, 0) / last.length);
}
