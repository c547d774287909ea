// The suite of all runtimes in those that are here anyway; `npm run test:runtimes` has the others too.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Outcome } from "../runtimes/case.ts";
import { parse } from "../runtimes/options.ts";
import { openSite, type Site } from "../runtimes/place.ts";
import { isWhole, tableOf } from "../runtimes/report.ts";
import { runIn } from "../runtimes/run.ts";
import { cases } from "../runtimes/suite.ts";

let site: Site;

beforeAll(async () => {
  site = await openSite();
});

afterAll(() => site[Symbol.asyncDispose]());

test.each(["node", "chromium"] as const)(
  "the client does all that it should in %s",
  async (name) => {
    const outcomes: Outcome[] = [];
    const version = await runIn(name, {
      place: await site.placeOf(name),
      pageUrl: site.pageUrl,
      tell: (outcome) => outcomes.push(outcome),
      say: () => {},
    });
    expect(version).toMatch(/^\d+\./u);
    expect(outcomes.filter(({ error }) => error !== undefined)).toEqual([]);
    expect(outcomes.map((outcome) => outcome.name)).toEqual(cases.map((one) => one.name));
  },
);

describe("what is told of the runs", () => {
  const good = {
    runtime: "node",
    version: "24.0.0",
    outcomes: [{ name: "connect", ms: 5 }],
  } as const;

  test("a case that failed, one that is missing and a runtime that is not to be had are no success", () => {
    const failed = { ...good, outcomes: [{ name: "connect", ms: 5, error: "got 1, and not 2" }] };
    const absent = { runtime: "deno", outcomes: [], error: "npm could not fetch it." } as const;
    expect([good, failed, absent].map((told) => isWhole(told, 1))).toEqual([true, false, false]);
    expect(isWhole(good, 2)).toBe(false);
    const table = tableOf([good, { ...failed, runtime: "bun" }, absent], ["connect"]);
    expect(table.split("\n")).toEqual([
      "         node 24.0.0  bun 24.0.0  deno",
      "connect  5 ms         FAILED      –",
      "",
      "bun, connect: got 1, and not 2",
      "deno: npm could not fetch it.",
    ]);
  });

  test("the command line takes runtimes that there are", () => {
    expect(parse(["--runtime", "bun", "--json"])).toEqual({ runtimes: ["bun"], asJson: true });
    expect(parse([])).toMatchObject({ runtimes: { length: 5 } });
    expect(() => parse(["--runtime", "rhino"])).toThrow("--runtime is one of node, chromium");
    expect(() => parse(["--fast"])).toThrow("--fast");
  });
});
