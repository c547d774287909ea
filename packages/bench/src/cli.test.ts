import { expect, test } from "vitest";
import { help, parse, UsageError } from "./cli.ts";

test("without flags it is a full run", () => {
  expect(parse([])).toEqual({
    quick: false,
    only: [],
    peers: undefined,
    rounds: 5,
    seconds: 1.5,
    seed: 1,
    json: undefined,
    report: undefined,
    picture: undefined,
    profile: undefined,
  });
});

test("flags are taken, in any case of letters", () => {
  const flags = ["--quick", "--only", "a, E", "--peers", "fanwire,Naive", "--rounds=2"];
  expect(parse([...flags, "--seconds", "0.5", "--json", "x.json", "--seed", "7"])).toMatchObject({
    quick: true,
    only: ["A", "E"],
    peers: ["fanwire", "naive"],
    rounds: 2,
    seconds: 0.5,
    json: "x.json",
    seed: 7,
  });
});

test.each([
  [["--fast"], "--fast"],
  [
    ["--only", "Z"],
    'There is no scenario "Z". Choose among A, B, R, C, E, D, P, T, S, N, U, J, K, F, G, V, W, H, Q, L, X.',
  ],
  [["--peers", "nats"], 'There is no server "nats". Choose among fanwire, naive, bun,'],
  [["--rounds", "0"], '--rounds is a whole number from 1 to 99, not "0".'],
  [["--rounds", "x"], "--rounds"],
  [["--seconds", "1000"], "--seconds"],
  [["--json"], "--json"],
  [["extra"], "extra"],
])("%j is answered with a sentence and the next step", (args, sentence) => {
  expect(() => parse(args)).toThrow(UsageError);
  expect(() => parse(args)).toThrow(sentence);
});

test("help names every flag, scenario and server", () => {
  expect(parse(["--quick", "--help"])).toBe("help");
  const words = [
    "--quick",
    "--only A,E",
    "--report FILE",
    "Fan-out",
    "Slow consumers",
    "aedes",
    "rabbitmq-quorum",
  ];
  for (const word of words) expect(help()).toContain(word);
});
