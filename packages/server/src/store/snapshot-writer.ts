// Writes a snapshot beside the log, slice by slice, under a name that counts for nothing until it is complete.

import { createHash, type Hash } from "node:crypto";
import { join } from "node:path";
import { type Files, writeAll } from "./files.ts";
import type { StoreIdentity } from "./format.ts";
import { UNFINISHED } from "./layout.ts";
import type { SnapshotEntry } from "./manifest.ts";
import { snapshotHeader, snapshotName } from "./snapshot.ts";

/** After so many bytes a slice is synced, so that the last sync does not keep the log waiting for all of them. */
const SYNC_BYTES = 1_048_576;

export class SnapshotWriter {
  /** It stands for all records before this LSN. */
  readonly nextLsn: number;
  readonly #files: Files;
  readonly #directory: string;
  readonly #number: number;
  readonly #file: number;
  readonly #hash: Hash = createHash("sha256");
  #bytes = 0;
  #syncedBytes = 0;
  #records = 0;
  #isClosed = false;

  constructor(
    files: Files,
    directory: string,
    identity: StoreIdentity,
    number: number,
    nextLsn: number,
  ) {
    this.#files = files;
    this.#directory = directory;
    this.#number = number;
    this.nextLsn = nextLsn;
    this.#file = files.create(this.#unfinished);
    try {
      this.#write(snapshotHeader(identity, number, nextLsn));
    } catch (error) {
      this.drop();
      throw error;
    }
  }

  get #unfinished(): string {
    return join(this.#directory, snapshotName(this.#number) + UNFINISHED);
  }

  add(records: Uint8Array, count: number): void {
    this.#write(records);
    this.#records += count;
    if (this.#bytes - this.#syncedBytes < SYNC_BYTES) return;
    this.#files.sync(this.#file);
    this.#syncedBytes = this.#bytes;
  }

  /** Gives it its name. It counts when a manifest that holds the entry is on disk. */
  end(): SnapshotEntry {
    const digest = this.#hash.digest();
    writeAll(this.#files, this.#file, digest, this.#bytes);
    this.#bytes += digest.length;
    this.#files.sync(this.#file);
    this.#close();
    this.#files.rename(this.#unfinished, join(this.#directory, snapshotName(this.#number)));
    this.#files.syncDirectory(this.#directory);
    return {
      number: this.#number,
      nextLsn: this.nextLsn,
      records: this.#records,
      bytes: this.#bytes,
      sha256: digest.toString("hex"),
    };
  }

  /** Gives it up. */
  drop(): void {
    this.#close();
    this.#files.remove(this.#unfinished);
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#files.close(this.#file);
  }

  #write(bytes: Uint8Array): void {
    writeAll(this.#files, this.#file, bytes, this.#bytes);
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
  }
}
