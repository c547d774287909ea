import { expect, test } from "vitest";
import { Flow } from "./flow.ts";

test("N7 32 KiB are reported at once", () => {
  const flow = new Flow();
  expect(flow.add(32_767, 0)).toBe(false);
  expect(flow.add(1, 0)).toBe(true);
  expect(flow.report()).toBe(32_768);
  expect(flow.add(32_767, 0)).toBe(false);
});

test("N7 8 KiB are reported 2 s later, counted from the byte that made them 8 KiB", () => {
  const flow = new Flow();
  flow.add(8191, 0);
  expect(flow.lateAt).toBe(Infinity);
  flow.add(1, 500);
  expect(flow.lateAt).toBe(2500);
  flow.add(100, 900);
  expect(flow.lateAt).toBe(2500);
  expect(flow.report()).toBe(8292);
  expect(flow.lateAt).toBe(Infinity);
});

test("N7 the number is that of all bytes since the link was welcomed", () => {
  const flow = new Flow();
  flow.add(10, 0);
  expect(flow.report()).toBe(10);
  flow.add(5, 0);
  expect(flow.report()).toBe(15);
});
