import { expect, test } from "vitest";
import { HostFigures } from "./host-figures.ts";

const stamp = (t: number, n = 1) => ({ t, n });

test("each topic finds its place", () => {
  const host = new HostFigures();
  host.take("host.atlas.cpu.all", { ...stamp(1), busy: 30, busiest: 70 });
  host.take("host.atlas.memory", { ...stamp(1), used: 5, cache: 3, total: 16 });
  host.take("host.atlas.load", { ...stamp(1), one: 1, five: 2, fifteen: 3 });
  host.take("host.atlas.net.eth0", { ...stamp(1), in: 10, out: 4 });
  host.take("host.atlas.disk.sda", { ...stamp(1), read: 7, write: 9 });
  expect([host.cpu.last(0), host.cpu.last(1)]).toEqual([30, 70]);
  expect([0, 1, 2].map((c) => host.memory.last(c))).toEqual([5, 3, 8]);
  expect([0, 1, 2].map((c) => host.load.last(c))).toEqual([1, 2, 3]);
  expect([0, 1].map((c) => host.network.get("eth0")?.last(c))).toEqual([10, -4]);
  expect([0, 1].map((c) => host.disk.get("sda")?.last(c))).toEqual([7, -9]);
  expect(host.memoryTotal).toBe(16);
  expect(host.topics.size).toBe(5);
});

test("cores stand in the order of their numbers, whichever spoke first", () => {
  const host = new HostFigures();
  for (const core of [10, 2, 0]) host.take(`host.a.cpu.${core}`, { ...stamp(1), busy: core });
  expect([...host.cores.keys()]).toEqual([0, 2, 10]);
  expect(host.cores.get(10)?.last(0)).toBe(10);
});

test("a process keeps its line while it stays among the busiest", () => {
  const host = new HostFigures();
  const row = (pid: number, cpu: number) => ({ pid, name: `p${pid}`, user: "ada", cpu, memory: 1 });
  host.take("host.a.top", { ...stamp(1_000), processes: [row(1, 50), row(2, 40)] });
  host.take("host.a.top", { ...stamp(2_000), processes: [row(2, 60), row(3, 10)] });
  const [second, third] = host.processes;
  expect(second?.pid).toBe(2);
  expect(second?.track.at(1_500, 0)).toBe(40);
  expect(second?.track.last(0)).toBe(60);
  expect(third?.track.at(1_500, 0)).toBeNaN();
});

test("a gap breaks every line", () => {
  const host = new HostFigures();
  host.take("host.a.cpu.0", { ...stamp(1_000), busy: 1 });
  host.break();
  host.take("host.a.cpu.0", { ...stamp(1_100), busy: 2 });
  expect(host.cores.get(0)?.at(1_050, 0)).toBeNaN();
});

test.each([null, 5, "x", [], {}, { t: "1", n: 1 }, { t: 1 }])(
  "what somebody else publishes there is left alone: %j",
  (data) => {
    const host = new HostFigures();
    expect(host.take("host.a.cpu.all", data)).toBeUndefined();
    expect(host.cpu.newest).toBeUndefined();
  },
);

test("a figure that is no number is shown as none", () => {
  const host = new HostFigures();
  host.take("host.a.cpu.all", { ...stamp(1), busy: "31" });
  host.take("host.a.top", { ...stamp(1), processes: "none" });
  expect(host.cpu.last(0)).toBeNaN();
  expect(host.processes).toEqual([]);
});

test("however many names are published, only so many are kept", () => {
  const host = new HostFigures();
  for (let i = 0; i < 3_000; i++) {
    host.take(`host.a.net.n${i}`, { ...stamp(1), in: 1, out: 1 });
    host.take(`host.a.cpu.${i}`, { ...stamp(1), busy: 1 });
  }
  expect(host.network.size).toBe(64);
  expect(host.cores.size).toBe(512);
  expect(host.topics.size).toBe(2_000);
});

test("what is read back stands before what came, and changes nothing of now", () => {
  const host = new HostFigures();
  const row = (cpu: number) => ({ pid: 1, name: "p", user: "ada", cpu, memory: 1 });
  const other = { ...row(5), pid: 2 };
  host.take("host.a.cpu.all", { ...stamp(2_000), busy: 30, busiest: 70 });
  host.take("host.a.cpu.0", { ...stamp(2_000), busy: 20 });
  host.take("host.a.memory", { ...stamp(2_000), used: 5, cache: 3, total: 16 });
  host.take("host.a.net.eth0", { ...stamp(2_000), in: 10, out: 4 });
  host.take("host.a.top", { ...stamp(2_000), processes: [row(50)] });
  expect(host.recall("host.a.cpu.all", { ...stamp(1_900), busy: 31, busiest: 71 })).toBe(1_900);
  host.recall("host.a.cpu.0", { ...stamp(1_900), busy: 21 });
  host.recall("host.a.memory", { ...stamp(1_900), used: 6, cache: 3, total: 8 });
  host.recall("host.a.net.eth0", { ...stamp(1_900), in: 11, out: 5 });
  host.recall("host.a.top", { ...stamp(1_000), processes: [row(40), other] });
  host.recall("host.a.about", { ...stamp(1_000), cores: 3 });
  expect(host.recall("host.a.cpu.all", "nothing")).toBeUndefined();
  const before = [host.cpu, host.cores.get(0), host.memory, host.network.get("eth0")];
  expect(before.map((track) => track?.at(1_950, 0))).toEqual([31, 21, 6, 11]);
  expect(before.map((track) => track?.last(0))).toEqual([30, 20, 5, 10]);
  expect(host.processes.map(({ pid, track }) => [pid, track.at(1_500, 0)])).toEqual([[1, 40]]);
  expect([host.memoryTotal, host.about]).toEqual([16, undefined]);
});
