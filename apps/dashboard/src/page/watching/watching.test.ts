import { expect, test } from "vitest";
import { newAuthor } from "../board/names.ts";
import { Rows } from "./rows.ts";
import { deviceOf, readWatcher, type Doing, type Watcher } from "./watcher.ts";

const watcher = (tab: string, doing: Doing = "Board"): Watcher => ({
  ...newAuthor(tab, () => 0),
  device: "phone",
  doing,
});
const shown = (rows: Rows, now: number) =>
  rows.at(now).map(({ tab, note, hasLeft }) => `${tab}: ${note}${hasLeft ? ", dimmed" : ""}`);

test("those who are there say where and what, and keep their places", () => {
  const rows = new Rows();
  rows.take([watcher("a", "Host"), watcher("b")], 0);
  rows.take([watcher("b"), watcher("a", "drawing")], 10);
  expect(shown(rows, 10)).toEqual(["a: phone, drawing", "b: phone, Board"]);
  expect(rows.count).toBe(2);
});

test("who left stays for five seconds, dimmed after the first", () => {
  const rows = new Rows();
  rows.take([watcher("a"), watcher("b")], 0);
  rows.take([watcher("b")], 1_000);
  expect(rows.count).toBe(1);
  expect(shown(rows, 1_900)).toEqual(["b: phone, Board", "a: phone, Board"]);
  expect(shown(rows, 5_200)).toEqual(["b: phone, Board", "a: left 4 s ago, dimmed"]);
  expect(shown(rows, 6_000)).toEqual(["b: phone, Board"]);
});

test("who is back has not left", () => {
  const rows = new Rows();
  rows.take([watcher("a")], 0);
  rows.take([], 1_000);
  rows.take([watcher("a")], 1_500);
  expect(shown(rows, 4_000)).toEqual(["a: phone, Board"]);
});

test("a tab that is a member twice, over its old connection and the new one, is one", () => {
  const rows = new Rows();
  rows.take([watcher("a", "Host"), watcher("a")], 0);
  expect(shown(rows, 0)).toEqual(["a: phone, Board"]);
});

test.each([
  undefined,
  null,
  "a",
  {},
  { ...watcher("a"), doing: "<b>" },
  { ...watcher("a"), device: 1 },
  { ...watcher("a"), name: "x".repeat(41) },
])("what another page says is read before it is shown: %j is nobody", (data) => {
  expect(readWatcher(data)).toBeUndefined();
});

test("nothing else of what it says is kept", () => {
  expect(readWatcher({ ...watcher("a"), more: 1 })).toEqual(watcher("a"));
});

test("a finger is a phone or a tablet", () => {
  expect([deviceOf(false, 400), deviceOf(true, 400), deviceOf(true, 1000)]).toEqual([
    "computer",
    "phone",
    "tablet",
  ]);
});
