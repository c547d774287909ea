import { SeededRandom } from "@fanwire/testkit";
import { describe, expect, test } from "vitest";
import { type Chunk, ChunkMemory } from "./chunk-memory.ts";
import { emptyRecord, TopicLog } from "./log.ts";

/** Everything that is written into chunks is there until they are given back. */
function filled(chunk: Chunk, mark: number): Chunk {
  chunk.slab.bytes.fill(mark, chunk.from, chunk.to);
  return chunk;
}

describe("H2", () => {
  test("H2 no two histories are given the same memory, in whatever order they give it back", () => {
    const random = new SeededRandom(1);
    const memory = new ChunkMemory();
    const taken: { readonly chunk: Chunk; readonly mark: number }[] = [];
    for (let i = 0; i < 20_000; i++) {
      if (taken.length > 0 && random.below(100) < (i < 10_000 ? 40 : 55)) {
        const [{ chunk, mark }] = taken.splice(random.below(taken.length), 1) as [
          (typeof taken)[0],
        ];
        const { bytes } = chunk.slab;
        expect(bytes[chunk.from]).toBe(mark);
        expect(bytes[chunk.to - 1]).toBe(mark);
        memory.giveBack(chunk);
      } else {
        const size = 1 + random.below(random.below(20) === 0 ? 40_000 : 3000);
        const chunk = memory.take(size, i);
        expect(chunk.to - chunk.from).toBeGreaterThanOrEqual(size);
        taken.push({ chunk: filled(chunk, i % 251), mark: i % 251 });
      }
    }
    for (const { chunk, mark } of taken)
      expect(new Set(chunk.slab.bytes.subarray(chunk.from, chunk.to))).toEqual(new Set([mark]));
  });

  test("H2 memory that histories gave back serves the next ones, and a large one is let go", () => {
    const memory = new ChunkMemory();
    const first = memory.take(1000, 1);
    memory.giveBack(first);
    const second = memory.take(1000, 2);
    expect([second.slab === first.slab, second.from]).toEqual([true, first.from]);
    const large = memory.take(100_000, 3);
    memory.giveBack(large);
    expect(memory.take(100_000, 4).slab).not.toBe(large.slab);
  });

  test("H2 of many empty pieces of memory a few are kept, for histories of any size", () => {
    const memory = new ChunkMemory();
    const chunks = Array.from({ length: 5000 }, (_, i) => memory.take(1000, i));
    const slabs = new Set(chunks.map(({ slab }) => slab));
    expect(slabs.size).toBeGreaterThan(8);
    for (const chunk of chunks) memory.giveBack(chunk);
    const again = new Set(Array.from({ length: 1000 }, (_, i) => memory.take(8000, i).slab));
    expect([...again].filter((slab) => slabs.has(slab)).length).toBe(4);
  });

  test("H2 histories that share memory hold what was published on each, while others are trimmed, reset and filled", () => {
    const random = new SeededRandom(7);
    const memory = new ChunkMemory();
    const bounds = { count: 50, bytes: 1e6, ageMs: 1e9 };
    const logs = Array.from({ length: 20 }, () => new TopicLog(bounds, 1, true, memory));
    const published = logs.map((): number[] => []);
    for (let i = 0; i < 20_000; i++) {
      const n = random.below(logs.length);
      if (random.below(500) === 0) {
        logs[n]!.reset(1);
        published[n] = [];
        continue;
      }
      const mark = random.below(256);
      const size = 4 + random.below(random.below(10) === 0 ? 20_000 : 200);
      logs[n]!.append(i, i, new Uint8Array(size).fill(mark), 0, size, i);
      published[n]!.push(mark);
    }
    for (const [n, log] of logs.entries()) expect(marksOf(log)).toEqual(published[n]!.slice(-50));
  });
});

function marksOf(log: TopicLog): number[] {
  const cursor = log.seek(log.first);
  const record = emptyRecord();
  const marks: number[] = [];
  while (log.read(cursor, record)) {
    const tail = new Set(record.bytes.subarray(record.from, record.to));
    marks.push(...tail);
  }
  return marks;
}
