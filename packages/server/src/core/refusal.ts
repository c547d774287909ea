import type { ErrorName } from "@fanwire/protocol";

/** Why something is not done: a row of the table of errors, and what to say in this case. */
export interface Refusal {
  readonly name: ErrorName;
  readonly text: string;
  readonly retryAfterMs: number | null;
  /** The name of the limit that was reached; undefined when it is none. */
  readonly limit?: string;
}

export function refusal(
  name: ErrorName,
  text: string,
  retryAfterMs: number | null = null,
): Refusal {
  return { name, text, retryAfterMs };
}

/** A refusal because of a limit, by the name of its option. */
export function limited(
  name: ErrorName,
  limit: string,
  text: string,
  retryAfterMs: number | null = null,
): Refusal {
  return { name, text, retryAfterMs, limit };
}

export function tooManyTopics(): Refusal {
  return limited("too-many-topics", "topicsMax", "The hub holds as many topics as it may.", 1000);
}

/** Text of a client as it may stand in a sentence: bounded, and in quotes that escape what is not printable. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 64 ? `${text.slice(0, 64)}…` : text);
}
