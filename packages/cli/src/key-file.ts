// Keys at the shell: files of one JSON Web Key or a set of them, and the development key of this user.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { type KeyInput, newKey } from "@fanwire/server";
import { exit, Failure } from "./failure.ts";

/** A key, and where it lies. */
export interface KeyFile {
  readonly path: string;
  readonly key: KeyInput;
}

/** Where the development key lies: below XDG_CONFIG_HOME, which is ~/.config. */
export function developmentKeyPath(env: NodeJS.ProcessEnv): string {
  return join(env["XDG_CONFIG_HOME"] ?? join(homedir(), ".config"), "fanwire", "dev-key.json");
}

/** The key of a file that signs: the first one of a set. Throws a {@link Failure}. */
export function readSigningKey(path: string): KeyFile {
  const text = readText(path);
  if (text.includes("-----BEGIN")) return { path, key: { pem: text } };
  try {
    const value = JSON.parse(text) as { keys?: KeyInput[] } & KeyInput;
    return { path, key: value.keys?.[0] ?? value };
  } catch {
    throw new Failure(
      exit.usage,
      `${path} holds no key: it is neither JSON nor PEM.`,
      `Make one with: fanwire keys new --out ${path}`,
    );
  }
}

/** The development key, made when there is none, readable by its owner alone. Returns whether it is new. */
export async function developmentKey(
  env: NodeJS.ProcessEnv,
): Promise<KeyFile & { readonly isNew: boolean }> {
  const path = developmentKeyPath(env);
  if (existsSync(path)) return { ...readSigningKey(path), isNew: false };
  const key = await newKey();
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeKey(path, key);
  return { path, key: key as KeyInput, isNew: true };
}

/** Writes a key that nobody else may read. Throws a {@link Failure} where a file is already. */
export function writeKey(path: string, key: object): void {
  try {
    writeFileSync(path, `${JSON.stringify(key, null, 2)}\n`, { mode: 0o600, flag: "wx" });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "EEXIST")
      throw new Failure(
        exit.failed,
        `${path} is there already, and a key that is overwritten is lost.`,
        "Choose another file, or move that one away.",
      );
    throw new Failure(exit.failed, `${path} cannot be written: ${message}.`);
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new Failure(
      exit.usage,
      `${path} cannot be read: ${(error as Error).message}.`,
      "Make a key with: fanwire keys new --out FILE",
    );
  }
}
