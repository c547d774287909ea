// A process that appends numbers to a store for as long as it lives, and says which are stored. For tests that kill it.
// Arguments: the directory, the size of a segment in bytes.

import { writeSync } from "node:fs";
import { LogStore } from "./log-store.ts";
import { eachNumber, numbered, record } from "./numbered.testkit.ts";

const [directory, segmentBytes] = process.argv.slice(2);
const store = new LogStore({ directory: directory!, segmentBytes: Number(segmentBytes) });
let appended = 0;
let stored = 0;

const opened = await store.open(
  eachNumber((n) => {
    appended = n;
  }),
  {
    stored(count) {
      stored += count;
      writeSync(1, `${stored}\n`);
      more();
      if (stored % 40 < count) snapshot();
    },
    refused: () => process.exit(3),
    failed: () => process.exit(4),
    sliceTaken: () => {},
    snapshotEnded: () => {},
  },
);
stored = opened.nextLsn - 1;
appended = stored;
writeSync(1, `${stored}\n`);
more();
more();

/** A few records of many sizes. */
function more(): void {
  for (let i = 0; i <= appended % 3; i++) {
    appended++;
    store.append(record(numbered(appended)), 1);
  }
}

/** All numbers so far, in one record. */
function snapshot(): void {
  store.beginSnapshot();
  store.snapshotSlice(record(`up to ${appended}`), 1);
  store.endSnapshot();
}
