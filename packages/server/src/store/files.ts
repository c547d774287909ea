// The file calls that a store makes, all of them synchronous. Behind an interface, so that tests can lose power between any two.

import {
  closeSync,
  copyFileSync,
  constants,
  existsSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  statfsSync,
  unlinkSync,
  writeSync,
} from "node:fs";

/** Throws what node:fs throws: errors with a `code`. */
export interface Files {
  /** Names of what is in a directory; undefined when there is no such directory. */
  list(directory: string): string[] | undefined;
  /** Makes a directory and those above it, for its owner alone. */
  makeDirectory(directory: string): void;
  /** Makes what was made, renamed and removed in a directory survive a power cut. */
  syncDirectory(directory: string): void;
  openToRead(path: string): number;
  /** For reading and writing; the file is there. */
  openToWrite(path: string): number;
  /** For reading and writing; the file is made, or emptied, for its owner alone. */
  create(path: string): number;
  close(file: number): void;
  /** In bytes. */
  size(file: number): number;
  /** Returns how many bytes were read: less than asked for is normal, 0 is the end. */
  read(file: number, bytes: Uint8Array, from: number, to: number, place: number): number;
  /** Returns how many bytes were written: less than asked for is normal. */
  write(file: number, bytes: Uint8Array, from: number, to: number, place: number): number;
  truncate(file: number, bytes: number): void;
  /** Makes the bytes of a file survive a power cut. */
  sync(file: number): void;
  rename(from: string, to: string): void;
  remove(path: string): void;
  /** Bytes that may still be written to the file system of a directory. */
  freeBytes(directory: string): number;
}

/** Owners alone: directories and files. */
const MODE = { directory: 0o700, file: 0o600 } as const;

export const nodeFiles: Files = {
  list(directory) {
    return existsSync(directory) ? readdirSync(directory) : undefined;
  },
  makeDirectory(directory) {
    mkdirSync(directory, { recursive: true, mode: MODE.directory });
  },
  syncDirectory(directory) {
    // Windows opens no directories; there its file system orders what is done to them
    if (process.platform === "win32") return;
    const file = openSync(directory, "r");
    try {
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  },
  openToRead: (path) => openSync(path, "r"),
  openToWrite: (path) => openSync(path, "r+"),
  create: (path) => openSync(path, "w+", MODE.file),
  close: closeSync,
  size: (file) => fstatSync(file).size,
  read: (file, bytes, from, to, place) => readSync(file, bytes, from, to - from, place),
  write: (file, bytes, from, to, place) => writeSync(file, bytes, from, to - from, place),
  truncate: ftruncateSync,
  sync: fdatasyncSync,
  rename: renameSync,
  remove: unlinkSync,
  freeBytes(directory) {
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize;
  },
};

/** Gives a file that is never written to again a second name; on another file system, a copy, which is not synced. */
export function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  }
}

/** Writes all of some bytes, however many calls that takes. */
export function writeAll(files: Files, file: number, bytes: Uint8Array, place: number): void {
  let from = 0;
  while (from < bytes.length) {
    const written = files.write(file, bytes, from, bytes.length, place + from);
    if (written === 0) throw noRoom();
    from += written;
  }
}

/** Reads as many bytes as there are, at most up to `to`. Returns where they end. */
export function readAll(
  files: Files,
  file: number,
  bytes: Uint8Array,
  from: number,
  place: number,
): number {
  let at = from;
  while (at < bytes.length) {
    const read = files.read(file, bytes, at, bytes.length, place + at - from);
    if (read === 0) break;
    at += read;
  }
  return at;
}

/** At most so many bytes of the beginning of a file. */
export function readHead(files: Files, path: string, bytesMax: number): Uint8Array {
  const file = files.openToRead(path);
  try {
    const bytes = new Uint8Array(bytesMax);
    return bytes.subarray(0, readAll(files, file, bytes, 0, 0));
  } finally {
    files.close(file);
  }
}

/** The whole of a file. */
export function readWhole(files: Files, path: string): Uint8Array {
  const file = files.openToRead(path);
  try {
    const bytes = new Uint8Array(files.size(file));
    return bytes.subarray(0, readAll(files, file, bytes, 0, 0));
  } finally {
    files.close(file);
  }
}

/** Makes a whole file that survives a power cut once its directory is synced. */
export function writeWhole(files: Files, path: string, bytes: Uint8Array): void {
  const file = files.create(path);
  try {
    writeAll(files, file, bytes, 0);
    files.sync(file);
  } finally {
    files.close(file);
  }
}

/** Makes the bytes of a file that somebody else has written survive a power cut. */
export function syncFile(files: Files, path: string): void {
  const file = files.openToWrite(path);
  try {
    files.sync(file);
  } finally {
    files.close(file);
  }
}

/** Whether an error says that there is no room; it is the only one that passes. */
export function isNoRoom(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === "ENOSPC" || code === "EDQUOT";
}

function noRoom(): Error {
  return Object.assign(new Error("A write took nothing: no space is left on the device."), {
    code: "ENOSPC",
  });
}
