// All durable queues as records, one after the other, for a snapshot that is written in slices: what changes meanwhile stands in the log
// behind it.

import type { Writer } from "@fanwire/protocol";
import { writeLeasesRecord } from "../records.ts";
import type { Bindings } from "./bindings.ts";
import {
  writeBindingRecord,
  writeJobIdRecord,
  writeJobRecord,
  writeQueueRecord,
} from "./job-records.ts";
import { storedJob } from "./job-writing.ts";
import type { LiveQueue } from "./live-queue.ts";
import type { Queues } from "./queues.ts";
import type { RecordTime } from "./record-time.ts";
import { settingsMap } from "./settings-map.ts";

/** A record to be, and about how long it is beside a payload. */
export interface NextRecord {
  readonly bytes: number;
  write(w: Writer): void;
}

export function* queueRecords(queues: Queues, bindings: Bindings): Generator<NextRecord> {
  // as they are now: of what becomes a job from here on, it and its binding stand in the log
  const kept = [...bindings.all()].filter(({ waiting }) => waiting === null);
  const bound = kept.map(({ queue, ...rest }) => ({ queue, rest }));
  const { extra } = queues.leases;
  if (extra > 0) yield { bytes: 16, write: (w) => writeLeasesRecord(w, extra) };
  for (const queue of queues.all()) if (queue.isDurable) yield* recordsOf(queue, queues.recordTime);
  for (const { queue, rest } of bound) {
    if (!queue.isDurable) continue;
    yield { bytes: 64, write: (w) => writeBindingRecord(w, { ...rest, queue: queue.number }) };
  }
}

function* recordsOf(queue: LiveQueue, recordTime: RecordTime): Generator<NextRecord> {
  const { number, name, work } = queue;
  yield {
    bytes: 512,
    write: (w) =>
      writeQueueRecord(w, {
        number,
        name,
        nextSeq: work.nextSeq,
        isPaused: work.isPaused,
        settings: settingsMap(work.settings),
      }),
  };
  for (const job of work.jobs()) {
    // what is being stored stands in the log behind the snapshot; but for what was a publication before, see `isBound`
    if (job.state === "storing" && !queue.isBound(job)) continue;
    const record = storedJob(job, 0, recordTime);
    yield {
      bytes: 64 + job.tail.length,
      write: (w) => writeJobRecord(w, number, record, job.tail),
    };
  }
  for (const { sender, id, hash, seq, at } of work.ids(recordTime.now)) {
    const known = { queue: number, sender, id, hash, seq, time: recordTime.of(at) };
    yield { bytes: 48, write: (w) => writeJobIdRecord(w, known) };
  }
}
