import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHub } from "@fanwire/server";
import { expect, test } from "vitest";
import { HUB_CONFIG } from "./hub-config.ts";

test("a hub takes it, and needs a folder for it", async () => {
  expect(() => createHub(HUB_CONFIG)).toThrow(/data/);
  const data = mkdtempSync(join(tmpdir(), "fanwire-config-"));
  const hub = createHub({ ...HUB_CONFIG, data });
  await hub.close();
  rmSync(data, { recursive: true });
});
