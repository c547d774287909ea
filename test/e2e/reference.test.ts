// The API reference, made as a developer makes it.

import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const folder = new URL("../../apps/reference/", import.meta.url);

const page = (name: string): string =>
  readFileSync(new URL(`dist/${name}.html`, folder), "utf8")
    .replaceAll(/<[^>]+>/gu, "")
    .replaceAll(/\s+/gu, " ");

test("all that is exported is documented, and no link in it leads nowhere", async () => {
  // it ends with 1 when that is not so
  const { stdout } = await promisify(execFile)(process.execPath, [
    fileURLToPath(new URL("make.mjs", folder)),
  ]);
  expect(stdout).toMatch(/declarations of \d+ entries/u);
  expect(page("functions/client_src.createClient")).toContain("Throws a TypeError for a URL");
  expect(page("functions/client_src_queue.queue")).toContain("queue");
  expect(page("interfaces/client_src.SubscribeOptions")).toContain("signal");
});
