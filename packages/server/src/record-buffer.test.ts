import { describe, expect, test } from "vitest";
import { RecordBuffer } from "./record-buffer.ts";

/** The records that lie in what was taken. */
function recordsIn(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const records: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = view.getUint32(at);
    records.push(bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return records;
}

function filled(length: number, value: number): Uint8Array {
  return new Uint8Array(length).fill(value);
}

describe("a buffer of records", () => {
  test.each([0, 1, 255, 256, 65_536, 16_777_217])(
    "a record of %i bytes is found again behind its length",
    (length) => {
      const buffer = new RecordBuffer();
      buffer.add(filled(length + 10, 7), length);
      buffer.write((w) => w.raw(filled(length, 8), 0, length));
      expect(buffer.count).toBe(2);
      const [added, written, ...more] = recordsIn(buffer.take());
      expect(added!.length).toBe(length);
      expect(added!.every((byte) => byte === 7)).toBe(true);
      expect(written!.length).toBe(length);
      expect(written!.every((byte) => byte === 8)).toBe(true);
      expect(more).toEqual([]);
    },
  );

  test("what was taken has its memory to itself, and is not changed by what comes next", () => {
    const buffer = new RecordBuffer();
    buffer.add(filled(10, 1), 10);
    const first = buffer.take();
    buffer.add(filled(10, 2), 10);
    const second = buffer.take();
    expect(first.buffer.byteLength).toBe(first.length);
    expect(recordsIn(first)).toEqual([filled(10, 1)]);
    expect(recordsIn(second)).toEqual([filled(10, 2)]);
  });

  test("it is empty when it was taken, behind a burst too", () => {
    const buffer = new RecordBuffer();
    for (const length of [100, 5_000_000, 100]) {
      buffer.add(filled(length, 3), length);
      expect(recordsIn(buffer.take()).map((record) => record.length)).toEqual([length]);
      expect(buffer.count).toBe(0);
      expect(buffer.take().length).toBe(0);
    }
  });
});
