// A disk in memory that keeps apart what was written and what was synced, so that power can be cut between any two calls.

import { dirname } from "node:path";
import type { SeededRandom } from "@fanwire/testkit";
import type { Files } from "./files.ts";

/** What changes something, in the order of calls. */
export type Effect =
  | "create"
  | "write"
  | "truncate"
  | "sync"
  | "syncDirectory"
  | "rename"
  | "remove";

export interface Call {
  readonly effect: Effect;
  readonly path: string;
  /** Counts effects from 1 on. */
  readonly n: number;
}

/** What becomes of what was not synced. */
export type Crash =
  /** All of it is there, as before: only the process has ended. The two disks are one then. */
  | "kill"
  /** Of each write every sector may be there or not; of what was done to names, the first ones. */
  | "power"
  /** The same, and of what was done to names any. */
  | "disorder";

const SECTOR_BYTES = 512;

class Inode {
  bytes: Uint8Array = new Uint8Array(0);
  synced: Uint8Array = new Uint8Array(0);
  pending: ({ readonly at: number; readonly bytes: Uint8Array } | { readonly size: number })[] = [];
}

interface NameChange {
  readonly directory: string;
  readonly entries: readonly (readonly [path: string, inode: Inode | undefined])[];
}

/** Nothing works any more after it. */
class PowerCut extends Error {}

export class FakeDisk implements Files {
  /** Bytes that all files together may have. */
  capacity: number = Infinity;
  /** Effects so far. */
  effects = 0;
  /** Power is cut instead of the effect behind so many. */
  powerUpTo: number = Infinity;
  /** Returns an error that a call throws instead of doing something. */
  fault: ((call: Call) => string | undefined) | undefined;
  /** A write takes at most so many bytes. */
  writeBytesMax: number = Infinity;
  /** Directories that are locked. */
  readonly locked: Set<string> = new Set();
  readonly #names: Map<string, Inode> = new Map();
  readonly #syncedNames: Map<string, Inode> = new Map();
  readonly #directories: Set<string> = new Set(["/"]);
  readonly #open: Map<number, { readonly inode: Inode; readonly path: string }> = new Map();
  #changes: NameChange[] = [];
  #nextFile = 3;

  /** Takes a lock as a process does. */
  readonly lock: (directory: string) => () => void = (directory) => {
    if (this.locked.has(directory)) throw new Error("locked");
    this.locked.add(directory);
    return () => this.locked.delete(directory);
  };

  get isOff(): boolean {
    return this.effects > this.powerUpTo;
  }

  /** Files that are open. */
  get openFiles(): number {
    return this.#open.size;
  }

