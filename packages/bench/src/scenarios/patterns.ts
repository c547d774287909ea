import type { PatternLoad } from "../generator/orders.ts";
import { type Group, type Mode, type Scenario, secondsOf } from "../scenario.ts";

const MANY = 100_000;

/** Within the default limit of patterns of a session. */
const PER_CLIENT = 50;

/** Publications under way. A match with 1,000 patterns makes 1,000 deliveries. */
const window = (matching: number): number => (matching > 100 ? 16 : 256);

/** P: what patterns cost those that they do not concern, and those that they do. Only our hub has them at this scale. */
export const patterns: Scenario = {
  id: "P",
  title: "100,000 patterns",
  says: "100,000 patterns of 2,000 clients lie in the hub. What does a publication cost to a topic that none, one or 1,000 of them match, each with its own subscriber? And what to a topic that has never been, so that nothing is remembered of it?",
  shows: ["usPerPublication", "perCpuSecond", "generatorCpu"],
  groups: (mode) =>
    mode.quick
      ? []
      : [
          group("no pattern at all", { count: 0, matching: 0 }, mode),
          group("100,000, none matches", { count: MANY, matching: 0 }, mode),
          group("100,000, one matches", { count: MANY, matching: 1 }, mode),
          group("100,000, 1,000 match", { count: MANY, matching: 1000 }, mode),
          group("new topics, one pattern", { count: 1, matching: 1, fresh: true }, mode),
          group("new topics, 100,000 patterns", { count: MANY, matching: 1, fresh: true }, mode),
        ],
};

function group(name: string, load: Omit<PatternLoad, "perClient">, mode: Mode): Group {
  return {
    name,
    peers: ["fanwire"],
    roundsMax: 3,
    seconds: (load.count > 1000 ? 5 : 1) + secondsOf(mode),
    async *measure(start) {
      const lab = start();
      await lab.connect({
        topics: 1,
        subscribers: 1,
        patterns: { ...load, perClient: PER_CLIENT },
      });
      yield lab.flood(name, window(load.matching), mode);
    },
  };
}
