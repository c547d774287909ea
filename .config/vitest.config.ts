import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { ClosingLine } from "./closing-line.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const cached = new URL("../node_modules/.cache/chromium-path", import.meta.url);
const executablePath =
  process.env["CHROMIUM_PATH"] ?? (existsSync(cached) ? readFileSync(cached, "utf8") : undefined);
const resolve = { conditions: ["@fanwire/source"] };

export default defineConfig({
  root,
  resolve,
  ssr: { resolve },
  test: {
    reporters: [["default", { summary: false }], new ClosingLine()],
    // what is waited for is waited for as long as a slow machine needs; a test ends as soon as it is there
    expect: { poll: { timeout: 15_000 } },
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: "node",
          include: [
            "packages/*/src/**/*.test.ts",
            "apps/*/src/**/*.test.ts",
            "apps/examples/*/*.test.ts",
            "test/{architecture,conformance,simulation,unit}/**/*.test.ts",
          ],
        },
      },
      {
        extends: true,
        // found before the first test, as what is found later loads the page anew
        optimizeDeps: {
          include: ["react", "react-dom/client", "solid-js", "svelte/store", "vue"],
        },
        define: {
          __VUE_OPTIONS_API__: "false",
          __VUE_PROD_DEVTOOLS__: "false",
          __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "false",
        },
        test: {
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          globalSetup: ["./test/browser/hub.setup.ts"],
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            instances: [{ browser: "chromium" }],
            provider: playwright({ launchOptions: executablePath ? { executablePath } : {} }),
          },
        },
      },
      {
        extends: true,
        test: { name: "e2e", include: ["test/{crash,e2e}/**/*.test.ts"], testTimeout: 60_000 },
      },
    ],
  },
});
