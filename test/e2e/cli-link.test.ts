// The command as npm links it in a clone: before anything is built, and after each build.

import { execFile } from "node:child_process";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const execute = promisify(execFile);
const cli = dirname(fileURLToPath(import.meta.resolve("fanwire/package.json")));
const manifest = JSON.parse(readFileSync(join(cli, "package.json"), "utf8")) as {
  version: string;
  bin: { fanwire: string };
  files: string[];
};
const clone = mkdtempSync(join(tmpdir(), "fanwire-"));

/** The command by its link, as a shell in the clone runs it. */
async function linked(...args: readonly string[]) {
  const command = join(clone, "node_modules/.bin/fanwire");
  return execute(command, args, { cwd: clone }).then(
    ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
    (error: { code: unknown; stdout?: string; stderr?: string }) => ({
      code: error.code,
      out: error.stdout,
      err: error.stderr,
    }),
  );
}

/** What a build, or a cache of builds, puts there: files that cannot be run by themselves. */
function build(): void {
  rmSync(join(clone, "cli/dist"), { recursive: true, force: true });
  cpSync(join(cli, "dist"), join(clone, "cli/dist"), { recursive: true });
  chmodSync(join(clone, "cli/dist/main.js"), 0o644);
}

beforeAll(async () => {
  mkdirSync(join(clone, "cli"));
  // what is committed of the package; the others are those of this house
  const { bin } = manifest;
  cpSync(join(cli, bin.fanwire), join(clone, "cli", bin.fanwire), { force: false });
  const bare = { ...manifest, dependencies: {} };
  writeFileSync(join(clone, "cli/package.json"), JSON.stringify(bare));
  writeFileSync(join(clone, "package.json"), '{ "private": true, "workspaces": ["cli"] }');
  rmSync(join(clone, "cli/dist"), { recursive: true, force: true });
  await execute("npm", ["install", "--offline", "--no-audit", "--no-fund", "--ignore-scripts"], {
    cwd: clone,
  });
  mkdirSync(join(clone, "node_modules/@fanwire"));
  for (const name of ["client", "protocol", "server"])
    symlinkSync(
      dirname(fileURLToPath(import.meta.resolve(`@fanwire/${name}/package.json`))),
      join(clone, "node_modules/@fanwire", name),
    );
}, 60_000);

afterAll(() => {
  rmSync(clone, { recursive: true });
});

describe("npx fanwire in a clone", () => {
  test("that is not built yet it says what to do", async () => {
    const { code, err } = await linked("--version");
    expect(code).toBe(1);
    expect(err).toBe("fanwire: this clone is not built yet.\nBuild it with: npm run build\n");
  });

  test("it runs when it is built, and again after another build", async () => {
    for (const time of [1, 2]) {
      build();
      const { code, out, err } = await linked("--version");
      expect([time, code, err]).toEqual([time, 0, ""]);
      expect(out).toMatch(/^\d+\.\d+\.\d+\n$/u);
    }
  });

  test("what is linked is published with what it starts", () => {
    expect(manifest.files).toEqual(expect.arrayContaining(["bin", "dist"]));
  });
});
