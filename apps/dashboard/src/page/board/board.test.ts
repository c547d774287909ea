import { ClientError, type Client, type Gap, type Publication } from "@fanwire/client";
import { expect, test, vi } from "vitest";
import { News } from "../data/news.ts";
import { Board } from "./board.ts";
import { newAuthor } from "./names.ts";
import { readStrokePiece, readTextLine, readWipe } from "./payloads.ts";
import { Strokes } from "./strokes.ts";

/**
 * A hub in a variable: what one board publishes, all of them get, the publisher too, and whoever comes later. While it is slow, what
 * is published waits until it is told to `go`.
 */
function hub() {
  const handlers: [topic: string, run: (p: Publication) => void][] = [];
  const gaps: ((gap: Gap) => void)[] = [];
  const log: Publication[] = [];
  const waiting: (() => void)[] = [];
  const state = { isSlow: false };
  const topic = (name: string) => ({
    publish: async (data: unknown) => {
      const publication = { data: structuredClone(data), topic: name } as Publication;
      const show = (): void => {
        log.push(publication);
        for (const [of, run] of handlers) if (of === name) run({ ...publication, replayed: false });
      };
      if (state.isSlow) waiting.push(show);
      else show();
    },
    subscribe(run: (p: Publication) => void) {
      for (const one of log) if (one.topic === name) run({ ...one, replayed: true });
      handlers.push([name, run]);
      return { on: (_: "gap", told: (gap: Gap) => void) => void gaps.push(told) };
    },
  });
  const news: News[] = [];
  const listener = { heard: vi.fn(), followed: vi.fn() };
  const open = (tab: string) => {
    const told = new News();
    news.push(told);
    const client = { topic } as unknown as Client;
    const board = new Board(
      client,
      told,
      newAuthor(tab, () => 0),
    );
    board.start(listener);
    return board;
  };
  const go = (): void => waiting.splice(0).forEach((show) => show());
  const published = () => log.map(({ topic: name }) => name);
  return { open, published, state, go, gaps, news, listener };
}

/** Draws a line of one point. */
function dot(board: Board, at: number): void {
  board.penDown();
  board.draw(at, at);
  board.flush();
}

const lines = (board: Board) => [...board.strokes.all].map(({ points }) => points);

test("what one tab draws, the others show, and each line once", () => {
  const { open } = hub();
  const [a, b] = [open("a"), open("b")];
  a.penDown();
  a.draw(0.1, 0.2);
  a.draw(0.3, 0.4);
  expect(lines(a)).toEqual([[0.1, 0.2, 0.3, 0.4]]);
  a.flush();
  expect(lines(b)).toEqual([[0.1, 0.2, 0.3, 0.4]]);
  expect(lines(a)).toEqual([[0.1, 0.2, 0.3, 0.4]]);
});

test("pieces of a line are joined, a new line is not", () => {
  const { open } = hub();
  const [a, b] = [open("a"), open("b")];
  a.penDown();
  a.draw(0, 0);
  a.flush();
  a.draw(1, 1);
  a.penDown();
  a.draw(0.5, 0.5);
  a.flush();
  expect(lines(b)).toEqual([
    [0, 0, 1, 1],
    [0.5, 0.5],
  ]);
});

test("a frame is one publication, and none when nothing was done", () => {
  const { open, published } = hub();
  const a = open("a");
  a.penDown();
  for (let i = 0; i < 50; i++) a.draw(i / 50, 0);
  a.write("H");
  a.write("He");
  a.flush();
  a.flush();
  expect(published()).toEqual(["board.strokes", "board.text"]);
});

test("what one tab writes, the others read", () => {
  const { open } = hub();
  const [a, b] = [open("a"), open("b")];
  a.write("from the train");
  a.flush();
  expect(b.text.get()).toBe("from the train");
});

test("a cleared board is empty on every tab", () => {
  const { open } = hub();
  const [a, b] = [open("a"), open("b")];
  a.penDown();
  a.draw(0.5, 0.5);
  a.write("x");
  b.clear();
  a.flush();
  a.clear();
  for (const board of [a, b]) {
    expect(lines(board)).toEqual([]);
    expect(board.text.get()).toBe("");
  }
});

test("who comes later sees the board as it is, and nothing of it is news", () => {
  const { open, news, listener } = hub();
  const a = open("a");
  dot(a, 0.1);
  a.clear();
  dot(a, 0.2);
  a.write("still here");
  a.flush();
  const late = open("late");
  expect(lines(late)).toEqual([[0.2, 0.2]]);
  expect(late.text.get()).toBe("still here");
  expect(late.pens.size).toBe(0);
  expect(news.at(-1)?.item.get()).toBeUndefined();
  expect(listener.followed).toHaveBeenCalledTimes(4);
  expect(listener.heard).toHaveBeenCalledTimes(2 * 5);
});

