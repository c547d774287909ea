import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { crashLoop } from "./loop.ts";
import { help, parse, UsageError } from "./options.ts";

test("a hub that is killed 30 times under load keeps what it has promised", async () => {
  const directory = mkdtempSync(join(tmpdir(), "fanwire-crash-"));
  const seed = Math.floor(Math.random() * 1_000_000);
  const { faults, figures } = await crashLoop({ kills: 30, seed, directory, window: 32 });
  expect(
    faults,
    `Data and last events are kept in ${directory}. Once more: npm run crash -- --kills 30 --seed ${seed}`,
  ).toEqual([]);
  expect(figures.kills).toBeGreaterThanOrEqual(30);
  expect(figures.confirmed).toBe(figures.sent);
  expect(figures.unknown).toBeGreaterThan(0);
  rmSync(directory, { recursive: true });
}, 120_000);

test("the command says what it takes", () => {
  expect(parse(["--kills", "7", "--seed", "3", "--json"])).toMatchObject({
    kills: 7,
    seed: 3,
    window: 32,
    diskErrors: 0,
    asJson: true,
  });
  expect(parse(["--help"])).toBe("help");
  expect(help()).toMatch(/--disk-errors N/u);
  expect(() => parse(["--kills", "many"])).toThrow(UsageError);
  expect(() => parse(["--kill", "1"])).toThrow(UsageError);
});
