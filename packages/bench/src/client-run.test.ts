import { describe, expect, test } from "vitest";
import { findChromium, NO_CHROMIUM } from "./browser/chromium.ts";
import { measureDecode } from "./scenarios/client-decode.ts";
import { measureMemory } from "./scenarios/client-memory.ts";
import { measureResume } from "./scenarios/client-resume.ts";
import { measureTicker } from "./scenarios/client-ticker.ts";
import { sdkNames } from "./sdk/sdks.ts";
import { smallest } from "./smallest.testkit.ts";

const timing = { ms: 100, warmUpMs: 50 };

describe("a client in Node", { timeout: 120_000 }, () => {
  test.each(sdkNames)("takes every publication of the relay (%s)", async (name) => {
    const row = await smallest((start) => measureDecode(start, name, "Node", timing), name);
    expect(row.failures).toEqual([]);
    expect(row.values.perClientCpuSecond).toBeGreaterThan(0);
  });

  test.each(["fanwire", "centrifuge"] as const)("comes back after a cut (%s)", async (name) => {
    const row = await smallest((start) => measureResume(start, name, 20), name);
    expect(row.failures).toEqual([]);
    expect(row.case).toBe("20 subscriptions resumed");
    expect(row.values.tookMs).toBeGreaterThan(0);
  });

  test("comes back by one message, and one answers it", async () => {
    const row = await smallest((start) => measureResume(start, "fanwire", 20), "fanwire");
    expect(row.values).toMatchObject({ messagesUp: 1, messagesDown: 1 });
  });

  test.each(["fanwire", "centrifuge"] as const)("holds subscriptions (%s)", async (name) => {
    const row = await smallest((start) => measureMemory(start, name, 200), name);
    expect(row.failures).toEqual([]);
    expect(row.values.bytesPerSubscription).toBeGreaterThan(0);
  });
});

const chromium = findChromium();
const why = chromium === undefined ? ` — skipped: ${NO_CHROMIUM}` : "";

describe.skipIf(chromium === undefined)(`a client in Chromium${why}`, { timeout: 180_000 }, () => {
  test.each(sdkNames)("takes every publication of the relay (%s)", async (name) => {
    const row = await smallest((start) => measureDecode(start, name, "Chromium", timing), name);
    expect(row.failures).toEqual([]);
    expect(row.values.perSecond).toBeGreaterThan(0);
  });

  test("paints a table of prices", async () => {
    const size = { symbols: 200, perSecond: 400, ms: 500 };
    const row = await smallest((start) => measureTicker(start, size), "fanwire");
    expect(row.failures).toEqual([]);
    expect(row.values.perSecond).toBeGreaterThan(0);
  });
});
