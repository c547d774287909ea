import { expect, test } from "vitest";
import type { Machine } from "./machine.ts";
import { Sampler } from "./sampler.ts";

/** Every counter stands still until it is moved by hand. */
function machine() {
  const counters = { idle: [900, 900], total: 1000, bytes: 0 };
  const read: Machine = {
    os: "Linux",
    cores: () => new Map(counters.idle.map((idle, i) => [i, { idle, total: counters.total }])),
    memory: () => ({ used: 1, cache: 2, total: 4 }),
    load: () => ({ one: 0.1, five: 0.2, fifteen: 0.3 }),
    network: () => new Map([["eth0", { in: counters.bytes, out: 0 }]]),
    disks: () => undefined,
    busiest: async () => [],
  };
  return { counters, read };
}

test("the first look tells only what needs no second one", () => {
  const samples = new Sampler("atlas", machine().read).quick(0);
  expect(samples.map((s) => s.topic)).toEqual(["host.atlas.memory", "host.atlas.load"]);
});

test("the second look tells each core, all of them, and the traffic a second", () => {
  const { counters, read } = machine();
  const sampler = new Sampler("atlas", read);
  sampler.quick(0);
  counters.total += 100;
  counters.idle = [990, 910];
  counters.bytes = 500;
  const told = new Map(sampler.quick(1_000).map((s) => [s.topic, s.data]));
  expect(told.get("host.atlas.cpu.0")).toEqual({ busy: expect.closeTo(10) });
  expect(told.get("host.atlas.cpu.1")).toEqual({ busy: expect.closeTo(90) });
  expect(told.get("host.atlas.cpu.all")).toEqual({
    busy: expect.closeTo(50),
    busiest: expect.closeTo(90),
  });
  expect(told.get("host.atlas.net.eth0")).toEqual({ in: 500, out: 0 });
});

test("a host name is one level, whatever it holds", async () => {
  const sampler = new Sampler("my.host", machine().read);
  const [about] = await sampler.slow();
  expect(about?.topic).toBe("host.my%2Ehost.about");
});

test("what cannot be read here is said", async () => {
  const [about] = await new Sampler("atlas", machine().read).slow();
  expect(about?.data).toMatchObject({ os: "Linux", memory: 4, unreadable: ["disk"] });
});
