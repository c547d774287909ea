// What a disk does by itself, what a well-kept embedded database makes of it, and what a queue of functions does that keeps nothing: measured
// beside our own store and queue, in the same run.

import {
  closeSync,
  fdatasyncSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import fastq from "fastq";

/** A directory that is gone afterwards, on the disk that is measured. */
function inFolder<T>(task: (path: string) => T): T {
  const path = mkdtempSync(join(tmpdir(), "fanwire-bench-"));
  try {
    return task(path);
  } finally {
    rmSync(path, { recursive: true });
  }
}

/** Room that is written before, so that a sync has only data to write. */
const ROOM_BYTES = 16_777_216;

/** How often a second so many bytes are written and synced, one after the other, in room that was written before. */
export function syncsPerSecond(bytes: number, ms: number): number {
  return inFolder((path) => {
    const fd = openSync(join(path, "file"), "w");
    writeSync(fd, Buffer.alloc(ROOM_BYTES), 0, ROOM_BYTES, 0);
    fdatasyncSync(fd);
    const record = Buffer.alloc(bytes, 1);
    const begun = performance.now();
    let count = 0;
    for (; performance.now() - begun < ms; count++) {
      writeSync(fd, record, 0, bytes, (count * bytes) % (ROOM_BYTES - bytes));
      fdatasyncSync(fd);
    }
    const seconds = (performance.now() - begun) / 1000;
    closeSync(fd);
    return count / seconds;
  });
}

/** Rows a second that SQLite (WAL, synchronous FULL) inserts, so many in a transaction. */
export function rowsPerSecond(bytes: number, perTransaction: number, ms: number): number {
  return inFolder((path) => {
    const db = new DatabaseSync(join(path, "file.db"));
    db.exec(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE kept (id INTEGER PRIMARY KEY, tail BLOB);",
    );
    const insert = db.prepare("INSERT INTO kept (tail) VALUES (?)");
    const tail = Buffer.alloc(bytes, 1);
    const begun = performance.now();
    let count = 0;
    while (performance.now() - begun < ms) {
      db.exec("BEGIN");
      for (let i = 0; i < perTransaction; i++) insert.run(tail);
      db.exec("COMMIT");
      count += perTransaction;
    }
    const seconds = (performance.now() - begun) / 1000;
    db.close();
    return count / seconds;
  });
}

/** How long it takes to read all files of a directory and to sum each up (CRC-32), in seconds. */
export function secondsToRead(directory: string): number {
  const begun = performance.now();
  for (const entry of readdirSync(directory, { withFileTypes: true }))
    if (entry.isFile()) crc32(readFileSync(join(directory, entry.name)));
  return (performance.now() - begun) / 1000;
}

/** Tasks that fastq takes in and does, a second of processor time: each is done at once. */
export function tasksPerCpuSecond(ms: number): number {
  const queue = fastq((_task: number, done: fastq.done) => done(null), 10);
  const end = performance.now() + ms;
  const begun = process.cpuUsage();
  let count = 0;
  while (performance.now() < end) for (let i = 0; i < 1000; i++) queue.push(count++, () => {});
  const { user, system } = process.cpuUsage(begun);
  return (count * 1e6) / (user + system);
}
