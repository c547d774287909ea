// Stores in Vue, Svelte and Solid, by what stands in test/frameworks, in a real browser with a real hub.

import { type Client, createClient, topic } from "@fanwire/client";
import { createEffect, createRoot } from "solid-js";
import { get } from "svelte/store";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { createApp, h } from "vue";
import { useStore as useInSolid } from "../frameworks/solid.ts";
import { averageOf } from "../frameworks/svelte.ts";
import { useStore as useInVue } from "../frameworks/vue.ts";

let client: Client;
let name: string;

beforeEach(() => {
  client = createClient(inject("hubUrl"));
  name = topic`test.${crypto.randomUUID()}`;
});

afterEach(() => client.close());

/** How many have come. */
const counted = () =>
  client.topic<number>(name).store({
    initial: 0,
    reduce: (count: number, batch) => count + batch.length,
    lingerMs: 0,
  });

test("a component of Vue shows a store, and leaves the topic when it goes", async () => {
  const store = counted();
  const place = document.createElement("main");
  const app = createApp({
    setup() {
      const count = useInVue(store);
      return () => h("b", count.value);
    },
  });
  app.mount(place);
  await client.topic(name).publish(1);
  await expect.poll(() => place.innerHTML).toBe("<b>1</b>");
  app.unmount();
  await expect.poll(() => store.get()).toBe(0);
});

test("a store is a store of Svelte", async () => {
  const store = averageOf(client, name);
  const seen: number[] = [];
  const off = store.subscribe((average) => seen.push(average));
  await client.topic(name).publish(1);
  await client.topic(name).publish(2);
  await expect.poll(() => get(store)).toBe(1.5);
  expect(seen.slice(-2)).toEqual([1, 1.5]);
  off();
});

test("a store is a signal of Solid, and is left with its owner", async () => {
  const store = counted();
  const seen: number[] = [];
  const dispose = createRoot((end) => {
    const count = useInSolid(store);
    createEffect(() => seen.push(count()));
    return end;
  });
  await client.topic(name).publish(1);
  await client.topic(name).publish(2);
  await expect.poll(() => seen).toEqual([0, 1, 2]);
  dispose();
  await expect.poll(() => store.get()).toBe(0);
});
