import { expect, test } from "vitest";
import {
  count,
  NOTHING,
  percent,
  plain,
  threeDigits,
  twoDecimals,
  wholePercent,
} from "./digits.ts";
import { clockTime, lasted, lastedExactly, uptime } from "./times.ts";
import { BYTES, BYTES_PER_SECOND, Unit } from "./units.ts";

test.each([
  [0, "0.00"],
  [0.3111, "0.31"],
  [1.234, "1.23"],
  [9.994, "9.99"],
  [9.996, "10.0"],
  [12.34, "12.3"],
  [99.96, "100"],
  [847.4, "847"],
  [21204, "21,204"],
  [-3.456, "-3.46"],
])("%d is shown as %s", (value, text) => {
  expect(threeDigits(value)).toBe(text);
});

test("minus nothing is nothing", () => {
  expect(threeDigits(-0)).toBe("0.00");
  expect(count(-0)).toBe("0");
});

test("percents have one decimal, those of cores none", () => {
  expect(percent(34.36)).toEqual({ text: "34.4", unit: "%" });
  expect(wholePercent(34.6)).toEqual({ text: "35", unit: "%" });
  expect(twoDecimals(5.376)).toEqual({ text: "5.38", unit: "" });
});

test("what is not known is a dash", () => {
  for (const format of [percent, wholePercent, plain, twoDecimals, new Unit(BYTES).format])
    expect(format(NaN)).toBe(NOTHING);
});

const shown = (unit: Unit, value: number) => {
  const { text, unit: name } = unit.format(value);
  return `${text} ${name}`;
};

test("a unit changes up at 1,000 and down at 900", () => {
  const rate = new Unit(BYTES_PER_SECOND);
  expect(shown(rate, 999_000)).toBe("999 kB/s");
  expect(shown(rate, 1_000_000)).toBe("1.00 MB/s");
  expect(shown(rate, 950_000)).toBe("0.95 MB/s");
  expect(shown(rate, 899_000)).toBe("899 kB/s");
  expect(shown(rate, 950_000)).toBe("950 kB/s");
});

test("a figure may climb and fall many units at once", () => {
  const rate = new Unit(BYTES_PER_SECOND);
  expect(shown(rate, 3.2e9)).toBe("3.20 GB/s");
  expect(shown(rate, 0)).toBe("0 B/s");
  expect(shown(rate, 12.6)).toBe("13 B/s");
});

test("memory is counted in powers of two", () => {
  expect(shown(new Unit(BYTES), 1.42 * 2 ** 30)).toBe("1.42 GiB");
  expect(shown(new Unit(BYTES), 118 * 2 ** 20)).toBe("118 MiB");
});

test.each([
  [400, "0.4 s", "0.4 s"],
  [9_960, "10 s", "10.0 s"],
  [10_040, "10 s", "10.0 s"],
  [59_700, "1 m 0 s", "59.7 s"],
  [125_000, "2 m 5 s", "2 m 5 s"],
])("%d ms lasted %s", (ms, said, exactly) => {
  expect(lasted(ms)).toBe(said);
  expect(lastedExactly(ms)).toBe(exactly);
});

test("a machine is up for days and hours, hours and minutes, or minutes", () => {
  expect(uptime(((12 * 24 + 4) * 60 + 59) * 60_000)).toBe("12 d 4 h");
  expect(uptime(200 * 60_000)).toBe("3 h 20 m");
  expect(uptime(59_000)).toBe("0 m");
});

test("the clock has two digits for each part", () => {
  expect(clockTime(new Date(2026, 0, 2, 3, 4, 5))).toBe("03:04:05");
});
