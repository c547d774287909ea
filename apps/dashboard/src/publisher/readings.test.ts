import { expect, test } from "vitest";
import { rates, Readings } from "./readings.ts";

test("nothing is told before there is a reading a second old", () => {
  const r = new Readings<string>();
  expect(r.add(0, "a")).toBeUndefined();
  expect(r.add(100, "b")).toBeUndefined();
  expect(r.add(999, "c")).toBeUndefined();
  expect(r.add(1_000, "d")).toEqual({ before: "a", after: "d", seconds: 1 });
});

test("growth is told against the newest reading that is a second old", () => {
  const r = new Readings<string>();
  for (let at = 0; at < 1_500; at += 100) r.add(at, `at ${at}`);
  expect(r.add(1_530, "z")).toEqual({ before: "at 500", after: "z", seconds: 1.03 });
});

test("after a long pause the growth is spread over the pause", () => {
  const r = new Readings<number>();
  r.add(0, 1);
  expect(r.add(60_000, 2)).toEqual({ before: 1, after: 2, seconds: 60 });
});

test("rates are told by name; a new name waits, a counter that began again gives nothing", () => {
  const growth = {
    before: new Map([
      ["eth0", { in: 1000, out: 500 }],
      ["wlan0", { in: 9000, out: 0 }],
    ]),
    after: new Map([
      ["eth0", { in: 3000, out: 600 }],
      ["wlan0", { in: 10, out: 0 }],
      ["tun0", { in: 1, out: 1 }],
    ]),
    seconds: 2,
  };
  expect([...rates(growth, ["in", "out"])]).toEqual([
    ["eth0", { in: 1000, out: 50 }],
    ["wlan0", { in: 0, out: 0 }],
  ]);
});
