// How an application is tested with @fanwire/testing: the real client, the real hub, no network, and time that passes when the test says so.

import { createTestHub, type TestHub } from "@fanwire/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Chat } from "./chat.ts";

let world: TestHub;

beforeEach(() => {
  world = createTestHub({ topics: [{ match: "chat.*", history: { count: 50 } }] });
});

afterEach(() => world.close());

const textsOf = (chat: Chat): string[] => chat.view.lines.map(({ text }) => text);

test("what one writes the other reads, and who comes later reads it too", async () => {
  const [ada, bob] = [
    new Chat(world.client(), "tea", "ada"),
    new Chat(world.client(), "tea", "bob"),
  ];
  await ada.send("milk?");
  await world.settle();
  expect(textsOf(bob)).toEqual(["milk?"]);
  const late = new Chat(world.client(), "tea", "cid");
  await world.settle();
  expect(late.view.lines).toEqual([{ from: "ada", text: "milk?", isSent: true }]);
});

test("who is offline sees it, and what they write meanwhile is sent once when they are back", async () => {
  const client = world.client();
  const chat = new Chat(client, "tea", "ada");
  await world.settle();
  world.unplug(client);
  await world.settle();
  const sent = chat.send("are you there?");
  expect(chat.view.notice).toContain("You are offline");
  expect(chat.view.lines).toMatchObject([{ text: "are you there?", isSent: false }]);
  await world.advance(30_000);
  expect(world.published("chat.tea")).toEqual([]);
  world.plug(client);
  await world.advance(20_000);
  await sent;
  expect(chat.view).toEqual({
    notice: "",
    lines: [{ from: "ada", text: "are you there?", isSent: true }],
  });
  expect(world.published("chat.tea")).toHaveLength(1);
});

test("lines that nobody can get any more leave a remark in their place", async () => {
  const chat = new Chat(world.client(), "tea", "ada");
  await world.settle();
  world.gap("chat.tea", 3);
  for (const text of ["1", "2", "3", "4"]) world.publish("chat.tea", { from: "bob", text });
  await world.settle();
  expect(textsOf(chat)).toEqual(["3 lines are missing here.", "4"]);
});

test("who may only read is told so when they write", async () => {
  const client = world.client();
  const chat = new Chat(client, "tea", "ada");
  world.refuse(client, "publish", "forbidden");
  await chat.send("me too");
  expect(chat.view).toEqual({
    notice: '"me too" was not sent: you may only read here.',
    lines: [],
  });
});
