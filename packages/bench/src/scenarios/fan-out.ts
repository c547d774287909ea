import { count, type Group, type Mode, type Scenario, secondsOf } from "../scenario.ts";

/** Aedes takes more than ten seconds to empty the largest window, so it is not asked for it. */
const AEDES_WINDOW_MAX = 64;

/** A: one publisher, many subscribers, and a number of publications under way. */
export const fanOut: Scenario = {
  id: "A",
  title: "Fan-out",
  says: "One publisher and 100 or 1,000 subscribers of one topic. The publisher keeps a number of publications (the window) under way: one is, until all subscribers have it.",
  shows: ["perCpuSecond", "perSecond", "p50Ms", "generatorCpu"],
  groups: (mode) =>
    mode.quick
      ? [fanOutTo(1000, [16, 64], mode)]
      : [100, 1000].map((n) => fanOutTo(n, [1, 16, 64, 256], mode)),
};

/** What is called so in the rows. */
export const fanOutCase = (subscribers: number, window: number): string =>
  `1 → ${count(subscribers)}, window ${window}`;

function fanOutTo(subscribers: number, windows: readonly number[], mode: Mode): Group {
  return {
    name: `1 → ${count(subscribers)}`,
    peers: mode.quick
      ? ["fanwire", "naive", "bun"]
      : ["fanwire", "naive", "bun", "socket.io", "aedes"],
    seconds: 2 + windows.length * secondsOf(mode),
    async *measure(start, peer) {
      const lab = start();
      await lab.connect({ topics: 1, subscribers });
      for (const window of windows)
        if (peer !== "aedes" || window <= AEDES_WINDOW_MAX)
          yield lab.flood(fanOutCase(subscribers, window), window, mode);
    },
  };
}
