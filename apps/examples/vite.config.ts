import { fileURLToPath } from "node:url";
import { defaultClientConditions, defineConfig } from "vite";
import { pages } from "./pages.ts";

const files = ["index.html", ...pages.map((page) => `${page}/index.html`)];

export default defineConfig({
  resolve: { conditions: ["@fanwire/source", ...defaultClientConditions] },
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    rolldownOptions: { input: files.map((file) => fileURLToPath(new URL(file, import.meta.url))) },
  },
});
