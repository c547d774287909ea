#!/usr/bin/env node
// Committed, unlike dist: npm links a command when it installs, and only to a file that is there; what is built has no mode to be run by.

import { existsSync } from "node:fs";

const main = new URL("../dist/main.js", import.meta.url);

if (existsSync(main)) await import(main.href);
else {
  process.stderr.write("fanwire: this clone is not built yet.\nBuild it with: npm run build\n");
  process.exitCode = 1;
}
