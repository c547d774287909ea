// What is published, as it is installed: each entry by itself, in a process of its own.

import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);

const entries = ["client", "protocol", "server", "testing"].flatMap((name) => {
  const manifest = new URL(import.meta.resolve(`@fanwire/${name}/package.json`));
  const { exports } = JSON.parse(readFileSync(manifest, "utf8")) as {
    exports: Record<string, unknown>;
  };
  return (
    Object.keys(exports)
      // the script of a SharedWorker runs in none but that, and is tried in Chromium
      .filter((entry) => !/\.json$|\/worker$/u.test(entry))
      .map((entry) => `@fanwire/${name}${entry.slice(1)}`)
  );
});

test.each(entries)("%s can be imported alone, and says what it has", async (entry) => {
  const { stdout } = await run(
    process.execPath,
    [
      "--input-type=module",
      "-e",
      `console.log(Object.keys(await import("${entry}")).join(" "), "|", import.meta.resolve("${entry}"))`,
    ],
    { cwd: fileURLToPath(new URL(".", import.meta.url)) },
  );
  const [names, file] = stdout.trim().split("|");
  expect(file).toContain("/dist/");
  expect(names!.trim()).not.toBe("");
});
