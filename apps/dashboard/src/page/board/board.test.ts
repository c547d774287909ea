import { ClientError, type Client, type Publication } from "@fanwire/client";
import { expect, test } from "vitest";
import { News } from "../data/news.ts";
import { Board } from "./board.ts";
import { newAuthor } from "./names.ts";
import { readStrokePiece, readTextLine } from "./payloads.ts";
import { Strokes } from "./strokes.ts";

/** A hub in a variable: what one board publishes, all of them get, the publisher too. */
function hub() {
  const handlers: [topic: string, run: (p: Publication) => void][] = [];
  const published: string[] = [];
  const topic = (name: string) => ({
    publish: async (data: unknown) => {
      published.push(name);
      for (const [of, run] of handlers)
        if (of === name) run({ data: structuredClone(data), topic: name } as Publication);
    },
    subscribe: (run: (p: Publication) => void) => void handlers.push([name, run]),
  });
  const open = (tab: string) => {
    const board = new Board(
      { topic } as unknown as Client,
      new News(),
      newAuthor(tab, () => 0),
    );
    board.start();
    return board;
  };
  return { open, published };
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
  expect(published).toEqual(["board.strokes", "board.text"]);
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
