import { spawnSync } from "node:child_process";
import { nodeCommand } from "../child.ts";
import type { Measured, Values } from "../result.ts";
import { count, type Mode, type Scenario, secondsOf } from "../scenario.ts";
import { tasksPerCpuSecond } from "../yardsticks.ts";

const BACKLOG = 1_000_000;
const LEASES = 100_000;

/** What the queue is put through, by itself. It stands beside the queue and not here, as nobody else may reach into the server. */
const load = new URL("../../../server/src/core/queues/load.testkit.ts", import.meta.url);

/** Q: the queue without a wire. */
export const queueCore: Scenario = {
  id: "Q",
  title: "A work queue by itself",
  says: `The data structures of a work queue in a process of their own, without a wire or a disk: jobs with 200 bytes are sent, given to one of ten consumers and acknowledged; the same with ${count(BACKLOG)} jobs of ten priorities waiting; and ${count(LEASES)} leases run out at once, worked off 500 jobs at a time. Beside it fastq, which only calls a function for each: a bound of what is possible in this language, with no leases, priorities or delays.`,
  shows: ["perCpuSecond", "bytesPerJob", "heapPerJob", "p999Ms", "sliceMs"],
  groups: (mode) =>
    mode.quick
      ? []
      : [
          {
            name: "in process",
            peers: ["fanwire"],
            seconds: 20 + 6 * secondsOf(mode),
            async *measure() {
              yield part("one after the other", "cycle", 0, mode);
              yield part(`${count(BACKLOG)} waiting`, "backlog", BACKLOG, mode);
              yield part(`${count(LEASES)} leases at once`, "leases", LEASES, mode);
              yield {
                case: "fastq",
                values: { perCpuSecond: tasksPerCpuSecond(mode.ms) },
                failures: [],
              };
            },
          },
        ],
};

function part(name: string, which: string, size: number, { ms }: Mode): Measured {
  const [file, ...flags] = nodeCommand(load, "--expose-gc");
  const args = [...flags, which, String(size), String(Math.round(ms))];
  const { stdout, stderr, status } = spawnSync(file, args, { encoding: "utf8" });
  if (status !== 0)
    return { case: name, values: {}, failures: [`It ended with ${status}: ${stderr}`] };
  return { case: name, values: JSON.parse(stdout) as Values, failures: [] };
}
