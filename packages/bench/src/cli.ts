// The command line: one table of flags, from which the help is made too.

import { parseArgs } from "node:util";
import { type PeerName, peerNames } from "./peers.ts";
import { scenarios } from "./scenarios.ts";

/** What was asked for. */
export interface Request {
  readonly quick: boolean;
  /** Ids of scenarios; all when empty. */
  readonly only: readonly string[];
  /** Whether peers were named: then they are fetched if need be. */
  readonly peers: readonly PeerName[] | undefined;
  readonly rounds: number;
  /** Of one measurement. */
  readonly seconds: number;
  readonly seed: number;
  readonly json: string | undefined;
  readonly report: string | undefined;
  readonly picture: string | undefined;
  readonly profile: string | undefined;
}

/** A command line that cannot be followed: what is wrong and what to do. */
export class UsageError extends Error {}

interface Flag {
  readonly type: "boolean" | "string";
  readonly value?: string;
  readonly says: string;
}

const flags = {
  quick: { type: "boolean", says: "A short subset, in less than two minutes: A, B and E." },
  only: { type: "string", value: "A,E", says: "These scenarios only." },
  peers: { type: "string", value: "fanwire,naive", says: "These servers only." },
  rounds: { type: "string", value: "N", says: "Rounds of all servers in turn. 5; quick: 3." },
  seconds: { type: "string", value: "N", says: "Length of a measurement. 1.5; quick: 0.8." },
  json: { type: "string", value: "FILE", says: "Write the raw rows, as JSON." },
  report: { type: "string", value: "FILE", says: "Write a report with charts, as one HTML file." },
  picture: {
    type: "string",
    value: "FILE",
    says: "Write the most telling charts (A, B and D), as one SVG file.",
  },
  profile: {
    type: "string",
    value: "DIR",
    says: "Profile our hub while it is measured: .cpuprofile files, and the hottest functions in the terminal.",
  },
  seed: { type: "string", value: "N", says: "What payloads are filled from. 1." },
  help: { type: "boolean", says: "Say this." },
} as const satisfies Readonly<Record<string, Flag>>;

/** Reads the arguments; "help" when that was asked for. Throws a {@link UsageError}. */
export function parse(args: readonly string[]): Request | "help" {
  const values = read(args);
  if (values.help === true) return "help";
  const quick = values.quick === true;
  return {
    quick,
    only: list(
      values.only,
      "scenario",
      scenarios.map(({ id }) => id),
      (id) => id.toUpperCase(),
    ),
    peers: values.peers === undefined ? undefined : list(values.peers, "server", peerNames),
    rounds: whole(values.rounds, "rounds", quick ? 3 : 5, 1, 99),
    seconds: positive(values.seconds, quick ? 0.8 : 1.5),
    seed: whole(values.seed, "seed", 1, 0, 0xffff_ffff),
    json: values.json,
    report: values.report,
    picture: values.picture,
    profile: values.profile,
  };
}

type Values = {
  readonly [K in keyof typeof flags]?: (typeof flags)[K]["type"] extends "boolean"
    ? boolean
    : string;
};

function read(args: readonly string[]): Values {
  try {
    return parseArgs({ args: [...args], options: flags, strict: true, allowPositionals: false })
      .values;
  } catch (error) {
    const [why] = (error as Error).message.split(". ");
    throw new UsageError(`${why}. See npm run bench -- --help for what there is.`);
  }
}

function list<T extends string>(
  given: string | undefined,
  what: string,
  known: readonly T[],
  normal: (name: string) => string = (name) => name.toLowerCase(),
): readonly T[] {
  if (given === undefined) return [];
  return given.split(",").map((part) => {
    const name = known.find((one) => one === normal(part.trim()));
    if (name !== undefined) return name;
    throw new UsageError(`There is no ${what} "${part.trim()}". Choose among ${known.join(", ")}.`);
  });
}

function whole(
  given: string | undefined,
  name: string,
  otherwise: number,
  min: number,
  max: number,
): number {
  if (given === undefined) return otherwise;
  const value = Number(given);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new UsageError(`--${name} is a whole number from ${min} to ${max}, not "${given}".`);
}

function positive(given: string | undefined, otherwise: number): number {
  if (given === undefined) return otherwise;
  const value = Number(given);
  if (value >= 0.1 && value <= 60) return value;
  throw new UsageError(`--seconds is a number from 0.1 to 60, not "${given}".`);
}

/** What `--help` says. */
export function help(): string {
  const rows = Object.entries<Flag>(flags).map(([name, { value, says }]) => [
    `--${name}${value === undefined ? "" : ` ${value}`}`,
    says,
  ]);
  const width = Math.max(...rows.map(([flag]) => flag!.length)) + 2;
  return [
    "Compares the hub with other servers, on this machine.",
    "",
    "  npm run bench -- [flags]",
    "",
    ...rows.map(([flag, says]) => `  ${flag!.padEnd(width)}${says}`),
    "",
    "Scenarios:",
    ...scenarios.map(({ id, title, says }) => `  ${id}  ${title}. ${says.split(/[.:?] /u)[0]}.`),
    "",
    `Servers: ${peerNames.join(", ")}. Bun is fetched from npm by the first full run; RabbitMQ takes part where it is installed.`,
    "Exit codes: 0 it ran, 1 something failed or was lost, 2 the command line was wrong.",
    "",
  ].join("\n");
}
