import { count, type Group, type Mode, type Scenario, secondsOf } from "../scenario.ts";

/** What is called so in the rows. */
export const moderateCase = "100/s → 500";

/** B: a moderate rate, as a dashboard has it. */
export const moderate: Scenario = {
  id: "B",
  title: "A moderate rate",
  says: "100 publications a second to 500 subscribers of one topic: how long each takes from the publisher to the subscriber, and what it costs the server.",
  shows: ["p50Ms", "p99Ms", "serverCpu", "perCpuSecond", "generatorCpu"],
  groups: (mode) => [atRate(100, 500, ["fanwire", "naive", "bun", "socket.io", "aedes"], mode)],
};

/** R: a million deliveries a second. The naive loop and its likes do an eighth of that, so they are not asked. */
export const rapid: Scenario = {
  id: "R",
  title: "A high rate",
  says: "1,000 publications a second to 1,000 subscribers of one topic: a million deliveries a second. Peers that do an eighth of that on a core are not asked.",
  shows: ["p50Ms", "p99Ms", "serverCpu", "perCpuSecond", "generatorCpu", "perSecond"],
  groups: (mode) => (mode.quick ? [] : [atRate(1000, 1000, ["fanwire", "bun"], mode)]),
};

function atRate(perSecond: number, subscribers: number, peers: Group["peers"], mode: Mode): Group {
  const name = `${count(perSecond)}/s → ${count(subscribers)}`;
  return {
    name,
    peers: mode.quick ? peers.slice(0, 3) : peers,
    seconds: 2 + secondsOf(mode) * 1.5,
    async *measure(start) {
      const lab = start();
      await lab.connect({ topics: 1, subscribers });
      yield lab.pace(name, perSecond, { ...mode, ms: mode.ms * 1.5 });
    },
  };
}
