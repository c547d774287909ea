// Random orders of what tabs, the relay, a hub and the way between them can do.

import fc from "fast-check";
import { expect, test } from "vitest";
import { turn } from "../fake-hub.testkit.ts";
import type { From } from "../position.ts";
import type { Subscription } from "../subscription.ts";
import { KeepingHub, type Tab, Tabs } from "./world.testkit.ts";

const names = ["t.a", "t.b", "t.*"] as const;

const starts: readonly From[] = ["now", "start", { last: 2 }];

/** What one listener got, as `topic offset`. */
interface Heard {
  readonly name: string;
  readonly got: string[];
  readonly gaps: unknown[];
  readonly subscription: Subscription<unknown>;
  isOver: boolean;
}

class World {
  readonly hub: KeepingHub = new KeepingHub();
  readonly tabs: Tabs = new Tabs();
  readonly heard: Heard[] = [];
  readonly sent: unknown[] = [];
  readonly answers: Promise<unknown>[] = [];
  n = 0;

  tab(which: number): Tab {
    return this.tabs.tabs[which % this.tabs.tabs.length]!;
  }

  follow(which: number, name: string, early = 0): void {
    const got: string[] = [];
    const gaps: unknown[] = [];
    const from = early && !name.includes("*") ? starts[early % 3] : "now";
    const subscription = this.tab(which)
      .client.topic(name)
      .subscribe(({ topic, position }) => got.push(`${topic} ${position.slice(2)}`), {
        from,
        lingerMs: 0,
      });
    subscription.on("gap", (gap) => gaps.push(gap));
    this.heard.push({ name, got, gaps, subscription, isOver: false });
  }

  async happen([kind, which, more]: readonly [number, number, number]): Promise<void> {
    const { hub, tabs } = this;
    const name = names[more % names.length]!;
    const tab = this.tab(which);
    if (kind < 3) hub.publish(more % 2 ? "t.a" : "t.b", null);
    else if (kind === 3) {
      const data = ++this.n;
      this.sent.push(data);
      this.answers.push(tab.client.topic("t.a").publish(data, { timeoutMs: Infinity }));
    } else if (kind === 4) this.follow(which, name, more);
    else if (kind === 5) {
      const heard = this.heard[which % this.heard.length];
      if (!heard) return;
      heard.isOver = true;
      heard.subscription.unsubscribe();
    } else if (kind === 6) tabs.lead();
    else if (kind === 7) tabs.socket?.end();
    else if (kind === 8) hub.isMarking = !hub.isMarking;
    else if (kind === 9) tabs.clock.chance = more / 8;
    else if (kind < 13 && tabs.socket) hub.work(tabs.socket, more);
    else if (kind < 17) tab.up.splice(0, 1 + more).forEach((run) => run());
    else if (kind < 21) tab.down.splice(0, 1 + more).forEach((run) => run());
    else await tabs.clock.pass(more * 5);
    await turn();
  }

  /** Until nothing happens any more. */
  async settle(): Promise<void> {
    for (let i = 0; i < 60; i++) {
      await this.tabs.clock.pass(50);
      if (this.tabs.socket) this.hub.work(this.tabs.socket);
      this.tabs.carry();
      await turn();
    }
  }
}

const steps = fc.array(fc.tuple(fc.nat(21), fc.nat(5), fc.nat(5)), { maxLength: 150 });

/** The offsets of each topic, as they were heard. */
function offsets(got: readonly string[]): Map<string, number[]> {
  const byTopic = new Map<string, number[]>();
  for (const text of got) {
    const [topic, offset] = text.split(" ") as [string, string];
    byTopic.set(topic, [...(byTopic.get(topic) ?? []), Number(offset)]);
  }
  return byTopic;
}

test("SH14 in any order of events each tab gets everything once and in order, and each publication happens once", async () => {
  await fc.assert(
    fc.asyncProperty(fc.subarray([...names]), steps, async (followed, all) => {
      const world = new World();
      for (let i = 0; i < 3; i++) {
        world.tabs.add();
        for (const name of followed) world.follow(i, name);
      }
      if (followed.length > 0) await world.settle();
      for (const step of all) await world.happen(step);
      await world.settle();
      await Promise.all(world.answers);
      for (const topic of ["t.a", "t.b"]) world.hub.publish(topic, "last");
      await world.settle();
      for (const { name, got, gaps, isOver, subscription } of world.heard) {
        expect(gaps).toEqual([]);
        if (!isOver) expect(subscription.state.get()).toBe("live");
        for (const [topic, heard] of offsets(got)) {
          expect(heard).toEqual(heard.map((_, i) => heard[0]! + i));
          if (!isOver) expect(heard.at(-1)).toBe(world.hub.head(topic));
        }
        if (!isOver) expect(offsets(got).size).toBe(name.includes("*") ? 2 : 1);
      }
      const happened = world.hub.all.map(({ data }) => data).filter(Number.isInteger);
      expect(happened.toSorted((a, b) => Number(a) - Number(b))).toEqual(world.sent);
      const left = world.heard.filter(({ isOver }) => !isOver).map(({ name }) => name);
      if (world.tabs.socket)
        expect(world.hub.followed(world.tabs.socket).toSorted()).toEqual(
          [...new Set(left)].toSorted(),
        );
    }),
    { numRuns: 100 },
  );
});
