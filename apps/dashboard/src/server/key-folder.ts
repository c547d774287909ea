// The demo's own key, new at each start: in a folder that only its owner reads, and that is gone when the demo is.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newKey, publicKeyOf, type KeyInput } from "@fanwire/server";

export interface KeyFolder {
  /** Makes tokens. */
  readonly key: KeyInput;
  /** The same, for those who make tokens of their own. */
  readonly keyFile: string;
  /** The half that verifies tokens, for the hub: it reads the file again whenever it is started. */
  readonly hubKeyFile: string;
  remove(): Promise<void>;
}

export async function makeKeyFolder(): Promise<KeyFolder> {
  // made for its owner alone, as mkdtemp does
  const folder = await mkdtemp(join(tmpdir(), "fanwire-demo-"));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const write = async (name: string, jwk: object): Promise<string> => {
    const file = join(folder, name);
    await writeFile(file, JSON.stringify(jwk), { mode: 0o600, flag: "wx" });
    return file;
  };
  try {
    const key = await newKey();
    const [keyFile, hubKeyFile] = await Promise.all([
      write("key.json", key),
      write("hub-key.json", publicKeyOf(key)),
    ]);
    return { key, keyFile, hubKeyFile, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
