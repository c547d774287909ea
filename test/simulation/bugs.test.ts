import { availableParallelism } from "node:os";
import { beforeAll, expect, test } from "vitest";
import { bugs } from "./bugs.ts";
import { planted } from "./plant.ts";
import { run } from "./run.ts";
import type { Order, Progress } from "./told.ts";
import { worlds } from "./worlds.ts";

/** Seeds in which each must be found. */
const SEEDS = 250;

const found = new Map<string, Progress>();

/** Each world is lived as it is, and with each of its bugs: a process for each processor. */
beforeAll(async () => {
  const orders: Order[] = [
    ...worlds.map(({ name }) => ({ world: name, bug: null, first: 0, seeds: SEEDS })),
    ...bugs.map(({ name, world }) => ({ world, bug: name, first: 0, seeds: SEEDS })),
  ];
  const work = async (): Promise<void> => {
    for (let order = orders.shift(); order !== undefined; order = orders.shift())
      found.set(order.bug ?? order.world, await run(order));
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
}, 240_000);

test.each(worlds)("nothing is found in $name where no bug is planted", ({ name }) => {
  expect(found.get(name)).toMatchObject({ lived: SEEDS, faults: [] });
});

test.each(bugs)("$name is found in $world", ({ name, seenAs }) => {
  const { faults } = found.get(name)!;
  expect(faults[0], `no fault in ${SEEDS} lives`).toBeDefined();
  expect(seenAs, faults[0]!.sentence).toContain(faults[0]!.kind);
});

test("a bug is planted where its text stands once, and nowhere else", () => {
  const edit = { file: "a.ts", find: "x + 1", replace: "x" };
  expect(planted("a.ts", "return x + 1;", [edit])).toBe("return x;");
  expect(planted("b.ts", "return x + 1;", [edit])).toBe("return x + 1;");
  expect(() => planted("a.ts", "return x - 1;", [edit])).toThrow("a.ts has no such place: x + 1");
  expect(() => planted("a.ts", "x + 1, x + 1", [edit])).toThrow("more than one");
});
