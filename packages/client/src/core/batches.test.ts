import fc from "fast-check";
import { expect, test } from "vitest";
import { batches } from "./batches.ts";

test("N18 frames are joined in their order, and no batch is longer than the bound unless one frame is", () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 })),
      fc.integer({ min: 1, max: 60 }),
      (frames, bytesMax) => {
        const joined = batches(frames, bytesMax);
        expect(joined.flatMap((batch) => [...batch])).toEqual(
          frames.flatMap((frame) => [...frame]),
        );
        for (const batch of joined)
          expect(
            batch.length <= bytesMax || frames.some(({ length }) => length === batch.length),
          ).toBe(true);
      },
    ),
  );
});

test("N18 nothing to say is no batch", () => {
  expect(batches([], 10)).toEqual([]);
});
