import { SeededRandom } from "@fanwire/testkit";
import { describe, expect, test } from "vitest";
import { type Call, FakeDisk } from "./disk.testkit.ts";
import { fsck } from "./fsck.ts";
import { DIRECTORY, errorOf, Hand, SEGMENT_BYTES } from "./hand.testkit.ts";
import { manifestOf } from "./made.testkit.ts";
import { salvage } from "./salvage.ts";

interface Outcome {
  /** What was answered as stored, and what was refused. */
  readonly list: readonly string[];
  readonly confirmed: number;
  readonly refused: readonly string[];
  readonly waiting: readonly string[];
  readonly hasFailed: boolean;
  /** What was stored or refused after the failure: nothing may be. */
  readonly isSilentAfter: boolean;
}

/** Writes frames, fills segments, makes snapshots, and closes. Undefined when it could not even be opened. */
function live(disk: FakeDisk): Outcome | undefined {
  let hand: Hand;
  try {
    hand = new Hand(disk);
  } catch {
    return undefined;
  }
  for (let i = 0; i < 5; i++) hand.append(`a${i} ${"x".repeat(60)}`, `b${i}`);
  hand.snapshot("between");
  for (let i = 0; i < 8; i++) hand.append(`c${i} ${"y".repeat(150)}`);
  hand.prepare();
  hand.snapshot();
  hand.append("large".repeat(SEGMENT_BYTES));
  hand.seal();
  hand.append("last");
  hand.close();
  const kinds = hand.answers.map(({ kind }) => kind);
  const failedAt = kinds.indexOf("failed");
  return {
    list: hand.list,
    confirmed: hand.confirmed,
    refused: hand.refused,
    waiting: hand.waiting,
    hasFailed: failedAt >= 0,
    isSilentAfter: failedAt < 0 || kinds.slice(failedAt + 1).every((kind) => kind === "closed"),
  };
}

const whole = new FakeDisk();
live(whole);

/** The life again, with an error at call n; then it is opened without one. */
function withFault(
  n: number,
  code: string,
  how: "kill" | "power",
): { calls: Call[]; outcome: Outcome | undefined; after: Hand } {
  const calls: Call[] = [];
  const disk = new FakeDisk();
  disk.fault = (call) => {
    if (call.n !== n) return undefined;
    calls.push(call);
    return code;
  };
  const outcome = live(disk);
  return { calls, outcome, after: new Hand(disk.crash(how, new SeededRandom(n))) };
}

describe("a disk that fails", () => {
  test.each(["kill", "power"] as const)(
    "Z8 in any one call: the store says so and writes no more, and what was confirmed is there after a restart (%s)",
    (how) => {
      let failures = 0;
      for (let n = 1; n <= whole.effects; n++) {
        const { calls, outcome, after } = withFault(n, "EIO", how);
        const what = `EIO in call ${n}: ${JSON.stringify(calls)}`;
        const appended = [...(outcome?.list ?? []), ...(outcome?.waiting ?? [])];
        expect(after.list.length, what).toBeGreaterThanOrEqual(outcome?.confirmed ?? 0);
        expect(after.list, what).toEqual(appended.slice(0, after.list.length));
        expect(outcome?.isSilentAfter ?? true, what).toBe(true);
        expect(outcome === undefined || outcome.hasFailed, what).toBe(true);
        failures++;
      }
      expect(failures).toBeGreaterThan(60);
    },
  );

  test("Z8 what is not answered is known to nobody", () => {
    const disk = new FakeDisk();
    const hand = new Hand(disk);
    hand.append("kept");
    disk.fault = ({ effect }) => (effect === "sync" ? "EIO" : undefined);
    hand.append("unknown");
    disk.fault = undefined;
    hand.append("never tried");
    hand.close();
    expect(hand.answers.map(({ kind }) => kind)).toEqual(["stored", "failed", "closed"]);
    expect(hand.answers.find((answer) => answer.kind === "failed")?.sentence).toContain("EIO");
    expect(new Hand(disk.crash("kill", new SeededRandom(1))).list).toEqual(["kept", "unknown"]);
  });

  test.each(["seal", "record"])(
    "Z8 a %s whose sync has failed can be read back and need not be on disk: it is written once more",
    (what) => {
      for (let seed = 1; seed <= 20; seed++) {
        const disk = new FakeDisk();
        const hand = new Hand(disk);
        hand.append("kept");
        disk.fault = ({ effect }) => (effect === "sync" ? "EIO" : undefined);
        if (what === "seal") hand.seal();
        else hand.append("unknown");
        disk.fault = undefined;
        const again = new Hand(disk.crash("kill", new SeededRandom(seed)));
        again.append("afterwards");
        const last = new Hand(again.disk.crash("power", new SeededRandom(seed)));
        expect(last.list).toEqual(again.list);
        expect(last.list.at(-1)).toBe("afterwards");
      }
    },
  );
});

