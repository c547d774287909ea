import { expect, test } from "vitest";
import { inFolder } from "./folder.testkit.ts";
import { rot } from "./rot.ts";

test("a bit that has changed anywhere in a store of megabytes: it is refused and not changed, or it holds what it held", async () => {
  const seed = Math.floor(Math.random() * 1_000_000);
  await inFolder(async (directory) => {
    const { wrong, refused, harmless, torn } = await rot({
      flips: 12,
      bytes: 2_097_152,
      seed,
      directory,
    });
    expect(wrong, `Once more: npm run crash -- rot --seed ${seed} --mebibytes 2`).toEqual([]);
    const refusals = Object.values(refused).reduce((sum, count) => sum + count, 0);
    expect(refusals + harmless + torn).toBe(12);
  });
}, 120_000);
