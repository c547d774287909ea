// The client spells the protocol's tables of codes in its own way, for their size. Here they are compared.

import { closeName, closeVerdict, errorCodes, errorName } from "@fanwire/protocol";
import { expect, test } from "vitest";
import { ClientError, hubError } from "./errors.ts";

test("D13 each refusal has its name and says whether a retry can help", () => {
  for (let code = 1; code < 1000; code++) {
    const name = errorName(code);
    expect([code, hubError(code, "Because.")]).toMatchObject([
      code,
      {
        code: name ?? "refused",
        message: "Because.",
        retryable: name !== undefined && errorCodes[name].retry !== "no",
        closeCode: undefined,
      },
    ]);
  }
});

test.each([
  ["closed", "the client or subscription is closed"],
  ["outbox-full", "no connection, and too much waits for it"],
  ["overflow", "read too slowly"],
  ["timeout", "no answer in time"],
  ["unreachable", "no connection"],
] as const)("D13 %s says more than its code where nobody else does", (code, sentence) => {
  expect(new ClientError(code).message).toBe(sentence);
  expect(new ClientError(code, { cause: new Error("Because.") }).message).toBe("Because.");
  expect(new ClientError(code, { message: "So." }).message).toBe("So.");
});

test("N4 each closing has its name, and its range says whether the client comes back", () => {
  for (let code = 1000; code < 5000; code++)
    expect([code, hubError(code, "")]).toMatchObject([
      code,
      {
        code: closeName(code) ?? "unreachable",
        message: closeName(code) ?? `closed with ${code}`,
        retryable: closeVerdict(code) === "retry",
        closeCode: code,
      },
    ]);
});
