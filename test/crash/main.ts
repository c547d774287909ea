// `npm run crash`: every way in which a hub can end, as a command.

import type { CommandName, Request } from "./options.ts";
import { help, parse, UsageError } from "./options.ts";
import { runLoop } from "./run-loop.ts";
import { runPower } from "./run-power.ts";
import { runRot } from "./run-rot.ts";
import { runSyscalls } from "./run-syscalls.ts";

const commands: Readonly<Record<CommandName, (request: Request) => Promise<number>>> = {
  loop: runLoop,
  syscalls: runSyscalls,
  power: runPower,
  rot: runRot,
};

try {
  const request = parse(process.argv.slice(2));
  if (request === "help") process.stdout.write(help());
  else process.exitCode = await commands[request.command](request);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n\n${help()}`);
  process.exitCode = 2;
}
