import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { help, parse, UsageError } from "./options.ts";
import { worlds } from "./worlds.ts";

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));

function simulate(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const node = [process.execPath, "--conditions=@fanwire/source", MAIN] as const;
  return spawnSync(node[0], [...node.slice(1), ...args], { encoding: "utf8" });
}

test("the command says what it takes", () => {
  expect(parse([])).toEqual({
    worlds: worlds.map(({ name }) => name),
    seeds: 100_000,
    first: 0,
    bug: null,
    endMs: Infinity,
    asJson: false,
  });
  expect(parse(["--plant", "leaves-ghosts", "--minutes", "2"])).toMatchObject({
    worlds: ["state"],
    bug: "leaves-ghosts",
    endMs: 120_000,
  });
  expect(parse(["--help"])).toBe("help");
  expect(help()).toMatch(/--first SEED[\s\S]*leaves-ghosts/u);
  for (const bad of [
    ["--seeds", "many"],
    ["--seeds", "0"],
    ["--world", "x"],
    ["--plant", "x"],
    ["x"],
  ])
    expect(() => parse(bad)).toThrow(UsageError);
});

test("it ends with 0 where nothing is wrong, and says how much was lived", () => {
  const { status, stdout } = simulate("--seeds", "3", "--first", "7", "--json");
  expect(status).toBe(0);
  const told = JSON.parse(stdout) as { outcomes: { world: string; lived: number }[] };
  expect(told).toMatchObject({ first: 7, seeds: 3, bug: null, isWhole: true });
  expect(told.outcomes.map(({ world, lived }) => [world, lived])).toEqual(
    worlds.map(({ name }) => [name, 3]),
  );
}, 60_000);

test("it ends with 1 at a fault, and tells the seed by which it is seen again", () => {
  const { status, stdout } = simulate("--plant", "both-win", "--seeds", "200");
  expect(status).toBe(1);
  const again = /npm run simulate -- (?<args>.+)/u.exec(stdout)!.groups!["args"]!;
  expect(again).toMatch(/^--world state --first \d+ --seeds 1 --plant both-win$/u);
  const second = simulate(...again.split(" "));
  expect(second.status).toBe(1);
  expect(second.stdout).toContain(/ {2}both-won: .+/u.exec(stdout)![0]);
}, 60_000);

test("it ends with 2 when it cannot be followed", () => {
  const { status, stderr } = simulate("--seeds", "x");
  expect([status, stderr.split("\n")[0]]).toEqual([
    2,
    '--seeds is a whole number from 1 on, not "x".',
  ]);
});
