import {
  checkStore,
  HubError,
  type SalvageReport,
  salvageStore,
  type StoreReport,
} from "@fanwire/server";
import type { Arguments, Command } from "../command.ts";
import { exit, Failure, usage } from "../failure.ts";
import { print } from "../output.ts";

export const fsck: Command = {
  name: "fsck",
  operands: "DIR [--salvage] [--json]",
  summary: "Check the data of a hub that is not running.",
  description: [
    "Reads the whole data directory of a hub and changes nothing. Ends with 0 when everything that was confirmed can be read, with 1 and the places when not.",
    "With --salvage it then keeps everything that can be read, and sets the rest aside in quarantine/ with a report of what is lost. The topics get new epochs, so that clients are told of a gap.",
  ],
  groups: [
    {
      heading: "Flags",
      flags: [
        { name: "salvage", sentence: "Keep what can be kept of damaged data." },
        { name: "json", sentence: "Print JSON." },
      ],
    },
  ],
  examples: [
    ["fanwire fsck /var/lib/fanwire", "Is everything there?"],
    ["fanwire fsck /var/lib/fanwire --salvage", "What can be read, goes on."],
  ],
  run,
};

/** Throws a {@link Failure} for what the store says cannot be done. */
export function onStore<T>(task: () => T): T {
  try {
    return task();
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    throw new Failure(error.code === "locked" ? exit.locked : exit.failed, error.message);
  }
}

// oxlint-disable-next-line require-await -- what the store does, it does at once
async function run(given: Arguments): Promise<number> {
  const [directory, ...rest] = given.positionals;
  if (directory === undefined || rest.length > 0) throw usage("fsck needs a directory.", "fsck");
  if (given.has("salvage")) return salvage(directory, given.has("json"));
  const report = onStore(() => checkStore(directory));
  if (given.has("json")) print(JSON.stringify(report));
  else for (const line of lines(report)) print(line);
  return report.problems.length === 0 ? exit.ok : exit.failed;
}

function salvage(directory: string, asJson: boolean): number {
  const report = onStore(() => salvageStore(directory));
  if (asJson) print(JSON.stringify(report));
  else for (const line of salvaged(report)) print(line);
  return exit.ok;
}

function lines({ problems, records, segments, snapshots, tornBytes }: StoreReport): string[] {
  return [
    `${records.toLocaleString("en")} records in ${segments.length} segments, ${snapshots.length} snapshots`,
    ...(tornBytes > 0
      ? [`${tornBytes} bytes at the end were never confirmed; the hub leaves them out by itself`]
      : []),
    ...problems.map(
      ({ sentence, topics }) =>
        `DAMAGED  ${sentence}${topics.length > 0 ? ` (topics: ${topics.join(", ")})` : ""}`,
    ),
    problems.length === 0
      ? "Everything that was confirmed can be read."
      : "Restore a backup (fanwire restore), or keep what can be kept: fanwire fsck DIR --salvage",
  ];
}

function salvaged({ era, file, kept, found }: SalvageReport): string[] {
  if (era === undefined) return ["Everything can be read: nothing was changed."];
  return [
    ...found.problems.map(({ sentence }) => `LOST  ${sentence}`),
    `Kept ${kept.snapshot.toLocaleString("en")} records of a snapshot and ${kept.log.toLocaleString("en")} behind it; the report is ${file}`,
  ];
}
