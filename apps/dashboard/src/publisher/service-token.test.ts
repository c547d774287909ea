import { checkToken } from "@fanwire/server";
import { afterEach, expect, test } from "vitest";
import { makeKeyFolder, type KeyFolder } from "../server/key-folder.ts";
import { serviceToken } from "./service-token.ts";

let folder: KeyFolder;
afterEach(() => folder.remove());

test("the publisher may publish of hosts and read the clock, and follow nobody", async () => {
  folder = await makeKeyFolder();
  const token = await serviceToken(folder.keyFile, "publisher-1", 60);
  const checked = await checkToken(token, { keys: [folder.hubKeyFile] });
  if (!checked.isGood) throw new Error(checked.reason);
  expect(checked.rights).toEqual({
    sub: ["publisher.publisher-1.clock"],
    pub: ["host.**", "publisher.publisher-1.clock"],
  });
  expect(checked.can("sub", "host.atlas.memory").isAllowed).toBe(false);
  // 256 cores, ten times a second
  expect(checked.limits["publishPerSecond"]).toBeGreaterThan(2_560);
});
