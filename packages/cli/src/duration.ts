// Times as people write them: 90s, 15m, 1h, 7d.

import { usage } from "./failure.ts";

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Seconds. Throws a {@link Failure} that names the flag. */
export function secondsOf(text: string, flag: string, command: string): number {
  const [, count, unit] = /^(\d{1,9})([smhd])$/u.exec(text) ?? [];
  if (count === undefined || Number(count) === 0)
    throw usage(`${flag} ${JSON.stringify(text)} is no time like 90s, 15m, 1h or 7d.`, command);
  return Number(count) * SECONDS[unit!]!;
}

/** In the largest unit that it is whole in. */
export function durationOf(seconds: number): string {
  for (const [unit, size] of Object.entries(SECONDS).toReversed())
    if (seconds % size === 0) return `${seconds / size}${unit}`;
  return `${seconds}s`;
}

/** Milliseconds, also below a second: 250ms, and 0. Throws a {@link Failure} that names the flag. */
export function millisecondsOf(text: string, flag: string, command: string): number {
  if (text === "0") return 0;
  const [, count, unit] = /^(\d{1,9})(ms|[smhd])$/u.exec(text) ?? [];
  if (count === undefined)
    throw usage(
      `${flag} ${JSON.stringify(text)} is no time like 250ms, 90s, 15m, 1h or 7d.`,
      command,
    );
  return Number(count) * (unit === "ms" ? 1 : SECONDS[unit!]! * 1000);
}
