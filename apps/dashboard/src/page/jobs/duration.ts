// How long something takes, as a figure.
import { decimals, NOTHING, threeDigits, type Figure } from "../numbers/digits.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** Milliseconds below a second, then seconds, then minutes. Null and NaN: nobody knows. */
export function duration(ms: number | null | undefined): Figure {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return NOTHING;
  if (ms < 999.5) return { text: ms < 9.95 ? decimals(ms, 1) : decimals(ms, 0), unit: "ms" };
  if (ms < MINUTE) return { text: decimals(ms / SECOND, 1), unit: "s" };
  return { text: threeDigits(ms / MINUTE), unit: "m" };
}
