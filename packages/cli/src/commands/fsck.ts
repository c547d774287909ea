import {
  type CheckedStore,
  checkStore,
  HubError,
  type SalvageReport,
  salvageStore,
} from "@fanwire/server";
import type { Arguments, Command } from "../command.ts";
import { countOf } from "../count.ts";
import { exit, Failure, usage } from "../failure.ts";
import { note, print } from "../output.ts";

export const fsck: Command = {
  name: "fsck",
  operands: "DIR [--salvage] [--json]",
  summary: "Check the data of a hub that is not running.",
  description: [
    "Reads the whole data directory of a hub and changes nothing. It says so when a hub has it open: what that writes meanwhile can be seen half. Ends with 0 when everything that was confirmed can be read, with 1 and the places when not.",
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
  if (report.usedBy !== undefined)
    note(
      `${directory} is in use by another process (pid ${report.usedBy}). What that writes meanwhile can be seen half: stop it for a check that counts.`,
    );
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

function lines({ problems, records, segments, snapshots, tornBytes }: CheckedStore): string[] {
  return [
    `${countOf(records, "record")} in ${countOf(segments.length, "segment")}, ${countOf(snapshots.length, "snapshot")}`,
    ...(tornBytes > 0
      ? [
          `Never confirmed, and left out by the hub itself: ${countOf(tornBytes, "byte")} at the end`,
        ]
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
    `Kept ${countOf(kept.snapshot, "record")} of a snapshot and ${kept.log.toLocaleString("en")} behind it; the report is ${file}`,
  ];
}
