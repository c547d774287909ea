// What the commands print.

import type { Fault } from "./faults.ts";
import type { Figures } from "./figures.ts";

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

export function tellFaults(
  faults: readonly Fault[],
  found: Readonly<Record<string, number>>,
): void {
  for (const { kind, sentence } of faults) print(`${kind}: ${sentence}`);
  print(
    faults.length === 0 ? "Nothing is wrong." : `What is wrong, and how often: ${nameAll(found)}.`,
  );
}

/** What was counted, without what never happened. */
export function lineOf(figures: Figures): string {
  const counts = Object.entries(figures) as [string, number][];
  return nameAll(Object.fromEntries(counts.filter(([, count]) => count > 0)));
}

export function nameAll(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(", ");
}

/** Rows below one another; the first is the head. */
export function printTable(rows: readonly (readonly string[])[]): void {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  for (const row of rows)
    print(
      row
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join("  ")
        .trimEnd(),
    );
}
