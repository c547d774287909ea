import { expect, test } from "vitest";
import { View } from "../view.ts";
import { duration } from "./duration.ts";
import { QueueFigures } from "./queue-figures.ts";
import { depths, depthSpec, processingSpec, workersSpec } from "./specs.ts";

const NOW = 1_000_000;
const view = () => new View(() => NOW + 150);
const times = { count: 1, meanMs: 400, p50Ms: 390, p95Ms: 1_250, p99Ms: 1_300 };
function stats(low: number, normal: number, urgent: number, more = {}) {
  const readyByPriority = [0, low, 0, 0, normal, 0, 0, 0, urgent, 0];
  return {
    ready: low + normal + urgent,
    readyByPriority,
    oldestReadyMs: 1_000,
    processing: times,
    concurrency: 2,
    recommendedWorkers: 6,
    ...more,
  };
}

test("before anything is known every chart says so, and has an axis", () => {
  const figures = new QueueFigures();
  const specs = [
    depthSpec(figures, view()),
    processingSpec(figures, view()),
    workersSpec(figures, view()),
  ];
  expect(specs.map((spec) => spec.describe())).toEqual(
    ["Depth", "Processing time", "Workers"].map((title) => `${title}, no figures yet`),
  );
  for (const spec of specs)
    expect(spec.axis(() => NaN, NOW).ticks.length).toBeGreaterThanOrEqual(4);
});

test("what is no figures of a queue is not taken", () => {
  const figures = new QueueFigures();
  for (const data of [undefined, null, 1, "x", {}]) figures.take(NOW, data);
  expect(figures.newest).toBeUndefined();
  expect(figures.depth.newest).toBeUndefined();
});

test("the charts are told in words", () => {
  const figures = new QueueFigures();
  figures.take(NOW, stats(300, 600, 100));
  expect(depthSpec(figures, view()).describe()).toBe(
    "Depth, 100 urgent, 600 normal, 300 low, last 60 s",
  );
  expect(processingSpec(figures, view()).describe()).toBe(
    "Processing time, half of the jobs took up to 390 ms, 95 % up to 1.3 s",
  );
  expect(workersSpec(figures, view()).describe()).toBe("Workers, 2 running, 6 needed, last 60 s");
});

test("where nothing of a priority waits no line lies on another, and the legend says 0", () => {
  const figures = new QueueFigures();
  figures.take(NOW, stats(300, 0, 0));
  expect([0, 1, 2].map((column) => figures.depth.last(column))).toEqual([300, NaN, NaN]);
  expect(depths(figures, view())).toEqual({ urgent: 0, normal: 0, low: 300 });
  figures.take(NOW + 1, stats(300, 5, 0));
  expect(depths(figures, view())).toEqual({ urgent: 0, normal: 5, low: 300 });
  figures.take(NOW + 2, stats(300, 0, 5));
  expect(depths(figures, view())).toEqual({ urgent: 5, normal: 0, low: 300 });
});

test("the number of workers is drawn in steps", () => {
  const figures = new QueueFigures();
  figures.take(NOW, stats(1, 0, 0, { concurrency: 1 }));
  figures.take(NOW + 1_000, stats(1, 0, 0, { concurrency: 3 }));
  expect(figures.workers.at(NOW + 998, 0)).toBe(1);
  expect(figures.workers.at(NOW + 999.5, 0)).toBe(1);
  expect(figures.workers.at(NOW + 1_000, 0)).toBe(3);
});

test("times change their unit as they grow", () => {
  const words = (ms: number | null) => Object.values(duration(ms)).join(" ").trim();
  expect([0.4, 9.94, 412.4, 999.4, 1_000, 59_940, 90_000].map(words)).toEqual([
    "0.4 ms",
    "9.9 ms",
    "412 ms",
    "999 ms",
    "1.0 s",
    "59.9 s",
    "1.50 m",
  ]);
  expect(words(null)).toBe("–");
});
