import { expect, test } from "vitest";
import { inFolder, notTested } from "./folder.testkit.ts";
import { crashLoop } from "./loop.ts";
import { whyNoStrace } from "./strace.ts";

test("a hub that is killed 30 times under load, at any time and at chosen points, keeps what it has promised", async () => {
  const why = whyNoStrace();
  if (why !== undefined) notTested("a hub that is killed at chosen points", why);
  const hasPoints = why === undefined;
  const seed = Math.floor(Math.random() * 1_000_000);
  await inFolder(async (directory) => {
    const outcome = await crashLoop({ kills: 30, hasPoints, seed, directory, window: 32 });
    const { faults, figures, killedAt } = outcome;
    expect(
      faults,
      `Data and last events are kept in ${directory}. Once more: npm run crash -- loop --kills 30 --seed ${seed}`,
    ).toEqual([]);
    expect(figures.kills).toBeGreaterThanOrEqual(30);
    expect(figures.confirmed).toBe(figures.sent);
    expect(figures.unknown).toBeGreaterThan(0);
    expect(figures.jobsAcked).toBeGreaterThan(0);
    if (hasPoints) expect(Object.keys(killedAt).length).toBeGreaterThan(0);
  });
}, 240_000);
