import { expect, test } from "vitest";
import { HostFigures } from "../data/host-figures.ts";
import { View } from "../view.ts";
import { cpuSpec, loadSpec, memorySpec, shortBytes, transferSpec } from "./specs.ts";

const NOW = 1_000_000;
const GIB = 2 ** 30;
const view = () => new View(() => NOW + 150);
const stamp = (ago: number) => ({ t: NOW - ago, n: 1 });

test("before anything is known every chart says so, and has an axis", () => {
  const host = new HostFigures();
  const specs = [
    cpuSpec(host, view()),
    memorySpec(host, view()),
    loadSpec(host, view()),
    transferSpec("Disk", ["read", "write"], () => undefined, view()),
  ];
  expect(specs.map((spec) => spec.describe())).toEqual(
    ["CPU", "Memory", "Load", "Disk"].map((title) => `${title}, no figures yet`),
  );
  for (const spec of specs)
    expect(spec.axis(() => NaN, NOW).ticks.length).toBeGreaterThanOrEqual(4);
});

test("the chart of the processors is told with its range", () => {
  const host = new HostFigures();
  host.take("host.a.cpu.all", { ...stamp(200), busy: 24, busiest: 70 });
  host.take("host.a.cpu.all", { ...stamp(100), busy: 37, busiest: 90 });
  host.take("host.a.cpu.all", { ...stamp(0), busy: 31.4, busiest: 74.3 });
  const spec = cpuSpec(host, view());
  expect(spec.describe()).toBe("CPU, all cores 31 %, busiest 74 %, last 60 s between 24 and 37 %");
  expect(spec.axis(() => 3, NOW).ticks.map(spec.tick)).toEqual(["0%", "25%", "50%", "75%", "100%"]);
});

test("memory is measured against all there is", () => {
  const host = new HostFigures();
  host.take("host.a.memory", {
    ...stamp(0),
    used: 11.9 * GIB,
    cache: 9.44 * GIB,
    total: 31.2 * GIB,
  });
  const spec = memorySpec(host, view());
  expect(spec.describe()).toBe("Memory, used 11.9 GiB, cache 9.44 GiB, of 31.2 GiB");
  expect(spec.axis(() => 1, NOW).ticks.map(spec.tick)).toEqual(["0", "8", "16", "24", "32"]);
});

test("load is measured against the cores, and may exceed them", () => {
  const host = new HostFigures();
  host.take("host.a.load", { ...stamp(0), one: 5.38, five: 4.28, fifteen: 3.91 });
  host.take("host.a.about", { ...stamp(0), cores: 16 });
  const spec = loadSpec(host, view());
  expect(spec.describe()).toBe("Load, 5.38 in 1 m, 4.28 in 5 m, 3.91 in 15 m, on 16 cores");
  expect(spec.mark?.()).toEqual({ value: 16, words: "16 cores" });
  expect(spec.axis(() => 5.38, NOW).max).toBe(16);
  expect(spec.axis(() => 20, NOW).max).toBeGreaterThanOrEqual(20);
});

test("traffic is told by size, whichever side of zero it is drawn on", () => {
  const host = new HostFigures();
  host.take("host.a.net.eth0", { ...stamp(0), in: 6_410_000, out: 12_600 });
  const spec = transferSpec("Network", ["in", "out"], () => host.network.get("eth0"), view());
  expect(spec.describe()).toBe("Network, in 6.41 MB/s, out 12.6 kB/s");
});

test.each([
  [0, "0"],
  [-5e6, "5M"],
  [2.5e6, "2.5M"],
  [750e3, "750k"],
  [1e9, "1G"],
  [500, "500"],
])("%d bytes a second are %s in the gutter", (value, words) => {
  expect(shortBytes(value)).toBe(words);
});
