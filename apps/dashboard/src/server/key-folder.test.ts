import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { checkToken, signToken } from "@fanwire/server";
import { afterEach, expect, test } from "vitest";
import { makeKeyFolder, type KeyFolder } from "./key-folder.ts";

let folder: KeyFolder;
afterEach(() => folder.remove());

const read = (file: string): Record<string, string> =>
  JSON.parse(readFileSync(file, "utf8")) as Record<string, string>;

test("only its owner reads the key, and the hub gets the half that makes no tokens", async () => {
  folder = await makeKeyFolder();
  const { keyFile, hubKeyFile, hubConfigFile } = folder;
  for (const file of [keyFile, hubKeyFile, hubConfigFile])
    expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(dirname(keyFile)).mode & 0o777).toBe(0o700);
  expect(read(keyFile)["d"]).toMatch(/\S{20}/);
  expect(read(hubKeyFile)).not.toHaveProperty("d");
  const token = await signToken(read(keyFile), { sub: "a" });
  expect(await checkToken(token, { keys: [hubKeyFile] })).toMatchObject({ isGood: true });
});

test("each has a key of its own, and is gone when it is removed", async () => {
  const first = await makeKeyFolder();
  folder = await makeKeyFolder();
  expect(read(first.keyFile)["kid"]).not.toBe(read(folder.keyFile)["kid"]);
  await first.remove();
  expect(existsSync(dirname(first.keyFile))).toBe(false);
  expect(existsSync(folder.keyFile)).toBe(true);
});
