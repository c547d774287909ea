// Lengths of time in words.
import { decimals } from "./digits.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** "0.4 s", "10 s", "2 m 5 s": how long something took, as one says it. */
export function lasted(ms: number): string {
  if (ms < 9.95 * SECOND) return `${decimals(ms / SECOND, 1)} s`;
  const seconds = Math.round(ms / SECOND);
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} m ${seconds % 60} s`;
}

/** The same with a decimal up to a minute: "10.0 s". */
export const lastedExactly = (ms: number): string =>
  ms < MINUTE - 50 ? `${decimals(ms / SECOND, 1)} s` : lasted(ms);

/** "12 d 4 h", "3 h 20 m", "5 m". */
export function uptime(ms: number): string {
  if (ms >= DAY) return `${Math.floor(ms / DAY)} d ${Math.floor((ms % DAY) / HOUR)} h`;
  if (ms >= HOUR) return `${Math.floor(ms / HOUR)} h ${Math.floor((ms % HOUR) / MINUTE)} m`;
  return `${Math.floor(ms / MINUTE)} m`;
}

/** "12:04:31", of the wall clock here. */
export const clockTime = (date: Date): string =>
  [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((part) => String(part).padStart(2, "0"))
    .join(":");
