// The worlds that are simulated. Each is a module beside what it shakes, and exports `live`: a whole life from a seed.

export interface World {
  readonly name: string;
  /** From the root of the repository. */
  readonly file: string;
  readonly says: string;
}

const CORE = "packages/server/src/core/worlds";

export const worlds: readonly World[] = [
  {
    name: "crash",
    file: `${CORE}/crash.testkit.ts`,
    says: "durable topics through crashes, full disks, snapshots and salvages",
  },
  {
    name: "flow",
    file: `${CORE}/flow.testkit.ts`,
    says: "slow, stalled and cut clients, and fresh tokens, in rounds that are paid in slices",
  },
  {
    name: "state",
    file: `${CORE}/state.testkit.ts`,
    says: "keys, ttls, conditions and members through crashes and long absences",
  },
  {
    name: "jobs",
    file: `${CORE}/jobs.testkit.ts`,
    says: "work queues through crashes, full disks and set clocks, with workers that die, sleep and say all twice",
  },
  {
    name: "queue",
    file: "packages/server/src/core/queues/twins.testkit.ts",
    says: "a pure work queue and a plain model of it, held against each other",
  },
  {
    name: "store",
    file: "packages/server/src/store/life.testkit.ts",
    says: "the log on a disk that is cut off between any two calls, full, or damaged",
  },
];

export function worldOf(name: string): World | undefined {
  return worlds.find((world) => world.name === name);
}
