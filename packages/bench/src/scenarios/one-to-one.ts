import type { PeerName } from "../peers.ts";
import { type Group, type Mode, type Scenario, secondsOf } from "../scenario.ts";

const WINDOW = 1000;

/** E: what a publication costs. */
export const oneToOne: Scenario = {
  id: "E",
  title: "One to one",
  says: "One publisher and one subscriber, 1,000 publications under way: what it costs to take a publication. Ours also with 100 publications in one message, as the SDK sends what is published in one turn.",
  shows: ["perCpuSecond", "perSecond", "p50Ms", "generatorCpu"],
  groups: (mode) => [
    flatOut(
      "1 → 1, one a message",
      1,
      mode.quick ? ["fanwire", "naive", "bun"] : ["fanwire", "naive", "bun", "socket.io", "aedes"],
      mode,
    ),
    flatOut("1 → 1, 100 a message", 100, ["fanwire"], mode),
  ],
};

function flatOut(name: string, perMessage: number, peers: readonly PeerName[], mode: Mode): Group {
  return {
    name,
    peers,
    seconds: 1 + secondsOf(mode),
    async *measure(start) {
      const lab = start();
      await lab.connect({ topics: 1, subscribers: 1, perMessage });
      yield lab.flood(name, WINDOW, mode);
    },
  };
}
