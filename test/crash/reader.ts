// Reads what the hub keeps, and writes down all of it.

import { down } from "@fanwire/protocol";
import { client, type WireFrame } from "@fanwire/testkit";
import { payloadOf, type Recorder } from "./history.ts";
import { RawLink } from "./raw.ts";

/** How far a topic was read: its epoch, and the offset that comes next. */
export type ReadUpTo = Map<string, readonly [epoch: number, next: number]>;

/** Reads the topics from where `upTo` says, and moves that. Rejects when the link is lost: what was not read to its end counts for nothing. */
export async function readAll(
  url: string,
  topics: readonly string[],
  upTo: ReadUpTo,
  recorder: Recorder,
): Promise<void> {
  let answered: (frame: WireFrame) => void = () => {};
  let entry: (frame: WireFrame) => void = () => {};
  const link = await RawLink.open(url, (frame) => {
    if (frame[0] === down.HISTORY) entry(frame);
    else if (frame[0] === down.OK || frame[0] === down.REFUSED) answered(frame);
  });
  try {
    for (const topic of topics) await read(topic);
  } finally {
    link.cut();
  }

  async function read(topic: string): Promise<void> {
    recorder.add({ kind: "reading", topic });
    let from = upTo.get(topic) ?? null;
    for (let id = 1; ; id++) {
      const entries: WireFrame[] = [];
      entry = (frame) => entries.push(frame);
      const answer = await new Promise<WireFrame>((resolve, reject) => {
        answered = resolve;
        void link.closed.then((code) => reject(new Error(`closed with ${code}`)));
        link.send(client.read(id, topic, from));
      });
      if (answer[0] === down.REFUSED) throw new Error(`READ was refused: ${answer[3] as string}`);
      const [, , epoch, next, head] = answer as readonly [
        number,
        number,
        number,
        number | null,
        number,
      ];
      for (const frame of entries)
        recorder.add({
          kind: "read",
          topic,
          epoch,
          offset: frame[2] as number,
          payload: payloadOf(Buffer.from(frame.at(-1) as Uint8Array).toString()),
        });
      if (next !== null) {
        from = [epoch, next];
        continue;
      }
      const first = upTo.get(topic)?.[1] ?? 1;
      recorder.add({ kind: "readTo", topic, epoch, from: first, head });
      if (epoch > 0) upTo.set(topic, [epoch, head + 1]);
      return;
    }
  }
}
