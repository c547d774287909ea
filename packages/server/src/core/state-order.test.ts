import { SeededRandom } from "@fanwire/testkit";
import { expect, test } from "vitest";
import { TopicState } from "./state.ts";

const DELETION_MS = 600_000;

test.each([1, 2, 3])(
  "I2 what changed after any offset is found, whatever was replaced, deleted and let go (seed %i)",
  (seed) => {
    const random = new SeededRandom(seed);
    const state = new TopicState();
    const model = new Map<string, { offset: number; isDeleted: boolean }>();
    const bytes = 10;
    for (let offset = 1; offset <= 5000; offset++) {
      // some keys change all the time, others hardly ever
      const key = `k${random.below(2) === 0 ? random.below(5) : random.below(400)}`;
      const isDeleted = random.below(8) === 0;
      state.set({
        key,
        offset,
        show: offset * 2,
        lsn: 0,
        tail: new Uint8Array(bytes),
        isDeleted,
        at: offset,
        expiresAt: Infinity,
      });
      model.set(key, { offset, isDeleted });
      if (random.below(500) === 0) {
        state.trim(offset + DELETION_MS);
        for (const [name, value] of model) if (value.isDeleted) model.delete(name);
      }
      if (random.below(20) > 0) continue;
      const sorted = [...model.values()].map((value) => value.offset).toSorted((a, b) => a - b);
      const from = random.below(offset + 2);
      const expected = sorted.filter((each) => each > from);
      expect([...following(state, from)]).toEqual(expected);
      expect(state.afterShow(from * 2)?.offset).toBe(expected[0]);
      expect(state.afterShow(from * 2 + 1)?.offset).toBe(expected[0]);
      expect(state.bytes).toBe(model.size * bytes);
    }
  },
);

function* following(state: TopicState, offset: number): Generator<number> {
  for (let entry = state.after(offset); entry !== null; entry = entry.newer) yield entry.offset;
}
