import { SeededRandom } from "@fanwire/testkit";
import { describe, expect, test } from "vitest";
import { ChunkMemory } from "./chunk-memory.ts";
import { emptyRecord, TopicLog } from "./log.ts";

const DAY = 86_400_000;
const tail = (size: number, of = 0): Uint8Array => new Uint8Array(size).fill(of);

/** Everything that the log holds, from an offset on. */
function held(
  log: TopicLog,
  from: number = log.first,
): { offset: number; show: number; size: number; of: number | undefined }[] {
  const cursor = log.seek(from);
  const record = emptyRecord();
  const all = [];
  while (log.read(cursor, record))
    all.push({
      offset: record.offset,
      show: record.show,
      size: record.to - record.from,
      of: record.bytes[record.from],
    });
  return all;
}

describe("H2", () => {
  test("H2 the count, the bytes and the age each let go of the oldest", () => {
    const byCount = new TopicLog({ count: 3, bytes: 1e6, ageMs: DAY }, 1);
    const byBytes = new TopicLog({ count: 100, bytes: 250, ageMs: DAY }, 1);
    const byAge = new TopicLog({ count: 100, bytes: 1e6, ageMs: 1000 }, 1);
    for (let i = 1; i <= 5; i++)
      for (const log of [byCount, byBytes, byAge]) log.append(i * 400, i, tail(100, i), 0, 100);
    expect(held(byCount).map(({ offset }) => offset)).toEqual([3, 4, 5]);
    expect(held(byBytes).map(({ offset }) => offset)).toEqual([4, 5]);
    expect(held(byAge).map(({ offset }) => offset)).toEqual([3, 4, 5]);
    expect([byCount, byBytes, byAge].map(({ trimmedShow }) => trimmedShow)).toEqual([2, 3, 2]);
  });

  test("H2 one publication that is larger than the bound is kept until the next one", () => {
    const log = new TopicLog({ count: 10, bytes: 100, ageMs: DAY }, 1);
    log.append(0, 1, tail(5000), 0, 5000);
    expect(log.count).toBe(1);
    log.append(0, 2, tail(50), 0, 50);
    expect(held(log).map(({ offset }) => offset)).toEqual([2]);
  });

  test("H2 what is too old goes when its time comes, to the last one", () => {
    const log = new TopicLog({ count: 10, bytes: 1e6, ageMs: 1000 }, 1);
    expect(log.dueAt).toBe(Infinity);
    log.append(5000, 1, tail(10), 0, 10);
    log.append(5900, 2, tail(10), 0, 10);
    log.trimAged(log.dueAt);
    expect(held(log).map(({ offset }) => offset)).toEqual([2]);
    log.trimAged(log.dueAt);
    expect([log.count, log.first, log.next, log.heldBytes, log.dueAt]).toEqual([
      0,
      3,
      3,
      0,
      Infinity,
    ]);
    log.append(9000, 3, tail(10), 0, 10);
    expect(held(log).map(({ offset }) => offset)).toEqual([3]);
  });

  test("H2 random appends: what is held, by offset and by show number, is what a plain list holds", () => {
    const memory = new ChunkMemory();
    for (let seed = 1; seed <= 200; seed++) {
      const random = new SeededRandom(seed);
      const bounds = {
        count: 1 + random.below(60),
        bytes: 1 + random.below(20_000),
        ageMs: 100 + random.below(50_000),
      };
      const log = new TopicLog(bounds, 1, false, memory);
      let plain: {
        offset: number;
        show: number;
        size: number;
        of: number | undefined;
        at: number;
      }[] = [];
      let bytes = 0;
      let show = 0;
      let now = 0;
      for (let i = 0; i < 200; i++) {
        now += random.below(100) * 100;
        show += 1 + random.below(5);
        const size = random.below(3) === 0 ? random.below(3000) : random.below(100);
        bytes += log.append(now, show, tail(size, i % 251), 0, size);
        plain.push({
          offset: log.next - 1,
          show,
          size,
          of: size > 0 ? i % 251 : undefined,
          at: now,
        });
        while (
          plain.length > bounds.count ||
          (plain.length > 1 && plain.reduce((sum, p) => sum + p.size, 0) > bounds.bytes)
        )
          plain.shift();
        plain = plain.filter(({ at }) => at >= now - bounds.ageMs);
        expect(log.count, `seed ${seed}`).toBe(plain.length);
        const from = log.first + random.below(log.count + 1);
        const expected = plain.filter(({ offset }) => offset >= from);
        const found = held(log, from);
        expect(found.map(({ offset, show: s, size: n }) => [offset, s, n])).toEqual(
          expected.map(({ offset, show: s, size: n }) => [offset, s, n]),
        );
        for (const [j, { size: n, of }] of found.entries())
          if (n > 0) expect(of).toBe(expected[j]!.of);
        const after = random.below(show + 2);
        expect(log.after(after)).toBe(plain.find((p) => p.show > after)?.offset ?? log.next);
        expect(bytes).toBe(log.heldBytes);
      }
    }
  });

  test("H2 the memory of 1,000 publications of 200 bytes is at most 1.25 times their bytes", () => {
    const log = new TopicLog({ count: 1000, bytes: 4_194_304, ageMs: DAY }, 1);
    for (let i = 1; i <= 5000; i++) log.append(i, i, tail(200), 0, 200);
    expect(log.tailBytes).toBe(200_000);
    expect(log.heldBytes).toBeLessThanOrEqual(250_000);
  });
});
