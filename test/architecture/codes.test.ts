import { explain } from "@fanwire/client/errors";
import type { ErrorCode } from "@fanwire/client";
import { expect, test } from "vitest";
import { sourcesOf, testsOf, withoutComments } from "./sources.ts";

const rows = sourcesOf("packages/protocol/src/{error,close}-code.ts").flatMap(({ text }) =>
  [...text.matchAll(/^ {2}\|? ?"?([a-z-]+)"?: row\((\d+)/gmu)].map(
    ([, code, number]) => [code!, number!] as const,
  ),
);
const hubCodes = rows.map(([code]) => code);
const client = sourcesOf("packages/client/src/**/*.ts");

/** The codes that the client makes errors of by itself. */
const made = new Set(
  client.flatMap(({ text }) =>
    [...withoutComments(text).matchAll(/\bnew ClientError\(\s*"([a-z-]+)"/gu)].map(
      ([, code]) => code!,
    ),
  ),
);

test("whatever code the client or a hub makes an error of is explained", () => {
  expect(hubCodes.length).toBeGreaterThan(40);
  expect(made.size).toBeGreaterThan(10);
  for (const code of [...hubCodes, ...made])
    expect([code, explain(code as ErrorCode).help]).toEqual([code, expect.any(String)]);
});

test("each code of the client's own is used", () => {
  const [table] = sourcesOf("packages/client/src/explain/sentences.ts");
  const own = /ownSentences[^{]*\{([^}]*)\}/u.exec(table!.text)![1]!;
  const codes = [...own.matchAll(/^ {2}"?([a-z-]+)"?:/gmu)].map(([, code]) => code!);
  expect(codes.length).toBeGreaterThan(5);
  // what a hub or a socket gives a number for gets its name in one place
  const named = new Set(["refused", "unreachable"]);
  expect(codes.filter((code) => !made.has(code) && !named.has(code))).toEqual([]);
});

/** Tests that say what is answered; those of the tables themselves are none. */
const telling = [
  "packages/{cli,client,server,testing}/src/**/*.ts",
  "test/{browser,e2e,unit}/**/*.ts",
]
  .flatMap(testsOf)
  .filter(({ path }) => !path.includes("/explain/"))
  .map(({ text }) => withoutComments(text));

test("each code that somebody can meet is met in a test", () => {
  const own = [...made].map((code) => [code, code] as const);
  const unmet = [...rows, ...own].filter(([code, number]) => {
    const said = new RegExp(`"${code}"|\\b${number}\\b|[cC]ode\\.${code}\\b`, "u");
    return !telling.some((text) => said.test(text));
  });
  expect(unmet).toEqual([]);
});
