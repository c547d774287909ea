// Names of queues, and of those that dead jobs go to.

import { isTopic } from "@fanwire/protocol";
import { quoted } from "../refusal.ts";
import { deadLetterOf } from "./queue-settings.ts";

/** Whether a queue may have this name: it is one level of a topic, and does not begin with `$`. */
export function isQueueName(name: string): boolean {
  return isTopic(name) && !name.includes(".") && !name.startsWith("$");
}

/** What is wrong with where the dead jobs of a queue go, and what to say instead; undefined: nothing. */
export function deadLetterFault(name: string, deadLetter: string | null): string | undefined {
  if (deadLetter === null || isQueueName(deadLetter)) return undefined;
  const whose = deadLetter === deadLetterOf(name) ? ", its own name with ~dead," : "";
  return `deadLetter: ${quoted(deadLetter)}${whose} is no name of a queue: that is one level of a topic of at most 128 bytes, and does not begin with $. Say deadLetter: the name of a queue, or null, and they stay where they are.`;
}
