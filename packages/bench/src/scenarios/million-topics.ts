import type { CrowdOrder, CrowdOutcome, CrowdPart } from "../generator/orders.ts";
import type { Lab } from "../lab.ts";
import { others } from "../measured.ts";
import type { Measured } from "../result.ts";
import { count, type Scenario } from "../scenario.ts";
import { settled } from "./settled.ts";

const CONNECTIONS = 250;
const PER_CONNECTION = 4000;
const TOPICS = CONNECTIONS * PER_CONNECTION;
const PUBLICATIONS = 10_000;

const all: CrowdPart = { firstLevel: "t", topics: PER_CONNECTION };

/** Subscribed, published to and left before the baseline is taken, so that what the first ones load is not counted. */
const rehearsed: CrowdPart = { firstLevel: "r", topics: 40 };

/** The hub must hold these topics, those of the rehearsal, and its own. */
const options = { limits: { topicsMax: TOPICS + CONNECTIONS * rehearsed.topics + 100 } };

/** T: as many topics as there are things in the world. */
export const millionTopics: Scenario = {
  id: "T",
  title: "A million topics",
  says: "250 connections follow 4,000 topics each, a million in all. Resident memory of the server after a forced collection, less what it was with the same connections and no subscriptions, and less the bytes of the names. Then 10,000 of the topics, chosen by chance, get a publication by name, of which every delivery is checked; and all topics are left, in an order of chance, and followed again.",
  shows: [
    "bytesPerTopic",
    "heapPerTopic",
    "usPerFirstSubscribe",
    "usPerUnsubscribe",
    "usPerSubscribe",
  ],
  groups: (mode) =>
    mode.quick
      ? []
      : [
          {
            name: `${count(TOPICS)} topics`,
            peers: ["fanwire"],
            roundsMax: 2,
            seconds: 45,
            async *measure(start) {
              yield topics(start(options));
            },
          },
        ],
};

async function topics(lab: Lab): Promise<Measured> {
  const { generator } = lab;
  const publish = (part: CrowdPart, n: number): Promise<CrowdOutcome> =>
    generator.ask("publishToCrowd", { part, count: n });
  await lab.tell<CrowdOrder>("gather", {
    connections: CONNECTIONS,
    topics: PER_CONNECTION,
    payloadBytes: 128,
  });
  await generator.ask("subscribeCrowd", rehearsed);
  await publish(rehearsed, 1000);
  await generator.ask("unsubscribeCrowd", rehearsed);
  const before = await settled(lab);
  const first = await lab.observe("subscribe", () => generator.ask("subscribeCrowd", all));
  const after = await settled(lab);
  const { done } = await lab.observe("publish", () => publish(all, PUBLICATIONS));
  const left = await lab.observe("unsubscribe", () => generator.ask("unsubscribeCrowd", all));
  const again = await lab.observe("subscribe again", () => generator.ask("subscribeCrowd", all));
  const us = ({ cpuSeconds }: typeof first): number => (cpuSeconds / TOPICS) * 1e6;
  return {
    case: `${count(TOPICS)} topics → 1 each`,
    values: {
      bytesPerTopic: (after.rssBytes - before.rssBytes - namesBytes()) / TOPICS,
      heapPerTopic: (after.heapBytes - before.heapBytes - namesBytes()) / TOPICS,
      memoryMiB: before.rssBytes / 2 ** 20,
      usPerFirstSubscribe: us(first),
      usPerUnsubscribe: us(left),
      usPerSubscribe: us(again),
      ...others(first),
    },
    failures: failuresOf(done),
  };
}

function namesBytes(): number {
  let bytes = TOPICS * `${all.firstLevel}.`.length;
  for (let i = 0; i < TOPICS; i++) bytes += String(i).length;
  return bytes;
}

function failuresOf({ publications, deliveries, wrong }: CrowdOutcome): string[] {
  return wrong > 0 || deliveries !== publications
    ? [`${deliveries} of ${publications} came, ${wrong} of them to the wrong place or twice.`]
    : [];
}
