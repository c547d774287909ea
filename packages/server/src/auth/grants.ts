// The `fanwire` claim: from JSON to rights. What is not understood is refused, so that a right is never less bounded than its issuer
// thought.

import { codeLevel, patternFault, limits } from "@fanwire/protocol";
import type { Grant, GrantedLimits, GrantLevel, Grants, Right } from "../ports/authenticator.ts";

/** Rights, and the claims whose values stand for their variables. */
export interface ParsedGrants {
  readonly grants: Grants;
  /** Names of claims; a number in {@link Grant.levels} is a place in this list. */
  readonly variables: readonly string[];
}

/** Bounds of what a token may raise. */
const LIMITS: Readonly<Record<keyof GrantedLimits, number>> = {
  publishPerSecond: 1_000_000,
  publishBytesPerSecond: 1_073_741_824,
  newTopicsPerSecond: 1_000_000,
  connections: 1_000_000,
  subscriptions: 1_000_000,
  patterns: 1_000_000,
};

const NONE: Readonly<Record<Right, readonly Grant[]>> = {
  sub: [],
  pub: [],
  presence: [],
  "queue.send": [],
  "queue.consume": [],
  "queue.manage": [],
  call: [],
  serve: [],
};

const LISTS = ["sub", "pub", "presence", "call", "serve"] as const;
const QUEUE_LISTS = ["send", "consume", "manage"] as const;

/** A level that stands for the value of a claim. */
const VARIABLE = /^\{([A-Za-z_][\w:/-]*)\}$/u;

/** Reads the claim; left out, it grants nothing. Returns what is wrong with it as a sentence. */
export function parseGrants(claim: unknown): ParsedGrants | string {
  const variables: string[] = [];
  if (claim === undefined) return { grants: { rights: NONE, limits: {} }, variables };
  try {
    return { grants: grantsOf(objectOf(claim, "fanwire"), variables), variables };
  } catch (error) {
    if (error instanceof Fault) return error.message;
    throw error;
  }
}

/** What stands for a variable: the value of a claim as one level; null when it has none that fits. */
export function levelOf(value: unknown): string | null {
  if (typeof value !== "string" || value === "" || !isWellFormed(value)) return null;
  const level = codeLevel(value);
  if (level.length > limits.levelBytesMax) return null;
  return level === value ? value : level;
}

/** Whether a text has bytes of its own: half of a surrogate pair has none, and all of them would become the same U+FFFD. */
export function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

class Fault extends Error {}

function grantsOf(claim: Record<string, unknown>, variables: string[]): Grants {
  rejectUnknown(claim, [...LISTS, "queue", "limits"], "fanwire");
  const { queue = {}, limits: raised = {}, ...lists } = claim;
  const queues = objectOf(queue, "fanwire.queue");
  rejectUnknown(queues, QUEUE_LISTS, "fanwire.queue");
  const rights: Record<Right, readonly Grant[]> = { ...NONE };
  for (const name of LISTS) rights[name] = grantList(lists[name], `fanwire.${name}`, variables);
  for (const name of QUEUE_LISTS)
    rights[`queue.${name}`] = grantList(queues[name], `fanwire.queue.${name}`, variables);
  return { rights, limits: limitsOf(objectOf(raised, "fanwire.limits")) };
}

function grantList(value: unknown, where: string, variables: string[]): Grant[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new Fault(`${where} must be a list of patterns.`);
  return value.map((pattern: unknown, i) => grantOf(pattern, `${where}[${i}]`, variables));
}

function grantOf(pattern: unknown, where: string, variables: string[]): Grant {
  if (typeof pattern !== "string") throw new Fault(`${where} must be a text.`);
  const levels = pattern.split(".").map((level): GrantLevel => {
    const name = VARIABLE.exec(level)?.[1];
    if (name === undefined) return level;
    if (!variables.includes(name)) variables.push(name);
    return variables.indexOf(name);
  });
  // a value is one level, so any level stands for it here
  const fault = patternFault(
    levels.map((level) => (typeof level === "number" ? "x" : level)).join("."),
  );
  if (fault !== undefined) throw new Fault(`${where} is no pattern: ${fault}.`);
  return { text: pattern, levels, isWild: levels.includes("*") || levels.includes("**") };
}

function limitsOf(raised: Record<string, unknown>): GrantedLimits {
  rejectUnknown(raised, Object.keys(LIMITS), "fanwire.limits");
  for (const [name, value] of Object.entries(raised)) {
    const max = LIMITS[name as keyof GrantedLimits];
    if (!Number.isSafeInteger(value) || (value as number) < 1 || (value as number) > max)
      throw new Fault(`fanwire.limits.${name} must be a whole number from 1 to ${max}.`);
  }
  return { ...raised };
}

function objectOf(value: unknown, where: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Fault(`${where} must be an object.`);
  return value as Record<string, unknown>;
}

function rejectUnknown(
  given: Record<string, unknown>,
  known: readonly string[],
  where: string,
): void {
  for (const key of Object.keys(given))
    if (!known.includes(key))
      throw new Fault(`${where} may hold ${known.join(", ")}, and nothing else.`);
}
