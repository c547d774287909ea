import { type Scenario, secondsOf } from "../scenario.ts";

const TOPICS = 1000;

/** C: nothing to share. */
export const manyTopics: Scenario = {
  id: "C",
  title: "Many topics",
  says: "One publisher, 1,000 topics with one subscriber each, as much as the server takes with one publication under way for each topic. Nothing can be joined, so this is what a write costs.",
  shows: ["perCpuSecond", "perSecond", "p50Ms", "generatorCpu"],
  groups: (mode) =>
    mode.quick
      ? []
      : [
          {
            name: "1,000 topics",
            peers: ["fanwire", "naive", "bun", "socket.io", "aedes"],
            seconds: 2 + secondsOf(mode),
            async *measure(start) {
              const lab = start();
              await lab.connect({ topics: TOPICS, subscribers: 1 });
              yield lab.flood("1,000 topics → 1 each", TOPICS, mode);
            },
          },
        ],
};
