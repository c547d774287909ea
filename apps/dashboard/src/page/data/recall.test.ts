import type { Client, Publication } from "@fanwire/client";
import { expect, test } from "vitest";
import { Recall } from "./recall.ts";

const NOW = 1_000_000;

/** Topics with a publication a second, as far back as they say; reading is logged by topic and age in seconds. */
function recall(kept: Readonly<Record<string, number>>, failing?: string) {
  const log: string[] = [];
  const open = { now: 0, most: 0 };
  const topic = (name: string) => ({
    async *history({ backwards }: { backwards: boolean }) {
      expect(backwards).toBe(true);
      open.most = Math.max(open.most, ++open.now);
      for (let age = 1; age <= kept[name]!; age++) {
        await Promise.resolve();
        if (name === failing && age === 3) throw new Error("The topic has begun again.");
        yield { topic: name, time: NOW - age * 1_000 } as Publication;
      }
      open.now--;
    },
  });
  const made = new Recall({
    client: { topic } as unknown as Client,
    now: () => NOW,
    take: ({ topic: name, time }) => void log.push(`${name} ${(NOW - time) / 1_000}`),
  });
  return { made, log, open };
}

test("the last minute of every topic comes before what is older of any", async () => {
  const { made, log } = recall({ a: 700, b: 700 });
  made.add("a");
  made.add("b");
  await expect.poll(() => log.length).toBe(2 * 601);
  const older = log.findIndex((entry) => Number(entry.split(" ")[1]) > 61);
  expect(new Set(log.slice(0, older).map((entry) => entry.split(" ")[0]))).toEqual(
    new Set(["a", "b"]),
  );
  expect(log.indexOf("b 60")).toBeLessThan(log.indexOf("a 62"));
  expect(log.at(-1)).toMatch(/ 601$/);
});

test("of many topics only some are read at a time, and all of them in the end", async () => {
  const kept = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`t${i}`, 5]));
  const { made, log, open } = recall(kept);
  for (const name of Object.keys(kept)) made.add(name);
  await expect.poll(() => log.length).toBe(200);
  expect(open).toEqual({ now: 0, most: 8 });
});

test("a topic that cannot be read on stops none of the others", async () => {
  const { made, log } = recall({ a: 90, b: 90 }, "a");
  made.add("a");
  made.add("b");
  await expect.poll(() => log.filter((entry) => entry.startsWith("b"))).toHaveLength(90);
  expect(log.filter((entry) => entry.startsWith("a"))).toEqual(["a 1", "a 2"]);
});