  /** The disk as it is found after the process or the power has gone. */
  crash(how: Crash, random: SeededRandom): FakeDisk {
    const after = new FakeDisk();
    for (const directory of this.#directories) after.#directories.add(directory);
    if (how === "kill") {
      for (const [path, inode] of this.#names) after.#names.set(path, inode);
      for (const [path, inode] of this.#syncedNames) after.#syncedNames.set(path, inode);
      after.#changes = [...this.#changes];
      return after;
    }
    const inodes = new Map<Inode, Inode>();
    const names = this.#namesAfter(how, random);
    for (const [path, inode] of names) {
      const left = inodes.get(inode) ?? bytesAfter(inode, random);
      inodes.set(inode, left);
      after.#names.set(path, left);
      after.#syncedNames.set(path, left);
    }
    return after;
  }

  /** The bytes of a file, to be looked at or replaced. */
  bytesOf(path: string): Uint8Array {
    return this.#inode(path).bytes.slice();
  }

  put(path: string, bytes: Uint8Array): void {
    const inode = new Inode();
    inode.bytes = bytes.slice();
    inode.synced = inode.bytes;
    this.#names.set(path, inode);
    this.#syncedNames.set(path, inode);
    this.#directories.add(dirname(path));
  }

  /** All of it, for a second look. */
  copy(): FakeDisk {
    const after = new FakeDisk();
    for (const directory of this.#directories) after.#directories.add(directory);
    for (const [path, { bytes }] of this.#names) {
      // bytes of a file are replaced and never changed
      const inode = new Inode();
      inode.bytes = bytes;
      inode.synced = bytes;
      after.#names.set(path, inode);
      after.#syncedNames.set(path, inode);
    }
    return after;
  }

  paths(): string[] {
    return [...this.#names.keys()].toSorted();
  }

  list(directory: string): string[] | undefined {
    if (!this.#directories.has(directory)) return undefined;
    const all = [...this.#names.keys(), ...this.#directories];
    return all
      .filter((path) => dirname(path) === directory && path !== directory)
      .map((path) => path.slice(directory.length + 1));
  }

  makeDirectory(directory: string): void {
    this.#directories.add(directory);
  }

  syncDirectory(directory: string): void {
    this.#effect("syncDirectory", directory);
    for (const change of this.#changes)
      if (change.directory === directory) apply(this.#syncedNames, change);
    this.#changes = this.#changes.filter((change) => change.directory !== directory);
  }

  openToRead(path: string): number {
    return this.#opened(this.#inode(path), path);
  }

  openToWrite(path: string): number {
    return this.#opened(this.#inode(path), path);
  }

  create(path: string): number {
    this.#effect("create", path);
    const inode = this.#names.get(path) ?? new Inode();
    if (this.#names.has(path)) this.#resize(inode, 0);
    else this.#change(path, [[path, inode]]);
    return this.#opened(inode, path);
  }

  close(file: number): void {
    if (!this.#open.delete(file)) throw codeError("EBADF");
  }

  size(file: number): number {
    return this.#file(file).inode.bytes.length;
  }

  read(file: number, bytes: Uint8Array, from: number, to: number, place: number): number {
    const part = this.#file(file).inode.bytes.subarray(place, place + to - from);
    bytes.set(part, from);
    return part.length;
  }

  write(file: number, bytes: Uint8Array, from: number, to: number, place: number): number {
    const { inode, path } = this.#file(file);
    this.#effect("write", path);
    const wanted = Math.min(to - from, this.writeBytesMax);
    const grows = Math.max(0, place + wanted - inode.bytes.length);
    const room = Math.max(0, this.capacity - this.#used());
    const length = wanted - Math.max(0, grows - room);
    if (length <= 0) throw codeError("ENOSPC");
    const part = bytes.slice(from, from + length);
    inode.bytes = written(inode.bytes, place, part);
    inode.pending.push({ at: place, bytes: part });
    return length;
  }

  truncate(file: number, bytes: number): void {
    const { inode, path } = this.#file(file);
    this.#effect("truncate", path);
    this.#resize(inode, bytes);
  }

  sync(file: number): void {
    const { inode, path } = this.#file(file);
    try {
      this.#effect("sync", path);
    } catch (error) {
      // as Linux does: what could not be written counts as written from then on
      if (!this.isOff) inode.pending = [];
      throw error;
    }
    for (const change of inode.pending)
      inode.synced =
        "size" in change
          ? resized(inode.synced, change.size)
          : written(inode.synced, change.at, change.bytes);
    inode.pending = [];
  }

  rename(from: string, to: string): void {
    this.#effect("rename", from);
    const inode = this.#inode(from);
    this.#change(from, [
      [from, undefined],
      [to, inode],
    ]);
  }

  remove(path: string): void {
    this.#effect("remove", path);
    this.#inode(path);
    this.#change(path, [[path, undefined]]);
  }

  freeBytes(): number {
    return this.capacity - this.#used();
  }

  #effect(effect: Effect, path: string): void {
    this.effects++;
    if (this.isOff) throw new PowerCut("the power is off");
    const code = this.fault?.({ effect, path, n: this.effects });
    if (code !== undefined) throw codeError(code);
  }

  #change(path: string, entries: NameChange["entries"]): void {
    const change = { directory: dirname(path), entries };
    apply(this.#names, change);
    this.#changes.push(change);
  }

  #resize(inode: Inode, size: number): void {
    inode.bytes = resized(inode.bytes, size);
    inode.pending.push({ size });
  }

  #opened(inode: Inode, path: string): number {
    const file = this.#nextFile++;
    this.#open.set(file, { inode, path });
    return file;
  }

  #file(file: number): { readonly inode: Inode; readonly path: string } {
    const open = this.#open.get(file);
    if (open === undefined) throw codeError("EBADF");
    return open;
  }

  #inode(path: string): Inode {
    const inode = this.#names.get(path);
    if (inode === undefined) throw codeError("ENOENT");
    return inode;
  }

  #used(): number {
    return [...new Set(this.#names.values())].reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  #namesAfter(how: Crash, random: SeededRandom): Map<string, Inode> {
    const names = new Map(this.#syncedNames);
    const kept = random.below(this.#changes.length + 1);
    for (const [i, change] of this.#changes.entries())
      if (how === "power" ? i < kept : random.below(2) === 0) apply(names, change);
    return names;
  }
}

function apply(names: Map<string, Inode>, { entries }: NameChange): void {
  for (const [path, inode] of entries)
    if (inode === undefined) names.delete(path);
    else names.set(path, inode);
}

/** Of what was not synced, each sector is there or not. */
function bytesAfter(inode: Inode, random: SeededRandom): Inode {
  const left = new Inode();
  let bytes: Uint8Array = inode.synced;
  for (const change of inode.pending) {
    const luck = random.below(4);
    if (luck === 0) continue;
    if ("size" in change) bytes = resized(bytes, change.size);
    else
      for (const { at, part } of sectors(change.at, change.bytes))
        if (luck === 1 || random.below(2) === 0) bytes = written(bytes, at, part);
  }
  left.bytes = bytes;
  left.synced = bytes;
  return left;
}

function sectors(at: number, bytes: Uint8Array): { at: number; part: Uint8Array }[] {
  const parts: { at: number; part: Uint8Array }[] = [];
  for (let from = 0; from < bytes.length;) {
    const to = Math.min(bytes.length, from + SECTOR_BYTES - ((at + from) % SECTOR_BYTES));
    parts.push({ at: at + from, part: bytes.subarray(from, to) });
    from = to;
  }
  return parts;
}

function written(bytes: Uint8Array, at: number, part: Uint8Array): Uint8Array {
  const after = at + part.length > bytes.length ? resized(bytes, at + part.length) : bytes.slice();
  after.set(part, at);
  return after;
}

function resized(bytes: Uint8Array, size: number): Uint8Array {
  const after = new Uint8Array(size);
  after.set(bytes.subarray(0, size));
  return after;
}

function codeError(code: string): Error {
  return Object.assign(new Error(`${code}: made by the test`), { code });
}
