// What all verbs of `fanwire queue` share.

import type { Client } from "@fanwire/client";
import { type Queue, queue } from "@fanwire/client/queue";
import type { Arguments, Flag } from "../../command.ts";
import { connect, failureOf, tokenFlag, urlFlag } from "../../connect.ts";
import { usage } from "../../failure.ts";

/** Where the hub is, and who asks. */
export const hubFlags: readonly Flag[] = [urlFlag, tokenFlag];

export const jsonFlag: Flag = { name: "json", sentence: "Print JSON." };

/** What stands behind the verb: a queue, then as many operands as there are names. */
export function operandsOf(
  { positionals }: Arguments,
  command: string,
  ...names: readonly string[]
): readonly string[] {
  for (const [i, name] of ["the name of a queue", ...names].entries())
    if (positionals[i] === undefined) throw usage(`${command} needs ${name}.`, command);
  const more = positionals[names.length + 1];
  if (more !== undefined)
    throw usage(`There is one operand too many: ${JSON.stringify(more)}.`, command);
  return positionals;
}

/** A whole number, where the flag is given. */
export function numberOf(
  given: Arguments,
  name: string,
  command: string,
  least = 0,
): number | undefined {
  const text = given.text(name);
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/u.test(text) && Number(text) >= least) return Number(text);
  throw usage(`--${name} ${JSON.stringify(text)} is not a whole number from ${least}.`, command);
}

/** NAME=VALUE, as often as it is given. */
export function headersOf(given: Arguments, command: string): Record<string, string> | undefined {
  if (!given.has("header")) return undefined;
  const headers: Record<string, string> = {};
  for (const header of given.texts("header")) {
    const [, name, value] = /^([^=]+)=(.*)$/su.exec(header) ?? [];
    if (name === undefined)
      throw usage(`--header ${JSON.stringify(header)} is not NAME=VALUE.`, command);
    headers[name] = value!;
  }
  return headers;
}

/** Does something with a queue of the hub, connected. What the hub refuses becomes a failure of the command. */
export async function withQueue<T>(
  given: Arguments,
  name: string,
  command: string,
  use: (q: Queue, client: Client) => Promise<T>,
): Promise<T> {
  const client = await connect(given, process.env);
  try {
    return await use(named(client, name, command), client);
  } catch (error) {
    throw failureOf(error);
  } finally {
    await client.close();
  }
}

function named(client: Client, name: string, command: string): Queue {
  try {
    return queue(client, name);
  } catch {
    throw usage(
      `${JSON.stringify(name)} is no name of a queue: it is one level of a topic, and does not begin with $.`,
      command,
    );
  }
}
