import { expect, test } from "vitest";
import { Line, type Turn } from "./lanes.ts";

interface Own extends Turn {
  isOpen: boolean;
}

function turnOf(seq: number): Own {
  const payload = new Uint8Array(seq % 10);
  return {
    isOpen: true,
    entry: {
      producer: 1,
      seq,
      n: 0,
      topic: "a",
      options: {},
      encoding: 0,
      meta: null,
      payload,
      until: 0,
    },
    n: 0,
    isSent: false,
    isKept: true,
    send() {},
  };
}

test("a line keeps its order and its sums whoever leaves it, and whatever comes to it late", () => {
  const line = new Line<Own>();
  const turns = Array.from({ length: 1000 }, (_, i) => turnOf(2000 + i));
  const late = Array.from({ length: 10 }, (_, i) => turnOf(1000 + i));
  for (const turn of [...turns, ...late]) line.push(turn);
  line.sort();
  let expected = [...late, ...turns];
  // each third but the first, then from the front
  for (const turn of [...expected.filter((_, i) => i % 3 === 1), ...expected]) {
    if (!turn.isOpen) continue;
    turn.isOpen = false;
    line.leave(turn);
    expected = expected.filter(({ isOpen }) => isOpen);
    expect([...line].map(({ entry }) => entry.seq)).toEqual(expected.map(({ entry }) => entry.seq));
    expect(line.open).toBe(expected.length);
    expect(line.bytes).toBe(expected.reduce((sum, { entry }) => sum + entry.payload.length, 0));
  }
});