describe("a disk without room", () => {
  test.each(["kill", "power"] as const)(
    "Z9 in any one call: what is refused is not there after a restart, and what is stored is (%s)",
    (how) => {
      let goneOn = 0;
      for (let n = 1; n <= whole.effects; n++) {
        const { calls, outcome, after } = withFault(n, "ENOSPC", how);
        const what = `ENOSPC in call ${n}: ${JSON.stringify(calls)}`;
        if (outcome === undefined) continue;
        const appended = [...outcome.list, ...outcome.waiting];
        expect(after.list.length, what).toBeGreaterThanOrEqual(outcome.confirmed);
        expect(after.list, what).toEqual(appended.slice(0, after.list.length));
        // there is room again at once: at most a frame is refused
        expect(outcome.refused.length, what).toBeLessThanOrEqual(2);
        // a sync that fails leaves unknown what is on disk, whatever it says
        if (calls[0]!.effect !== "sync" && calls[0]!.effect !== "syncDirectory")
          expect(outcome.hasFailed, what).toBe(false);
        if (!outcome.hasFailed) goneOn++;
      }
      expect(goneOn).toBeGreaterThan(30);
    },
  );

  test.each([
    ["nothing", 0],
    ["a manifest", 4096],
  ])(
    "Z9 but for %s: what still fits is stored, then it refuses, and takes again when there is room",
    (_, left) => {
      const disk = new FakeDisk();
      const hand = new Hand(disk);
      hand.prepare();
      disk.capacity = left + disk.paths().reduce((sum, path) => sum + disk.bytesOf(path).length, 0);
      expect(hand.isShortOfRoom).toBe(false);
      for (let i = 0; i < 30; i++) {
        hand.append(`${i} ${"x".repeat(100)}`);
        hand.prepare();
      }
      expect(hand.isShortOfRoom).toBe(true);
      expect(hand.confirmed).toBeGreaterThan(4);
      expect(hand.refused.length).toBeGreaterThan(10);
      // an attempt to go on leaves nothing behind
      expect(disk.paths().filter((path) => path.includes("/log-")).length).toBe(
        manifestOf(disk).segments.length,
      );
      hand.retryRoom();
      expect(hand.isShortOfRoom).toBe(true);
      disk.capacity = Infinity;
      hand.retryRoom();
      expect(hand.isShortOfRoom).toBe(false);
      hand.append("again");
      expect(hand.list.at(-1)).toBe("again");
      hand.close();
      expect(hand.isSound).toBe(true);
      expect(new Hand(disk).list).toEqual(hand.list);
    },
  );

  test("Z9 what was written of a frame is taken back, even if all of it was", () => {
    for (const text of ["x", "x".repeat(100), "x".repeat(3 * SEGMENT_BYTES)])
      for (let write = 1; write <= 200; write++) {
        const disk = new FakeDisk();
        const hand = new Hand(disk);
        hand.append("kept");
        let writes = 0;
        disk.writeBytesMax = text.length > 1000 ? 512 : 8;
        disk.fault = ({ effect }) =>
          effect === "write" && ++writes === write ? "ENOSPC" : undefined;
        hand.append(text);
        disk.fault = undefined;
        if (hand.refused.length === 0) {
          expect(write).toBeGreaterThan(7);
          break;
        }
        expect(new Hand(disk.copy()).list).toEqual(["kept"]);
        expect(new Hand(disk.crash("power", new SeededRandom(write))).list).toEqual(["kept"]);
        hand.append("behind");
        expect(hand.isSound).toBe(true);
        expect(new Hand(disk.crash("power", new SeededRandom(write))).list).toEqual([
          "kept",
          "behind",
        ]);
        expect(write).toBeLessThan(200);
      }
  });

  test("Z9 a snapshot for which there is none is told, changes nothing, and leaves nothing behind", () => {
    const disk = new FakeDisk();
    const hand = new Hand(disk);
    hand.append("a".repeat(300), "b".repeat(300));
    hand.prepare();
    const used = disk.paths().reduce((sum, path) => sum + disk.bytesOf(path).length, 0);
    disk.capacity = used + 300;
    hand.snapshot();
    expect(hand.answers.at(-1)).toEqual({
      kind: "snapshot-ended",
      outcome: { sentence: expect.stringContaining("no room") as string },
    });
    expect(disk.paths().some((path) => path.includes("snap-"))).toBe(false);
    disk.capacity = Infinity;
    hand.append("c");
    hand.snapshot();
    expect(hand.answers.at(-1)).toMatchObject({ outcome: { bytes: expect.any(Number) as number } });
    hand.close();
    expect(new Hand(disk).list).toEqual(hand.list);
  });

  test("Z9 a snapshot without room for another segment begins in the middle of this one, which may not end before it", () => {
    const disk = new FakeDisk();
    const hand = new Hand(disk);
    hand.append("a");
    hand.append("b");
    disk.capacity = 20_000;
    hand.snapshot("c");
    hand.append("d");
    expect(hand.answers.findLast(({ kind }) => kind === "snapshot-ended")).toMatchObject({
      outcome: { bytes: expect.any(Number) as number },
    });
    expect(hand.list).toEqual(["a", "b", "c", "d"]);
    const found = new Hand(disk.copy());
    expect(found.list).toEqual(hand.list);
    expect(found.opened.nextLsn).toBe(5);
    // all behind the first record is lost, as if it had never been written
    const damaged = disk.copy();
    const name = damaged.paths().find((path) => path.includes("/log-"))!;
    damaged.put(
      name,
      Uint8Array.from(disk.bytesOf(name), (byte, i) => (i < 64 + 56 ? byte : 0)),
    );
    expect(errorOf(damaged)).toMatchObject({ code: "corrupt" });
    const options = { files: damaged, lock: damaged.lock };
    expect(fsck(DIRECTORY, options).problems).toMatchObject([{ lsns: [2, 2] }]);
    salvage(DIRECTORY, options);
    const salvaged = new Hand(damaged);
    expect(salvaged.list).toEqual(["a", "b"]);
    salvaged.append("e");
    salvaged.close();
    expect(new Hand(damaged).list).toEqual(["a", "b", "e"]);
  });

  test("Z9 to begin with: it cannot be opened, and can be when there is room", () => {
    const disk = new FakeDisk();
    disk.capacity = SEGMENT_BYTES;
    expect(() => new Hand(disk)).toThrow(expect.objectContaining({ code: "full" }) as Error);
    disk.capacity = Infinity;
    expect(new Hand(disk).opened.nextLsn).toBe(1);
  });
});

