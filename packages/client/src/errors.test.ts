// The client spells the protocol's tables of codes in its own way, for their size. Here they are compared.

import { closeName, closeVerdict, errorCodes, errorName } from "@fanwire/protocol";
import { expect, test } from "vitest";
import { hubError } from "./errors.ts";

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

test("N4 each closing has its name, and its range says whether the client comes back", () => {
  for (let code = 1000; code < 5000; code++)
    expect([code, hubError(code, "")]).toMatchObject([
      code,
      {
        code: closeName(code) ?? "unreachable",
        message: closeName(code) ?? "unreachable",
        retryable: closeVerdict(code) === "retry",
        closeCode: code,
      },
    ]);
});
