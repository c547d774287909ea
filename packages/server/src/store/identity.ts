// Chance that tells stores and eras apart.

import { randomBytes, randomInt } from "node:crypto";
import type { StoreIdentity } from "./format.ts";

/** A new era, of a new store unless its id is given. Another one than any before, as good as certainly. */
export function newIdentity(storeId: string = randomBytes(16).toString("hex")): StoreIdentity {
  return { storeId, era: randomInt(1, 0x1_0000_0000) };
}
