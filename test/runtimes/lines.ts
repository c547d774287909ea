// Outcomes, one a line, as they come.

import type { Outcome } from "./case.ts";

/** Calls `tell` with each line of the text that is an outcome; what else is printed goes to `other`. */
export async function readOutcomes(
  text: AsyncIterable<string>,
  tell: (outcome: Outcome) => void,
  other: (line: string) => void,
): Promise<void> {
  let rest = "";
  const take = (line: string): void => {
    if (line.startsWith('{"name":')) tell(JSON.parse(line) as Outcome);
    else if (line.trim() !== "") other(line);
  };
  for await (const piece of text) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop()!;
    for (const line of lines) take(line);
  }
  take(rest);
}
