import type { StormOrder, StormOutcome } from "../generator/orders.ts";
import type { Lab } from "../lab.ts";
import type { Measured } from "../result.ts";
import type { Scenario } from "../scenario.ts";

const SUBSCRIBERS = 1000;
const PER_SECOND = 100;
const RESTLESS = 50;
const LEAD_MS = 2000;
const MEASURED_MS = 6000;

/** U: others come and go while a topic is published. */
export const subscribeStorm: Scenario = {
  id: "U",
  title: "A storm of subscriptions",
  says: "100 publications a second to 1,000 subscribers of one topic, while 50 more connections subscribe and unsubscribe that topic and a pattern that matches it, each as fast as it is answered. What do the 1,000 notice (pairs with and without, in both orders), and does everybody get exactly what was published while they were subscribed?",
  shows: ["p99Ms", "p50Ms", "cyclesPerSecond", "serverCpu", "unexplained", "generatorCpu"],
  groups: (mode) =>
    mode.quick
      ? []
      : [
          {
            name: "50 restless",
            peers: ["fanwire"],
            roundsMax: 4,
            seconds: (2 * (LEAD_MS + MEASURED_MS)) / 1000 + 4,
            async *measure(start, _peer, round) {
              for (const isStormy of round % 2 === 1 ? [false, true] : [true, false])
                yield measureOne(start(), isStormy);
            },
          },
        ],
};

async function measureOne(lab: Lab, isStormy: boolean): Promise<Measured> {
  const name = `50 restless: ${isStormy ? "with" : "without"}`;
  await lab.connect({ topics: 1, subscribers: SUBSCRIBERS });
  await lab.pace("warm-up", PER_SECOND, { ms: LEAD_MS / 2, warmUpMs: 0 });
  if (isStormy)
    await lab.tell<StormOrder>("raiseStorm", { clients: RESTLESS, patterns: ["t.0", "t.*"] });
  const begun = performance.now();
  const { values, failures } = await lab.pace(name, PER_SECOND, {
    ms: MEASURED_MS,
    warmUpMs: LEAD_MS / 2,
  });
  if (!isStormy) {
    await lab.stop();
    return { case: name, values, failures };
  }
  const storm = await lab.generator.ask<StormOutcome>("calmStorm");
  const seconds = (performance.now() - begun) / 1000;
  await lab.stop();
  return {
    case: name,
    values: { ...values, cyclesPerSecond: storm.cycles / seconds, unexplained: storm.wrong },
    failures: [
      ...failures,
      ...(storm.closed > 0 ? [`${storm.closed} restless clients were closed.`] : []),
    ],
  };
}
