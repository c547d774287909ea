import { expect, test } from "vitest";
import { isPageSubject } from "../../tokens.ts";
import { tabSubject } from "./subject.ts";

const storage = (kept = new Map<string, string>()) => ({
  getItem: (key: string) => kept.get(key) ?? null,
  setItem: (key: string, value: string) => void kept.set(key, value),
});

test("a tab is the same subject after a reload, another tab is another", () => {
  const tab = storage();
  const subject = tabSubject(tab);
  expect(isPageSubject(subject)).toBe(true);
  expect(tabSubject(tab)).toBe(subject);
  expect(tabSubject(storage())).not.toBe(subject);
});

test("what is kept and is no subject is replaced", () => {
  const subject = tabSubject({ ...storage(), getItem: () => "publisher" });
  expect(isPageSubject(subject)).toBe(true);
});

test("where nothing can be kept there is a subject all the same", () => {
  const full = () => {
    throw new Error("full");
  };
  expect(isPageSubject(tabSubject({ ...storage(), setItem: full }))).toBe(true);
  expect(isPageSubject(tabSubject(undefined))).toBe(true);
});
