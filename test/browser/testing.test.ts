// @fanwire/testing in a browser: the hub's core needs no Node.

import { createTestHub } from "@fanwire/testing";
import { expect, test } from "vitest";

test("a whole world lives in a page", async () => {
  const world = createTestHub({ topics: [{ match: "a", history: true, durable: true }] });
  const client = world.client();
  const got: unknown[] = [];
  client.topic("a").subscribe(({ data }) => got.push(data));
  await client.topic("a").publish({ n: 1 });
  world.cut(client);
  await world.settle();
  world.publish("a", { n: 2 });
  await world.advance(1000);
  expect(got).toEqual([{ n: 1 }, { n: 2 }]);
  await world.close();
});
