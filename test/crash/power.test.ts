import { expect, test } from "vitest";
import { inFolder, notTested } from "./folder.testkit.ts";
import { whyNoPowerCut } from "./loop-disk.ts";
import { powerCuts } from "./power.ts";

test("a hub whose disk loses power three times under load has what it has confirmed, when there is power again", async ({
  skip,
}) => {
  const why = whyNoPowerCut();
  if (why !== undefined)
    return skip(notTested("a hub whose disk loses power, with a real file system", why));
  const seed = Math.floor(Math.random() * 1_000_000);
  await inFolder(async (directory) => {
    const { faults, figures } = await powerCuts({ cuts: 3, seed, directory, window: 32 });
    expect(
      faults,
      `Last events are kept in ${directory}. Once more: npm run crash -- power --cuts 3 --seed ${seed}`,
    ).toEqual([]);
    expect(figures.powerCuts).toBe(3);
    expect(figures.confirmed).toBe(figures.sent);
  });
}, 120_000);
