// Where things go that nobody needs and nobody may delete.

import { join } from "node:path";
import { type Files, writeWhole } from "./files.ts";
import { names } from "./layout.ts";

export class Quarantine {
  readonly #files: Files;
  readonly #directory: string;
  readonly #path: string;

  constructor(files: Files, directory: string) {
    this.#files = files;
    this.#directory = directory;
    this.#path = join(directory, names.quarantine);
  }

  /** Keeps a copy of some bytes; it is on disk when this returns. */
  keep(name: string, bytes: Uint8Array): string {
    const path = this.#free(name);
    writeWhole(this.#files, path, bytes);
    this.#files.syncDirectory(this.#path);
    return path;
  }

  /** Moves a file of the store here. */
  move(name: string): void {
    this.#files.rename(join(this.#directory, name), this.#free(name));
    this.#files.syncDirectory(this.#path);
  }

  /** A path that is not taken: nothing that lies here is replaced. */
  #free(name: string): string {
    let found = this.#files.list(this.#path);
    if (found === undefined) {
      this.#files.makeDirectory(this.#path);
      this.#files.syncDirectory(this.#directory);
      found = [];
    }
    let free = name;
    for (let i = 2; found.includes(free); i++) free = `${name}.${i}`;
    return join(this.#path, free);
  }
}
