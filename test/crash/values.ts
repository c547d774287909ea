// Comes new to a state topic, and writes down the values that it is told.

import { down } from "@fanwire/protocol";
import { client, type WireFrame } from "@fanwire/testkit";
import { payloadOf, type Recorder } from "./history.ts";
import { RawLink } from "./raw.ts";

/** The replay of a subscription behind which no CAUGHT_UP comes. */
const NOTHING_REPLAYED = 0;

/** Rejects when the link is lost before all values are told. */
export async function readValues(url: string, topic: string, recorder: Recorder): Promise<void> {
  const values: WireFrame[] = [];
  let outcome: readonly unknown[] = [];
  let told: () => void;
  const allTold = new Promise<void>((resolve) => {
    told = resolve;
  });
  const link = await RawLink.open(url, (frame) => {
    const [op] = frame;
    if (op === down.OK) {
      // [0, sub, epoch, head, mark, replay], the only one
      [outcome] = frame[2] as unknown as readonly [readonly unknown[]];
      if (outcome[5] === NOTHING_REPLAYED) told();
    } else if (op === down.CAUGHT_UP) told();
    else if (op === down.PUBLICATION && outcome.length > 0) values.push(frame);
  });
  recorder.add({ kind: "asksForValues", topic });
  link.send(client.subscribe(1, topic));
  const code = await Promise.race([allTold, link.closed]);
  link.cut();
  if (code !== undefined) throw new Error(`closed with ${code}`);
  for (const value of values)
    recorder.add({ ...valueOf(value), kind: "value", topic, epoch: outcome[2] as number });
  recorder.add({ kind: "valuesTold", topic });
}

/** [op, sub, offset, time, from, encoding, meta, payload] */
function valueOf(frame: WireFrame): { key: string; offset: number; payload: string } {
  const meta = frame.at(-2) as ReadonlyMap<string, string> | null;
  return {
    key: meta?.get("key") ?? "",
    offset: frame[2] as number,
    payload: payloadOf(Buffer.from(frame.at(-1) as Uint8Array).toString()),
  };
}
