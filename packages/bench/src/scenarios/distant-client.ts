import { count, type Group, type Scenario } from "../scenario.ts";

/** In each direction, in milliseconds. */
const DISTANCE_MS = 50;

/** Long enough for the window of a session to grow, and to be narrowed again if it could be; in milliseconds. */
const MEASURED_MS = 12_000;

/** Before it a few publications, which do not widen the window; in milliseconds. */
const LEAD_MS = 1000;
const LEAD_PER_SECOND = 50;

/** N: a client that is far away and not slow. */
export const distantClient: Scenario = {
  id: "N",
  title: "A distant client",
  says: "2 MB a second to one subscriber that is 50 ms away (a TCP proxy hands on every byte after that time, in both directions, however many there are). It takes everything as it comes, so it must never be taken for slow: no gap, and no publication later than the distance and what the machine itself is late by. A session that was held back even once would wait for a round trip, 100 ms more.",
  shows: ["maxMs", "p99Ms", "p50Ms", "gaps", "missed", "serverCpu", "generatorCpu"],
  groups: (mode) => (mode.quick ? [] : [away(1024, 2000), away(16_384, 122)]),
};

function away(payloadBytes: number, perSecond: number): Group {
  const name = `${count(perSecond)}/s of ${payloadBytes / 1024} KiB, 50 ms away`;
  return {
    name,
    peers: ["fanwire"],
    roundsMax: 2,
    seconds: (LEAD_MS + MEASURED_MS) / 1000 + 1,
    async *measure(start) {
      const lab = start();
      await lab.connect({ topics: 1, subscribers: 1, payloadBytes, distanceMs: DISTANCE_MS });
      const lead = await lab.pace("lead", LEAD_PER_SECOND, { ms: LEAD_MS, warmUpMs: 0 });
      const { failures, ...measured } = await lab.pace(name, perSecond, {
        ms: MEASURED_MS,
        warmUpMs: 0,
      });
      yield { ...measured, failures: [...lead.failures, ...failures] };
    },
  };
}
