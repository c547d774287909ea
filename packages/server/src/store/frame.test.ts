import { SeededRandom } from "@fanwire/testkit";
import { describe, expect, test } from "vitest";
import { pack } from "../ports/contract/store.testkit.ts";
import {
  FRAME_ALIGN,
  FRAME_HEAD_BYTES,
  type FrameHead,
  frameLength,
  makeFrame,
  readFrame,
  SEAL_BYTES,
} from "./frame.ts";

/** A frame of some records, at `at` of what else is around it. */
function framed(records: Uint8Array, head: FrameHead, seed: number, at = 0): Uint8Array {
  const frame = new Uint8Array(frameLength(records.length));
  frame.set(records, FRAME_HEAD_BYTES);
  makeFrame(frame, records.length, head, seed);
  const around = new Uint8Array(at + frame.length + 24).fill(0xee);
  around.set(frame, at);
  return around;
}

function randomHead(random: SeededRandom, count: number): FrameHead {
  return {
    firstLsn: 1 + random.below(Number.MAX_SAFE_INTEGER - 1),
    count,
    flags: random.below(4),
    syncedUpTo: random.below(Number.MAX_SAFE_INTEGER),
    previous: random.below(0x1_0000_0000),
  };
}

function randomRecords(random: SeededRandom, count: number): Uint8Array {
  return pack(
    ...Array.from({ length: count }, () =>
      Uint8Array.from({ length: random.below(60) }, () => random.below(256)),
    ),
  );
}

describe("a frame", () => {
  test("Z1 is read as it was made, whatever its records, wherever it lies", () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = new SeededRandom(seed);
      const count = random.below(20);
      const records = randomRecords(random, count);
      const head = randomHead(random, count);
      const sumSeed = random.below(0x1_0000_0000);
      const at = random.below(5) * FRAME_ALIGN;
      const frame = readFrame(framed(records, head, sumSeed, at), at, sumSeed);
      expect(frame, `seed ${seed}`).toMatchObject({ ...head, at });
      expect(Buffer.compare(frame!.records, records), `seed ${seed}`).toBe(0);
      expect(frame!.end % FRAME_ALIGN).toBe(0);
    }
  });

  test("Z1 of another segment, and one that is cut, is none", () => {
    const head = { firstLsn: 5, count: 2, flags: 0, syncedUpTo: 4, previous: 9 };
    const bytes = framed(pack("one", "two"), head, 77);
    const whole = frameLength(pack("one", "two").length);
    expect(readFrame(bytes, 0, 77)).toBeDefined();
    expect(readFrame(bytes, 0, 78)).toBeUndefined();
    for (let length = 0; length < whole; length++)
      expect(readFrame(bytes.subarray(0, length), 0, 77)).toBeUndefined();
  });

  test("Z1 with any bit turned is none", () => {
    const bytes = framed(
      pack("some", "", "records"),
      { firstLsn: 1, count: 3, flags: 0, syncedUpTo: 0, previous: 0 },
      3,
    );
    const whole = frameLength(pack("some", "", "records").length);
    for (let bit = 0; bit < whole * 8; bit++) {
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      expect(readFrame(bytes, 0, 3), `bit ${bit}`).toBeUndefined();
      bytes[bit >> 3]! ^= 1 << (bit & 7);
    }
    expect(readFrame(bytes, 0, 3)).toBeDefined();
  });

  test("a seal is one without records", () => {
    const seal = framed(
      new Uint8Array(0),
      { firstLsn: 8, count: 0, flags: 1, syncedUpTo: 7, previous: 1 },
      4,
    );
    expect(readFrame(seal, 0, 4)).toMatchObject({ count: 0, flags: 1, end: SEAL_BYTES });
  });
});
