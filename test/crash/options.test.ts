import { expect, test } from "vitest";
import { help, parse, UsageError } from "./options.ts";

test("the command says what it takes, and what it does not understand", () => {
  expect(parse(["--kills", "7", "--seed", "3", "--json"])).toMatchObject({
    command: "loop",
    kills: 7,
    seed: 3,
    window: 32,
    diskErrors: 0,
    asJson: true,
  });
  expect(parse([])).toMatchObject({ command: "loop", kills: 100 });
  expect(parse(["power", "--cuts", "5"])).toMatchObject({ command: "power", cuts: 5 });
  expect(parse(["syscalls", "--call", "rename"])).toMatchObject({ call: "rename", jobs: 1 });
  expect(parse(["rot"])).toMatchObject({ flips: 200, mebibytes: 64 });
  expect(parse(["rot", "--help"])).toBe("help");
  for (const name of ["loop:", "syscalls:", "power:", "rot:", "--disk-errors N"])
    expect(help()).toContain(name);
  expect(() => parse(["--kills", "many"])).toThrow(UsageError);
  expect(() => parse(["--kill", "1"])).toThrow(UsageError);
  expect(() => parse(["power", "--kills", "1"])).toThrow(UsageError);
  expect(() => parse(["syscalls", "--jobs", "0"])).toThrow("is not a whole number from 1 on");
  expect(() => parse(["explode"])).toThrow("There are loop, syscalls, power, rot.");
});