test("all tabs end with the same, whatever was on its way when somebody cleared the board", () => {
  const { open, state, go } = hub();
  const [a, b] = [open("a"), open("b")];
  state.isSlow = true;
  dot(a, 0.1); // before the clear
  b.clear();
  dot(a, 0.2); // behind it
  a.penDown();
  a.draw(0.3, 0.3); // not told yet
  expect(lines(a)).toHaveLength(3);
  go();
  expect(lines(a)).toEqual([
    [0.2, 0.2],
    [0.3, 0.3],
  ]);
  expect(lines(b)).toEqual([[0.2, 0.2]]);
  a.flush();
  go();
  expect(lines(b)).toEqual(lines(a));
});

test("what others drew before our own clear is gone with it, also when it comes after we pressed", () => {
  const { open, state, go } = hub();
  const [a, b] = [open("a"), open("b")];
  state.isSlow = true;
  dot(b, 0.1);
  a.clear();
  dot(a, 0.2);
  go();
  expect([lines(a), lines(b)]).toEqual([[[0.2, 0.2]], [[0.2, 0.2]]]);
});

test("of two who write at once all tabs show the same, the later one", () => {
  const { open, state, go } = hub();
  const [a, b] = [open("a"), open("b")];
  state.isSlow = true;
  a.write("first");
  a.flush();
  b.write("second");
  b.flush();
  go();
  expect([a, b].map((board) => board.text.get())).toEqual(["second", "second"]);
});

test("a board that begins anew is wiped before it is told again, a hole in it is not", () => {
  const { open, gaps } = hub();
  const a = open("a");
  dot(a, 0.1);
  const gap = { topic: "board.strokes", missed: 3, next: undefined };
  gaps[0]?.({ ...gap, reason: "trimmed" });
  expect(lines(a)).toHaveLength(1);
  gaps[0]?.({ ...gap, reason: "epoch" });
  expect(lines(a)).toEqual([]);
});

test("a pen that leaves the surface draws along its edge", () => {
  const { open } = hub();
  const a = open("a");
  a.draw(-3, 1.00004);
  expect(lines(a)).toEqual([[0, 1]]);
});

test.each([
  [
    new ClientError("rate-limited", { message: "Publications come too fast." }),
    "Publications come too fast: other tabs do not see this.",
  ],
  [new ClientError("unknown-outcome"), "Not connected: other tabs do not see this."],
])("what the hub did not take is told with its reason: %s", async (error, sentence) => {
  const news = new News();
  const publish = async () => {
    throw error;
  };
  const client = { topic: () => ({ publish }) } as unknown as Client;
  const board = new Board(
    client,
    news,
    newAuthor("a", () => 0),
  );
  board.write("x");
  board.flush();
  await expect.poll(() => news.item.get()?.sentence).toBe(sentence);
});

const author = { tab: "t", name: "copper-fox", colour: "c1" };

test.each([
  null,
  "x",
  { ...author, id: "1" },
  { ...author, id: "1", points: [0.1] },
  { ...author, id: "1", points: [0.1, 2] },
  { ...author, id: "1", points: [0.1, "0"] },
  { ...author, id: "1", points: Array.from({ length: 2002 }, () => 0) },
  { ...author, colour: "url(x)", id: "1", points: [0, 0] },
  { ...author, name: "n".repeat(41), id: "1", points: [0, 0] },
])("what is no stroke is not drawn: case %#", (data) => {
  expect(readStrokePiece(data)).toBeUndefined();
});

test("a wipe says so, and is no stroke", () => {
  expect(readWipe({ ...author, wipe: true })).toEqual({ ...author, wipe: true });
  for (const data of [null, author, { ...author, wipe: 1 }, { wipe: true }])
    expect(readWipe(data)).toBeUndefined();
  expect(readStrokePiece({ ...author, wipe: true })).toBeUndefined();
});

test("a text that is too long is cut, what is no text is not shown", () => {
  expect(readTextLine({ ...author, text: "x".repeat(500) })?.text).toHaveLength(120);
  expect(readTextLine({ ...author, text: 5 })).toBeUndefined();
});

test("the oldest lines give way", () => {
  const strokes = new Strokes();
  const points = Array.from({ length: 2_000 }, () => 0);
  for (let i = 0; i < 60; i++)
    strokes.add({ tab: "t", name: "n", colour: "c1", id: String(i), points });
  expect([...strokes.all]).toHaveLength(50);
  expect([...strokes.all][0]?.id).toBe("t 10");
});
