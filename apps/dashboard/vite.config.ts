import { defaultClientConditions, defineConfig } from "vite";

export default defineConfig({
  resolve: { conditions: ["@fanwire/source", ...defaultClientConditions] },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  // the page is allowed nothing but files of its own origin: data: addresses of small fonts would be refused
  build: { assetsInlineLimit: 0, target: "es2022", modulePreload: { polyfill: false } },
});
