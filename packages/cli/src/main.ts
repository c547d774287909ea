// From a command line to a command: the only place that ends the process.

import { version } from "@fanwire/server";
import { type Command, readArguments } from "./command.ts";
import { backup, restore } from "./commands/backup.ts";
import { config } from "./commands/config.ts";
import { fsck } from "./commands/fsck.ts";
import { keys } from "./commands/keys.ts";
import { pub } from "./commands/pub.ts";
import { queue } from "./commands/queue.ts";
import { revoke } from "./commands/revoke.ts";
import { serve } from "./commands/serve.ts";
import { sub } from "./commands/sub.ts";
import { token } from "./commands/token.ts";
import { exit, Failure, usage } from "./failure.ts";
import { helpOf, overview } from "./help.ts";

const commands: readonly Command[] = [
  serve,
  pub,
  sub,
  queue,
  config,
  keys,
  token,
  revoke,
  fsck,
  backup,
  restore,
];

async function main([name, ...rest]: readonly string[]): Promise<number> {
  if (name === "--version" || name === "-v") return say(`${version}\n`);
  if (name === undefined || name === "--help" || name === "-h" || name === "help")
    return say(
      name === "help" && rest.length > 0
        ? helpOf(commandOf(rest[0]!, rest[1])[0])
        : overview(commands, version),
    );
  const [command, isVerb] = commandOf(name, rest[0]);
  const given = readArguments(command, isVerb ? rest.slice(1) : rest);
  return given.has("help") ? say(helpOf(command)) : command.run(given);
}

/** The command, or what of it the next word says; whether that word was taken. */
function commandOf(name: string, next?: string): readonly [command: Command, isVerb: boolean] {
  const command = commands.find((candidate) => candidate.name === name);
  if (command === undefined) throw usage(`There is no command ${JSON.stringify(name)}.`);
  const verb = command.verbs?.find((candidate) => candidate.name === `${name} ${next}`);
  return verb === undefined ? [command, false] : [verb, true];
}

function say(text: string): number {
  process.stdout.write(text);
  return exit.ok;
}

function tell({ message, nextStep }: Failure): void {
  process.stderr.write(`fanwire: ${message}\n${nextStep === undefined ? "" : `${nextStep}\n`}`);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  tell(error);
  process.exitCode = error.exitCode;
}
