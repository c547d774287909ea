// How many publications a client decodes and hands on.

import type { Child } from "../child.ts";
import { collect, inTurn } from "../in-turn.ts";
import type { Timing } from "../lab.ts";
import { others } from "../measured.ts";
import { OthersWatch } from "../others.ts";
import { NUMBERED_FROM } from "../relay/numbers.ts";
import type { PublishOrder } from "../relay/main.ts";
import type { Replayed } from "../relay/replay.ts";
import type { Measured } from "../result.ts";
import type { Start } from "../scenario.ts";
import type { Taken } from "../sdk/meter.ts";
import type { SdkName } from "../sdk/sdks.ts";
import { type Patient, type Place, reached, withParts } from "./client-parts.ts";

/** Publications that are recorded together. */
export const BATCH = 64;

const TOPIC = "quotes.ACME";

/** Publications of one turn that make offsets long: not more than a client may be behind. */
const AT_ONCE = 1024;

/** What is called so in the rows. */
export const decodeCase = (place: Place): string => `${place}, batches of ${BATCH}`;

/** Has a batch of the server recorded and said again and again. */
export function measureDecode(
  start: Start,
  name: SdkName,
  place: Place,
  timing: Timing,
): Promise<Measured> {
  return withParts(async (parts) => {
    const lab = start();
    const relay = parts.relay();
    const { port } = await lab.server.ready;
    const patient = await parts.patient(place);
    lab.subject = patient.child;
    await patient.open(name, await relay.ask<number>("open", { name, port }));
    await patient.follow([TOPIC]);
    const before = await record(relay, patient, name);
    await relay.ask("flood", name === "fanwire");
    await patient.measure(timing.warmUpMs);
    await lab.onMeasure?.begin();
    const relayBefore = await relay.ask<number>("cpuSeconds");
    const watch = new OthersWatch();
    const taken = await patient.measure(timing.ms);
    const fed = (await relay.ask<number>("cpuSeconds")) - relayBefore;
    const othersCpu = watch.share(fed + taken.cpuSeconds);
    await lab.onMeasure?.end(decodeCase(place));
    const { times } = await relay.ask<Replayed>("calm");
    const sent = before + times * BATCH;
    const came = await reached(() => patient.taken(), sent);
    return {
      case: decodeCase(place),
      values: {
        ...valuesOf(taken),
        generatorCpu: (fed / taken.seconds) * 100,
        ...others({ cpuSeconds: 0, othersCpu }),
      },
      failures: came === sent ? [] : [`${came} of ${sent} publications were taken.`],
    };
  });
}

/** Records what the server says of one batch. Returns how much the client has taken until then. */
async function record(relay: Child, patient: Patient, name: SdkName): Promise<number> {
  const publish = async (each: number, before: number): Promise<number> => {
    await relay.ask("publish", { topics: [TOPIC], each } satisfies PublishOrder);
    const came = await reached(() => patient.taken(), before + each);
    if (came !== before + each) throw new Error(`${came} of ${before + each} came to the client.`);
    return came;
  };
  // what goes on has to be as long as what it goes on from
  const turns = name === "fanwire" ? NUMBERED_FROM / AT_ONCE : 0;
  await collect(inTurn(Array.from({ length: turns }).keys(), (i) => publish(AT_ONCE, i * AT_ONCE)));
  await relay.ask("record");
  return publish(BATCH, turns * AT_ONCE);
}

function valuesOf({ publications, seconds, cpuSeconds, mainSeconds }: Taken): Measured["values"] {
  return {
    perClientCpuSecond: publications / cpuSeconds,
    perSecond: publications / seconds,
    clientCpu: (cpuSeconds / seconds) * 100,
    ...(mainSeconds !== undefined && { mainThread: (mainSeconds / seconds) * 100 }),
  };
}
