import type { Filled } from "./orders.ts";

/** How many publications a topic was filled with. */
export function filledOf({ perTopic, extra = 0 }: Filled, topic: number): number {
  return perTopic + (topic % (extra + 1));
}
