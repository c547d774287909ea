import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { News } from "./news.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());
const said = (news: News) => news.item.get()?.sentence;

test("the first sentence is told at once", () => {
  const news = new News();
  news.tell("Live from atlas.");
  expect(said(news)).toBe("Live from atlas.");
});

test("a sentence stands for two seconds, and of those that wait the newest follows", () => {
  const news = new News();
  news.tell("one");
  news.tell("two");
  news.tell("three");
  vi.advanceTimersByTime(1_999);
  expect(said(news)).toBe("one");
  vi.advanceTimersByTime(1);
  expect(said(news)).toBe("three");
});

test("a denial does not wait, and what waited is not told after it", () => {
  const news = new News();
  news.tell("one");
  news.tell("two");
  news.tell("Access denied.", true);
  expect(said(news)).toBe("Access denied.");
  expect(news.item.get()?.urgent).toBe(true);
  vi.advanceTimersByTime(5_000);
  expect(said(news)).toBe("Access denied.");
});

test("after a silence a sentence is told at once again", () => {
  const news = new News();
  news.tell("one");
  vi.advanceTimersByTime(2_500);
  news.tell("two");
  expect(said(news)).toBe("two");
});
