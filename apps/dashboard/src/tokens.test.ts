import { expect, test } from "vitest";
import { isPageSubject, tokenSeconds } from "./tokens.ts";

test("a page's subject is one that it made up, and nobody else's", () => {
  expect(isPageSubject("page-0123456789ab")).toBe(true);
  for (const other of ["", "publisher", "page-", "page-a.**", "page-0123456789AB"])
    expect(isPageSubject(other)).toBe(false);
});

test("tokens are good for ten minutes, or from two seconds to a day", () => {
  expect([undefined, "2", "86400"].map((asked) => tokenSeconds(asked))).toEqual([600, 2, 86_400]);
  for (const asked of ["1", "86401", "2.5", "soon", ""])
    expect(tokenSeconds(asked)).toBeUndefined();
});
