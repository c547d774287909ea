import type { ErrorName } from "@fanwire/protocol";

/** Why something is not done: a row of the table of errors, and what to say in this case. */
export interface Refusal {
  readonly name: ErrorName;
  readonly text: string;
  readonly retryAfterMs: number | null;
}

export function refusal(
  name: ErrorName,
  text: string,
  retryAfterMs: number | null = null,
): Refusal {
  return { name, text, retryAfterMs };
}

/** Text of a client as it may stand in a sentence: bounded, and in quotes that escape what is not printable. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 64 ? `${text.slice(0, 64)}…` : text);
}
