import { SeededRandom } from "@fanwire/testkit";
import { describe, expect, test } from "vitest";
import { pack } from "../ports/contract/store.testkit.ts";
import { FRAME_HEAD_BYTES } from "./frame.ts";
import { FRAME_BOUNDS, FrameQueue } from "./frame-queue.ts";
import { countRecords } from "./numbers.ts";

function takeAll(queue: FrameQueue): { bytes: Uint8Array; count: number }[] {
  const frames: { bytes: Uint8Array; count: number }[] = [];
  while (!queue.isEmpty) {
    const { bytes, recordBytes, count } = queue.take();
    frames.push({ bytes: bytes.slice(FRAME_HEAD_BYTES, FRAME_HEAD_BYTES + recordBytes), count });
  }
  return frames;
}

describe("what waits to be written", () => {
  test("Z2 comes together in one frame, in order", () => {
    const queue = new FrameQueue();
    queue.add(pack("a", "b"), 2);
    queue.add(pack("c"), 1);
    expect(takeAll(queue)).toEqual([{ bytes: pack("a", "b", "c"), count: 3 }]);
  });

  test("Z2 is cut into frames that hold to the bounds, and nothing is lost, doubled or moved", () => {
    for (let seed = 1; seed <= 8; seed++) {
      const random = new SeededRandom(seed);
      const queue = new FrameQueue();
      const all: Uint8Array[] = [];
      for (let batch = 0; batch < 12; batch++) {
        const size = random.of([0, 10, 300, 200_000, 1_500_000]);
        const records = Array.from({ length: 1 + random.below(size > 1000 ? 8 : 3000) }, () =>
          new Uint8Array(random.below(size + 1)).fill(batch),
        );
        const bytes = pack(...records);
        all.push(bytes);
        queue.add(bytes, records.length);
      }
      const frames = takeAll(queue);
      expect(Buffer.concat(frames.map(({ bytes }) => bytes)).equals(Buffer.concat(all))).toBe(true);
      for (const { bytes, count } of frames) {
        expect(countRecords(bytes)).toBe(count);
        expect(count).toBeGreaterThan(0);
        expect(count).toBeLessThanOrEqual(FRAME_BOUNDS.records);
        if (count > 1) expect(bytes.length).toBeLessThanOrEqual(FRAME_BOUNDS.bytes);
      }
    }
  });
});
