import { expect, test } from "vitest";
import { Lab } from "./lab.ts";
import { findPeer, type Peer } from "./peers.ts";

test.each(["fanwire", "naive"] as const)(
  "%s brings every publication to 20 subscribers, and its processes end",
  { timeout: 60_000 },
  async (name) => {
    const lab = new Lab((await findPeer(name, false)) as Peer, 7);
    try {
      await lab.connect({ topics: 1, subscribers: 20 });
      const flooded = await lab.flood("flood", 16, { ms: 200, warmUpMs: 50 });
      expect(flooded.failures).toEqual([]);
      expect(flooded.values.perSecond).toBeGreaterThan(0);
      const paced = await lab.pace("pace", 200, { ms: 300, warmUpMs: 0 });
      expect(paced.failures).toEqual([]);
      expect(paced.values.p50Ms).toBeGreaterThan(0);
      await lab.disconnect();
    } finally {
      await lab.stop();
    }
    await expect(lab.sample()).rejects.toThrow();
  },
);