describe("a store that is closed", () => {
  test("leaves no file open, and nothing of a snapshot or a spare that it had begun", () => {
    const disk = new FakeDisk();
    const hand = new Hand(disk);
    hand.append("a");
    hand.give({ kind: "begin-snapshot" });
    hand.prepareSlice();
    expect(disk.paths().filter((path) => path.endsWith(".new")).length).toBe(2);
    hand.close();
    expect(disk.openFiles).toBe(0);
    expect(disk.paths().filter((path) => path.endsWith(".new"))).toEqual([]);
    expect(new Hand(disk).list).toEqual(["a"]);
  });
});

describe("a disk that takes less than it is given", () => {
  test.each([1, 7, 64, 513])("Z2 writes of at most %s bytes make the same files", (most) => {
    const disk = new FakeDisk();
    disk.writeBytesMax = most;
    const outcome = live(disk)!;
    expect(outcome.refused).toEqual([]);
    expect(new Hand(disk).list).toEqual(outcome.list);
  });
});

describe("two who write to one directory, where no lock holds", () => {
  test("Z10 notice one another at the manifest, and the one that was there first ends", () => {
    const disk = new FakeDisk();
    const first = new Hand(disk);
    first.append("a");
    disk.locked.clear();
    const second = new Hand(disk);
    for (let i = 0; i < 20; i++) first.append("b".repeat(200));
    expect(first.isSound).toBe(false);
    second.close();
    expect(disk.paths()).toContain(`${DIRECTORY}/MANIFEST`);
  });
});
