// The demo's own key, new at each start, and what its hub is told: in a folder that only its owner reads, and that is gone when the
// demo is.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newKey, publicKeyOf, type KeyInput } from "@fanwire/server";
import { HUB_CONFIG } from "./hub-config.ts";

export interface KeyFolder {
  /** Makes tokens. */
  readonly key: KeyInput;
  /** The same, for those who make tokens of their own. */
  readonly keyFile: string;
  /** The half that verifies tokens, for the hub: it reads the file again whenever it is started. */
  readonly hubKeyFile: string;
  /** What the hub remembers; it is read again whenever it is started. */
  readonly hubConfigFile: string;
  /** Writes what else is for children of ours; answers with the file. */
  readonly write: (name: string, json: object) => Promise<string>;
  remove(): Promise<void>;
}

export async function makeKeyFolder(): Promise<KeyFolder> {
  // made for its owner alone, as mkdtemp does
  const folder = await mkdtemp(join(tmpdir(), "fanwire-demo-"));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const write = async (name: string, json: object): Promise<string> => {
    const file = join(folder, name);
    await writeFile(file, JSON.stringify(json), { mode: 0o600, flag: "wx" });
    return file;
  };
  try {
    const key = await newKey();
    const [keyFile, hubKeyFile, hubConfigFile] = await Promise.all([
      write("key.json", key),
      write("hub-key.json", publicKeyOf(key)),
      write("hub.json", HUB_CONFIG),
    ]);
    return { key, keyFile, hubKeyFile, hubConfigFile, write, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
