import { checkToken } from "@fanwire/server";
import { afterEach, expect, test } from "vitest";
import { makeKeyFolder, type KeyFolder } from "../server/key-folder.ts";
import { workerToken } from "./worker-token.ts";

let folder: KeyFolder;
afterEach(() => folder.remove());

test("a worker may take jobs of its queue and say what it has done, and nothing else", async () => {
  folder = await makeKeyFolder();
  const token = await workerToken(folder.keyFile, "worker-1", 60);
  const checked = await checkToken(token, { keys: [folder.hubKeyFile] });
  if (!checked.isGood) throw new Error(checked.reason);
  expect(checked.rights).toEqual({ pub: ["jobs.done"], "queue.consume": ["files"] });
});
