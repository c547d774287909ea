// What every runtime must be able to do with a hub. Runs everywhere.

import { type Client, type ClientOptions, createClient } from "@fanwire/client";
import { enter, members } from "@fanwire/client/presence";
import { queue } from "@fanwire/client/queue";
import { liveMap } from "@fanwire/client/state";
import { type Case, next, type Place, same } from "./case.ts";

/** A case with a client, which is closed behind it. */
function withClient(
  name: string,
  run: (client: Client, place: Place) => Promise<void>,
  url: keyof Place = "hub",
  options?: (place: Place) => ClientOptions,
): Case {
  return {
    name,
    async run(place) {
      const client = createClient(place[url], {
        backoff: { minMs: 5, maxMs: 50 },
        ...options?.(place),
      });
      try {
        await run(client, place);
      } finally {
        await client.close();
      }
    },
  };
}

/** The first so many publications, by a loop. */
async function pulled(
  source: AsyncIterable<{ readonly data: unknown }>,
  count: number,
): Promise<unknown[]> {
  const got: unknown[] = [];
  for await (const { data } of source) if (got.push(data) === count) break;
  return got;
}

export const cases: readonly Case[] = [
  withClient("connect", async (client) => {
    await client.ready();
    same(client.status.get().state, "live");
  }),

  withClient("publish and confirm", async (client, { name }) => {
    const published = await client.topic(`${name}.plain`).publish({ n: 1 });
    same([published.duplicate, published.level], [false, "received"]);
    await client.topic(`${name}.plain`).publish(2, { confirm: "none" });
    await client.flush();
    same(client.pending, 0);
  }),

  withClient("subscribe, pushed", async (client, { name }) => {
    const topic = client.topic(`${name}.push`);
    const got = await next<unknown>((tell) => {
      const subscription = topic.subscribe(({ data, headers, key }) => tell([data, headers, key]));
      void subscription.ready.then(() =>
        topic.publish(
          { at: new Date(0), ü: [null, true, -1.5] },
          { headers: { h: "x" }, key: "k" },
        ),
      );
    });
    same(got, [{ at: new Date(0), ü: [null, true, -1.5] }, { h: "x" }, "k"]);
  }),

  withClient("subscribe, pulled", async (client, { name }) => {
    const subscription = client.topic<number>(`${name}.pull.*`).subscribe();
    await subscription.ready;
    for (let n = 0; n < 500; n++) void client.topic(`${name}.pull.a`).publish(n);
    same(
      await pulled(subscription, 500),
      Array.from({ length: 500 }, (_, n) => n),
    );
    same(subscription.state.get(), "ended");
  }),

  withClient("history", async (client, { name }) => {
    const topic = client.topic<number>(`kept.${name}.history`);
    for (let n = 1; n <= 5; n++) await topic.publish(n);
    same(await pulled(topic.history(), 5), [1, 2, 3, 4, 5]);
    same(await pulled(topic.subscribe({ from: { last: 2 } }), 2), [4, 5]);
    same((await topic.latest())?.data, 5);
  }),

  withClient(
    "resume after a cut",
    async (client, { hub, name, cutTopic }) => {
      const topic = client.topic<number>(`kept.${name}.resume`);
      const got: number[] = [];
      const subscription = topic.subscribe(({ data }) => got.push(data));
      await subscription.ready;
      await topic.publish(1);
      const isBack = next<{ recovered: boolean }>((tell) => subscription.on("live", tell));
      const isAway = next((tell) => subscription.on("interrupted", tell));
      const other = createClient(hub);
      await other.topic(cutTopic).publish(name);
      await isAway;
      await other.topic(topic.name).publish(2);
      await other.close();
      same(await isBack, { recovered: true });
      await topic.publish(3);
      same(got, [1, 2, 3]);
    },
    "wire",
  ),

  withClient(
    "token",
    async (client, { name }) => {
      await client.topic(`mine.runtime.${name}`).publish(1);
      const why = await client
        .topic(`mine.other.${name}`)
        .publish(1)
        .then(
          () => "nothing",
          ({ code }: { code: string }) => code,
        );
      same(why, "forbidden");
    },
    "keyed",
    ({ token }) => ({ token: () => token }),
  ),

  withClient(
    "no token",
    async (client) => {
      const why = await client.ready().then(
        () => "nothing",
        ({ code }: { code: string }) => code,
      );
      same(why, "unauthenticated");
      same(((await client.closed) ?? {}).code, "unauthenticated");
    },
    "keyed",
  ),

  withClient("presence", async (client, { name }) => {
    const here = members<string>(client, `${name}.present`);
    const came = next<string>((tell) => void here.on("join", ({ data }) => tell(data)));
    const left = next<string>((tell) => void here.on("leave", ({ data }) => tell(data)));
    const one = enter(client, `${name}.present`, "ada");
    same(await came, "ada");
    await one.leave();
    same(await left, "ada");
  }),

  withClient("queue: send and consume", async (client, { name }) => {
    const jobs = queue<{ n: number }>(client, "work");
    const done = next<unknown>((tell) => {
      const worker = jobs.consume(({ data, attempt }) => {
        if (data.n === 7) tell([data, attempt]);
      });
      void worker;
    });
    await jobs.send({ n: 7 }, { id: name });
    same(await done, [{ n: 7 }, 1]);
  }),

  withClient("state map", async (client, { name }) => {
    const topic = client.topic<number>(`state.${name}`);
    const map = liveMap(topic);
    await map.set("a", 1);
    await map.set("b", 2);
    await map.delete("a");
    await map.set("c", 3);
    const other = liveMap(topic);
    await next<void>((tell) => {
      other.subscribe((entries) => entries.has("c") && tell());
    });
    same(
      [...other.get()].map(([key, { data }]) => [key, data]),
      [
        ["b", 2],
        ["c", 3],
      ],
    );
  }),

  withClient("a payload of 100 KB", async (client, { name }) => {
    const topic = client.topic<Uint8Array>(`${name}.large`);
    const sent = Uint8Array.from({ length: 102_400 }, (_, n) => (n * 7) % 256);
    const came = next<Uint8Array>((tell) => void topic.subscribe(({ data }) => tell(data)));
    await client.ready();
    await topic.publish(sent);
    const got = await came;
    same([got.length, got.every((byte, n) => byte === sent[n])], [102_400, true]);
  }),

  withClient("close", async (client, { name }) => {
    const subscription = client.topic(`${name}.close`).subscribe(() => {});
    await subscription.ready;
    void client
      .topic(`${name}.close`)
      .publish("last words")
      .catch(() => {});
    await client.close();
    same(
      [client.status.get().state, subscription.state.get(), client.pending],
      ["closed", "ended", 0],
    );
    const why = await client
      .topic(`${name}.close`)
      .publish(1)
      .then(
        () => "nothing",
        ({ code }: { code: string }) => code,
      );
    same(why, "closed");
  }),
];
