import { SeededRandom } from "@fanwire/testkit";
import { describe, expect, test } from "vitest";
import { pauseAfter } from "./backoff.ts";
import { Book } from "./book.ts";
import { Line, OUT, Stand } from "./line.ts";
import { Tails } from "./tails.ts";

describe("a line", () => {
  test("keeps its order, whatever is put in and taken out, and wherever", () => {
    for (let seed = 1; seed <= 50; seed++) {
      const random = new SeededRandom(seed);
      const line = new Line<Stand<null>>();
      let all: Stand<null>[] = [];
      for (let i = 0; i < 400; i++) {
        if (random.below(5) < 3) {
          const one = new Stand(null, i, 0);
          line.add(one, random.below(2) === 0 ? i : random.below(i + 1));
          all.push(one);
        } else if (all.length > 0) {
          const one = random.of(all);
          line.remove(one);
          all = all.filter((other) => other !== one);
          expect(one.place).toBe(OUT);
        }
        const first = all.toSorted((a, b) => a.key - b.key || a.seq - b.seq)[0] ?? null;
        expect(line.first).toBe(first);
      }
    }
  });
});

describe("a book", () => {
  test("finds what was put in, in any order of numbers, and lets go of pages that are empty", () => {
    const random = new SeededRandom(3);
    const book = new Book<{ seq: number }>();
    const all = new Map<number, { seq: number }>();
    for (let i = 0; i < 5000; i++) {
      const seq = random.below(2000) * 7;
      const known = all.get(seq);
      if (known === undefined) {
        const item = { seq };
        book.add(item);
        all.set(seq, item);
      } else {
        book.remove(known);
        all.delete(seq);
      }
      expect(book.find(seq)).toBe(all.get(seq));
    }
    const sorted = [...all.keys()].toSorted((a, b) => a - b);
    expect([...book.from(0)].map(({ seq }) => seq)).toEqual(sorted);
    expect([...book.from(5001)].map(({ seq }) => seq)).toEqual(sorted.filter((seq) => seq >= 5001));
  });
});

describe("pauses", () => {
  const settings = {
    backoffMs: 1000,
    backoffFactor: 2,
    backoffMaxMs: 300_000,
    backoffJitterPercent: 20,
  };

  test("are spread evenly, a fifth up and down, and always the same", () => {
    const all = Array.from({ length: 10_000 }, (_, seq) => pauseAfter(1, seq, settings));
    expect(Math.min(...all)).toBeGreaterThanOrEqual(800);
    expect(Math.max(...all)).toBeLessThanOrEqual(1200);
    for (let from = 800; from < 1200; from += 50) {
      const within = all.filter((pause) => pause >= from && pause < from + 50).length;
      expect(Math.abs(within - 1250)).toBeLessThan(150);
    }
    expect(pauseAfter(3, 77, settings)).toBe(pauseAfter(3, 77, settings));
  });

  test("stay within their bound after any number of failures", () => {
    expect(pauseAfter(1000, 1, { ...settings, backoffJitterPercent: 0 })).toBe(300_000);
  });
});

describe("tails", () => {
  test("are copies, small and large, and stay what they were", () => {
    const random = new SeededRandom(5);
    const tails = new Tails();
    const source = new Uint8Array(5000);
    const all = Array.from({ length: 300 }, (_, i) => {
      const length = random.below(10) === 0 ? random.below(4000) : random.below(300);
      const head = random.below(length + 1);
      source.fill(i, 0, length);
      const tail = tails.keep(source.subarray(head, length), source, head);
      expect(tail.length).toBe(length);
      return tail;
    });
    for (const [i, tail] of all.entries())
      expect(tail.every((byte) => byte === i % 256)).toBe(true);
  });

  test("small ones share a block, which is small itself", () => {
    const tails = new Tails();
    const buffers = Array.from(
      { length: 100 },
      () => tails.keep(new Uint8Array(80), new Uint8Array(50), 20).buffer,
    );
    expect(new Set(buffers).size).toBe(3);
    expect(Math.max(...buffers.map(({ byteLength }) => byteLength))).toBe(4096);
  });
});
