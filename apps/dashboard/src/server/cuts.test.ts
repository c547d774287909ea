import { expect, test } from "vitest";
import { cutOrder, Cuts } from "./cuts.ts";

const order = (query: string) => cutOrder(new URLSearchParams(query));

test("a cut is for one page, and either momentary or ten seconds long", () => {
  expect(order("page=a1-b2&ms=0")).toEqual({ page: "a1-b2", ms: 0 });
  expect(order("page=a1-b2&ms=10000")).toEqual({ page: "a1-b2", ms: 10_000 });
});

test.each(["", "page=&ms=0", "page=a", "page=a&ms=1", "page=a&ms=1e4", "page=../x&ms=0"])(
  "'%s' is no order",
  (query) => {
    expect(order(query)).toBeUndefined();
  },
);

test("a page is refused until its time has come, others never are", () => {
  const cuts = new Cuts();
  cuts.refuse("a", 10_000);
  expect(cuts.refuses("a", 9_999)).toBe(true);
  expect(cuts.refuses("b", 9_999)).toBe(false);
  expect(cuts.refuses(null, 9_999)).toBe(false);
  expect(cuts.refuses("a", 10_000)).toBe(false);
});

test("of too many cuts the one that ends first gives way", () => {
  const cuts = new Cuts();
  for (let i = 0; i < 101; i++) cuts.refuse(`page-${i}`, 1000 + i);
  expect(cuts.refuses("page-0", 0)).toBe(false);
  expect(cuts.refuses("page-100", 0)).toBe(true);
});
