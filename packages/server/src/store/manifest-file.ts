// The manifest on disk: replaced as a whole, so that after a power cut there is the old one or the new one.

import { join } from "node:path";
import { type Files, isNoRoom, readWhole, writeWhole } from "./files.ts";
import { names, UNFINISHED } from "./layout.ts";
import { type Manifest, manifestText } from "./manifest.ts";

export class ManifestFile {
  readonly #files: Files;
  readonly #directory: string;
  readonly #path: string;
  #manifest: Manifest;
  /** What is on disk; undefined when there is none yet. */
  #text: string | undefined;

  /** `text`: what is on disk, if anything is. */
  constructor(files: Files, directory: string, manifest: Manifest, text: string | undefined) {
    this.#files = files;
    this.#directory = directory;
    this.#path = join(directory, names.manifest);
    this.#manifest = manifest;
    this.#text = text;
  }

  get value(): Manifest {
    return this.#manifest;
  }

  /** A number for a file that is made; the next {@link write} notes that it is used. */
  takeNumber(): number {
    const number = this.#manifest.nextNumber;
    this.#manifest = { ...this.#manifest, nextNumber: number + 1 };
    return number;
  }

  /** Replaces some entries. When there is no room it throws that, and the one before stays. */
  write(change: Partial<Manifest>): void {
    const manifest = { ...this.#manifest, ...change };
    const text = manifestText(manifest);
    this.#checkOwner();
    try {
      writeWhole(this.#files, this.#path + UNFINISHED, Buffer.from(text));
    } catch (error) {
      if (isNoRoom(error)) this.#removeUnfinished();
      throw error;
    }
    this.#files.rename(this.#path + UNFINISHED, this.#path);
    this.#settle();
    this.#manifest = manifest;
    this.#text = text;
  }

  /** There may have been no room even to make it. */
  #removeUnfinished(): void {
    const name = names.manifest + UNFINISHED;
    if (this.#files.list(this.#directory)!.includes(name))
      this.#files.remove(join(this.#directory, name));
  }

  /** From here on nobody can tell which of the two is found after a power cut: that is no lack of room, which passes. */
  #settle(): void {
    try {
      this.#files.syncDirectory(this.#directory);
    } catch (error) {
      throw new Error(`${this.#path} may not be on disk: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }

  /** Where a lock does not hold, as on some network file systems, two processes notice one another here. */
  #checkOwner(): void {
    if (this.#text === undefined) return;
    const found = Buffer.from(readWhole(this.#files, this.#path)).toString("latin1");
    if (found !== this.#text)
      throw new Error(
        `${this.#path} was changed by somebody else while this process had the store`,
      );
  }
}
