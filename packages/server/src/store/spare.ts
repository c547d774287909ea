// The file that becomes the next segment. It is filled with zeros ahead, in slices, because a file that grows makes every sync dear; or it
// is an old segment that is no longer needed.

import { join } from "node:path";
import { type Files, isNoRoom, writeAll } from "./files.ts";
import { names, UNFINISHED } from "./layout.ts";

/** Bytes that are written and synced at a time: what comes meanwhile waits for so much. */
const SLICE_BYTES = 262_144;

/** Bytes that are left to others, and to the manifest, when a spare is made. */
const LEFT_FREE_BYTES = 4_194_304;

type State =
  | { readonly kind: "none" }
  | { readonly kind: "filling"; readonly file: number; readonly at: number }
  | { readonly kind: "ready" }
  /** There is no room for one. */
  | { readonly kind: "short" };

export class Spare {
  readonly #files: Files;
  readonly #directory: string;
  readonly #path: string;
  readonly #bytes: number;
  #state: State = { kind: "none" };

  /** `bytes`: the size of a segment. */
  constructor(files: Files, directory: string, bytes: number) {
    this.#files = files;
    this.#directory = directory;
    this.#path = join(directory, names.spare);
    this.#bytes = bytes;
  }

  get isReady(): boolean {
    return this.#state.kind === "ready";
  }

  /** There was no room for one when it was tried last. */
  get isShort(): boolean {
    return this.#state.kind === "short";
  }

  /** How much of one is made; Infinity when there is nothing to do. */
  get filledBytes(): number {
    if (this.#state.kind === "none") return 0;
    return this.#state.kind === "filling" ? this.#state.at : Infinity;
  }

  /** Looks for one that an earlier run has left. */
  find(found: readonly string[]): void {
    if (found.includes(names.spare) && this.#hasSize(names.spare)) this.#state = { kind: "ready" };
  }

  /** Makes a slice of one where there is none. Returns whether there is more to do. */
  step(): boolean {
    return this.#tryStep(true);
  }

  /** `isSynced`: slice by slice, so that no later sync has all of them to write. */
  #tryStep(isSynced: boolean): boolean {
    try {
      return this.#step(isSynced);
    } catch (error) {
      if (!isNoRoom(error)) throw error;
      this.#giveUp();
      this.#state = { kind: "short" };
      return false;
    }
  }

  /** Where there was no room for one: it may be tried again. */
  retry(): void {
    if (this.#state.kind === "short") this.#state = { kind: "none" };
  }

  /** Takes a file that is no longer needed, or removes it. */
  recycle(name: string): void {
    if (this.isReady || !this.#hasSize(name))
      return this.#files.remove(join(this.#directory, name));
    this.#giveUp();
    this.#files.rename(join(this.#directory, name), this.#path);
    this.#state = { kind: "ready" };
  }

  /** Hands over the spare, open for writing, to be renamed. One is made at once where none is ready; undefined when there is no room. */
  take(): { readonly file: number; readonly path: string } | undefined {
    this.retry();
    while (!this.isReady && this.#tryStep(false));
    if (!this.isReady) return undefined;
    return { file: this.#files.openToWrite(this.#path), path: this.#path };
  }

  /** What was handed over has another name now. */
  taken(): void {
    this.#state = { kind: "none" };
  }

  /** What was handed over was not needed after all. */
  putBack(name: string): void {
    this.#files.rename(join(this.#directory, name), this.#path);
    this.#state = { kind: "ready" };
  }

  close(): void {
    this.#giveUp();
  }

  #step(isSynced: boolean): boolean {
    const state = this.#state;
    switch (state.kind) {
      case "ready":
      case "short":
        return false;
      case "none": {
        if (this.#files.freeBytes(this.#directory) < this.#bytes + LEFT_FREE_BYTES) {
          this.#state = { kind: "short" };
          return false;
        }
        this.#state = {
          kind: "filling",
          file: this.#files.create(this.#path + UNFINISHED),
          at: 0,
        };
        return true;
      }
      case "filling": {
        const slice = new Uint8Array(Math.min(SLICE_BYTES, this.#bytes - state.at));
        writeAll(this.#files, state.file, slice, state.at);
        if (isSynced) this.#files.sync(state.file);
        const at = state.at + slice.length;
        this.#state = { ...state, at };
        if (at < this.#bytes) return true;
        this.#files.close(state.file);
        this.#state = { kind: "none" };
        this.#files.rename(this.#path + UNFINISHED, this.#path);
        this.#state = { kind: "ready" };
        return false;
      }
    }
  }

  #giveUp(): void {
    if (this.#state.kind !== "filling") return;
    this.#files.close(this.#state.file);
    this.#state = { kind: "none" };
    this.#files.remove(this.#path + UNFINISHED);
  }

  #hasSize(name: string): boolean {
    const file = this.#files.openToRead(join(this.#directory, name));
    try {
      return this.#files.size(file) === this.#bytes;
    } finally {
      this.#files.close(file);
    }
  }
}
