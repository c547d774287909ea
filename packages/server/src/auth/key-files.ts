// Keys that lie in files: a JSON Web Key or a set of them, or a PEM. They are read again when they change, and what cannot be read then
// changes nothing.

import { readFileSync, statSync, unwatchFile, watchFile } from "node:fs";
import { importKey, type KeyInput, type VerificationKey } from "./key.ts";
import { isSameKey, KeySet, type KeySource } from "./key-set.ts";

/** How often files are looked at, in milliseconds. */
const LOOK_MS = 1000;

/** What begins a PEM or a JSON Web Key, and no path. */
const LOOKS_LIKE_KEY = /^\s*\{|-----BEGIN/u;

/** Reads the keys of a file. Throws a TypeError that names the file and what is wrong with it. */
export function readKeyFile(path: string): VerificationKey[] {
  if (LOOKS_LIKE_KEY.test(path))
    throw new TypeError(
      "A key stands where the path of a file is expected: give it as { pem }, or as an object.",
    );
  try {
    const text = readFileSync(path, "utf8");
    if (!text.trimStart().startsWith("{") && text.includes("-----BEGIN"))
      return [importKey({ pem: text })];
    return keysOf(JSON.parse(text));
  } catch (error) {
    // no cause: a parser's error quotes the text
    // oxlint-disable-next-line preserve-caught-error
    throw new TypeError(`${path} holds no key that can be used: ${reasonOf(error)}`);
  }
}

/** Whether others than its owner can read a file. */
function isReadByOthers(path: string): boolean {
  return process.platform !== "win32" && (statSync(path).mode & 0o077) !== 0;
}

function keysOf(value: unknown): VerificationKey[] {
  const keys = (value as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(keys)) return [importKey(value as KeyInput)];
  if (keys.length === 0) throw new TypeError("the list is empty.");
  return keys.map((key) => importKey(key as KeyInput));
}

/** A parser quotes what it does not understand, which here is a secret. */
function reasonOf(error: unknown): string {
  if (error instanceof SyntaxError)
    return "it is neither JSON nor a PEM. Make one with: fanwire keys new.";
  return (error as Error).message;
}

/** Keys given by the program, and those of files, which may change. */
export class FixedKeys implements KeySource {
  readonly #given: readonly VerificationKey[];
  readonly #paths: readonly string[];
  #set: KeySet;

  /** Throws a TypeError for what is no key. */
  constructor(inputs: readonly (KeyInput | string)[]) {
    this.#paths = inputs.filter((input) => typeof input === "string");
    this.#given = inputs.flatMap((input) => (typeof input === "string" ? [] : [importKey(input)]));
    this.#set = this.#read();
  }

  /** Files whose keys make tokens, and that others can read. */
  get exposed(): readonly string[] {
    return this.#paths.filter(
      (path) => isReadByOthers(path) && readKeyFile(path).some(({ isPrivate }) => isPrivate),
    );
  }

  find(id: string | undefined, algorithm: string): Promise<VerificationKey | undefined> {
    return Promise.resolve(this.#set.find(id, algorithm));
  }

  has(key: VerificationKey): boolean {
    return this.#set.has(key);
  }

  /** Reads the files again. Throws, changing nothing, when one cannot be used. */
  reload(): void {
    this.#set = this.#read();
  }

  /** Calls `onChange` when a file has changed, until the function that is returned is called. */
  watch(onChange: () => void): () => void {
    for (const path of this.#paths)
      watchFile(path, { interval: LOOK_MS, persistent: false }, onChange);
    return () => {
      for (const path of this.#paths) unwatchFile(path, onChange);
    };
  }

  /** A key that has not changed stays the same object, so that what it verified stays verified. */
  #read(): KeySet {
    const before = this.#set as KeySet | undefined;
    const read = [...this.#given, ...this.#paths.flatMap(readKeyFile)];
    return new KeySet(read.map((key) => before?.keys.find((old) => isSameKey(old, key)) ?? key));
  }
}
