import { backupStore, restoreStore } from "@fanwire/server";
import type { Arguments, Command } from "../command.ts";
import { countOf } from "../count.ts";
import { exit, usage } from "../failure.ts";
import { print } from "../output.ts";
import { onStore } from "./fsck.ts";

const json = { name: "json", sentence: "Print JSON." } as const;

export const backup: Command = {
  name: "backup",
  operands: "DIR TARGET [--json]",
  summary: "Copy the data of a hub, also while it runs.",
  description: [
    "Copies a data directory to one that is empty or missing. Everything that the hub had confirmed when the command began is in the copy, with a list of SHA-256 sums.",
  ],
  groups: [{ heading: "Flags", flags: [json] }],
  examples: [["fanwire backup /var/lib/fanwire /backup/monday", "One more backup."]],
  // oxlint-disable-next-line require-await -- what the store does, it does at once
  run: async (given) => {
    const [directory, target] = two(given, "backup");
    const list = onStore(() => backupStore(directory, target));
    if (given.has("json")) print(JSON.stringify(list));
    else
      print(
        `${target} holds ${countOf(list.files.length, "file")}, with all records before ${list.nextLsn}.`,
      );
    return exit.ok;
  },
};

export const restore: Command = {
  name: "restore",
  operands: "BACKUP DIR [--json]",
  summary: "Make the data of a hub from a backup.",
  description: [
    "Makes a data directory, empty or missing before, from a backup, if every file of it is as it was. Its topics get new epochs: clients that have seen more than the backup holds are told of a gap.",
  ],
  groups: [{ heading: "Flags", flags: [json] }],
  examples: [["fanwire restore /backup/monday /var/lib/fanwire", "Back to Monday."]],
  // oxlint-disable-next-line require-await -- what the store does, it does at once
  run: async (given) => {
    const [from, directory] = two(given, "restore");
    const list = onStore(() => restoreStore(from, directory));
    if (given.has("json")) print(JSON.stringify(list));
    else print(`${directory} is ready: fanwire serve --data ${directory}`);
    return exit.ok;
  },
};

function two({ positionals }: Arguments, command: string): [string, string] {
  const [first, second, ...rest] = positionals;
  if (first === undefined || second === undefined || rest.length > 0)
    throw usage(`${command} needs two directories.`, command);
  return [first, second];
}
