// Chromium, where there is one.

import { existsSync, readFileSync } from "node:fs";
import { chromium } from "playwright";

/** Where the set-up of the tests writes down which it found. */
const cached = new URL("../../../../node_modules/.cache/chromium-path", import.meta.url);

/** Its path; undefined where there is none. */
export function findChromium(): string | undefined {
  const known = existsSync(cached) ? readFileSync(cached, "utf8") : undefined;
  return [process.env["CHROMIUM_PATH"], known, chromium.executablePath()].find(
    (path) => path !== undefined && path !== "" && existsSync(path),
  );
}

/** What is said where there is none. */
export const NO_CHROMIUM =
  "There is no Chromium here, so nothing was measured in a browser: set CHROMIUM_PATH to one, or run npm test once, which looks for one.";
