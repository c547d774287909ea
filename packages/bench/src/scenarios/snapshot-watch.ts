import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { passed } from "../in-turn.ts";

/** The directory is looked at this often, in milliseconds. */
const LOOK_MS = 5;

/** A snapshot that takes longer than this, in milliseconds, is not waited for. */
const PATIENCE_MS = 120_000;

const UNFINISHED = /^snap-\d+\.new$/u;
const FINISHED = /^snap-(\d+)$/u;

/** Looks from outside whether a hub is writing a snapshot: at the names in its directory. */
export class SnapshotWatch {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  get isBeingWritten(): boolean {
    return readdirSync(this.#directory).some((name) => UNFINISHED.test(name));
  }

  /** The number of the newest that is complete; 0 when there is none. */
  get newest(): number {
    const numbers = readdirSync(this.#directory).map((name) => Number(FINISHED.exec(name)?.[1]));
    return Math.max(0, ...numbers.filter(Number.isInteger));
  }

  /** Its size; 0 when there is none. */
  get newestBytes(): number {
    const { newest } = this;
    return newest === 0 ? 0 : statSync(join(this.#directory, `snap-${newest}`)).size;
  }

  /** Resolves when none is being written. */
  async idle(until: number = performance.now() + PATIENCE_MS): Promise<void> {
    if (!this.isBeingWritten) return;
    if (performance.now() > until) throw new Error("The snapshot does not come to an end.");
    await passed(LOOK_MS);
    await this.idle(until);
  }
}
