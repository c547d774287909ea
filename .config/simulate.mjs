// `npm run simulate -- [--seeds N] [--first S]`: hubs that are killed again and again, from many more seeds than in the tests.
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "100000" },
    first: { type: "string", default: "0" },
    help: { type: "boolean", short: "h" },
  },
});
if (values.help) {
  console.log(
    "npm run simulate -- [--seeds N] [--first S]   100,000 from 0; a fault is told with its seed",
  );
  process.exit(0);
}
if (![values.seeds, values.first].every((text) => /^\d{1,9}$/u.test(text))) {
  console.error("--seeds and --first are whole numbers.");
  process.exit(2);
}
const { status } = spawnSync(
  "vitest",
  [
    "run",
    "--config",
    ".config/vitest.config.ts",
    "--project",
    "node",
    "packages/server/src/core/crash.test.ts",
  ],
  {
    stdio: "inherit",
    shell: process.platform === "win32",
    env: { ...process.env, FANWIRE_SEEDS: values.seeds, FANWIRE_FIRST_SEED: values.first },
  },
);
process.exitCode = status ?? 1;
