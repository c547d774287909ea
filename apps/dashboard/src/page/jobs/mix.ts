// How many jobs of each priority are sent, as they stand in the form.
import type { Mix } from "../../jobs.ts";
import { JOBS_MAX } from "./records.ts";

export const FIRST_MIX: Mix = [100, 600, 300];

export const totalOf = (mix: Mix): number => mix[0] + mix[1] + mix[2];

/** So many in all, in the same proportion; the normal ones take what rounding leaves. */
export function withTotal(mix: Mix, total: number): Mix {
  const before = totalOf(mix);
  const [urgent, , low] = before === 0 ? FIRST_MIX : mix;
  const whole = before === 0 ? totalOf(FIRST_MIX) : before;
  const part = (count: number) => Math.round((count * total) / whole);
  const [a, c] = [part(urgent), part(low)];
  return a + c <= total ? [a, total - a - c, c] : [a, 0, total - a];
}

export const withCount = (mix: Mix, at: number, count: number): Mix =>
  mix.map((before, i) => (i === at ? count : before)) as unknown as Mix;

/** What was typed: digits, with commas or without. Undefined: no number of jobs. */
export function readCount(text: string): number | undefined {
  const digits = text.replaceAll(/[,\s]/gu, "");
  if (!/^\d{1,6}$/u.test(digits)) return undefined;
  const value = Number(digits);
  return value <= JOBS_MAX ? value : undefined;
}
