import { SeededRandom } from "@fanwire/testkit";
import { describe, expect, test } from "vitest";
import { FakeDisk } from "./disk.testkit.ts";
import { errorOf, Hand, SEGMENT_BYTES } from "./hand.testkit.ts";
import { at, made, manifestOf, SMALL_SEGMENT_BYTES, tailOf } from "./made.testkit.ts";
import { manifestText, sealText } from "./manifest.ts";
import { readSegmentHeader, scanSegment, segmentSeed } from "./segment.ts";

/** The whole disk, file by file, without what belongs to no store. */
function image(disk: FakeDisk): string {
  return disk
    .paths()
    .map((path) => `${path} ${Buffer.from(disk.bytesOf(path)).toString("base64")}`)
    .join("\n");
}

describe("damage", () => {
  test.each(["closed", "killed"] as const)(
    "Z5 any byte changed in a store that was %s: it is refused and nothing is changed, or what it holds is right",
    (how) => {
      const { disk, list } = made(how);
      let refused = 0;
      let harmless = 0;
      for (const path of disk.paths()) {
        const bytes = disk.bytesOf(path);
        for (let i = 0; i < bytes.length; i++) {
          const damaged = disk.copy();
          bytes[i]! ^= 1 << (i % 8);
          damaged.put(path, bytes);
          bytes[i]! ^= 1 << (i % 8);
          const what = `${path} byte ${i}`;
          let hand: Hand;
          try {
            hand = new Hand(damaged);
          } catch (error) {
            refused++;
            expect(["corrupt", "newer-format"], what).toContain((error as { code: string }).code);
            if (i % 16 === 0) {
              const before = disk.copy();
              bytes[i]! ^= 1 << (i % 8);
              before.put(path, bytes);
              bytes[i]! ^= 1 << (i % 8);
              expect(image(damaged) === image(before), what).toBe(true);
            }
            continue;
          }
          harmless++;
          // the last frame of a store that was killed is not sealed: damage to it cannot be told from a torn tail
          const least = how === "closed" ? list.length : list.length - 2;
          expect(hand.list.length, what).toBeGreaterThanOrEqual(least);
          expect(hand.list, what).toEqual(list.slice(0, hand.list.length));
        }
      }
      expect(refused).toBeGreaterThan(1000);
      expect(harmless).toBeGreaterThan(1000);
    },
  );

  test.each(["closed", "killed"] as const)(
    "Z5 a file of a store that was %s cut at any length, or missing: it is refused, or what it holds is right",
    (how) => {
      const { disk, list } = made(how);
      for (const path of disk.paths()) {
        const bytes = disk.bytesOf(path);
        for (let length = 0; length < bytes.length; length += length % 64 === 40 ? 1 : 3) {
          const damaged = disk.copy();
          damaged.put(path, bytes.subarray(0, length));
          const what = `${path} of ${length} bytes`;
          try {
            expect(new Hand(damaged).list, what).toEqual(list);
          } catch (error) {
            expect((error as { code?: string }).code, `${what}: ${String(error)}`).toBe("corrupt");
          }
        }
        const damaged = disk.copy();
        damaged.remove(path);
        try {
          expect(new Hand(damaged).list, path).toEqual(list);
        } catch (error) {
          expect((error as { code?: string }).code, `${path}: ${String(error)}`).toBe("corrupt");
        }
      }
    },
  );

  test("Z5 of what was confirmed is told with segment, byte and records", () => {
    const { disk } = made("killed");
    const { name, bytes, ends } = tailOf(disk);
    bytes[ends[0]! + 60]! ^= 0xff;
    disk.put(at(name), bytes);
    const error = errorOf(disk)!;
    expect(error.code).toBe("corrupt");
    expect(error.message).toMatch(
      new RegExp(`${name} cannot be read at byte ${ends[0]!}, .*records \\d+ to \\d+`, "u"),
    );
    expect(error.message).toContain("Nothing was changed");
  });

  test("Z5 of a segment that is followed by another is told even at its end", () => {
    const { disk } = made("closed");
    const { segments } = manifestOf(disk);
    const entry = segments.at(-2)!;
    const bytes = disk.bytesOf(at(`log-${entry.number}`));
    const last = scanSegment(bytes, entry, segmentSeed(bytes)).frames.at(-1)!;
    bytes[last.at + 5]! ^= 1;
    disk.put(at(`log-${entry.number}`), bytes);
    expect(errorOf(disk)).toMatchObject({ code: "corrupt" });
  });

  test("Z6 of the newest snapshot: the one before stands in with the longer log, and the bad one is set aside", () => {
    const { disk, list } = made("closed");
    const { snapshots } = manifestOf(disk);
    const name = `snap-${snapshots[1]!.number}`;
    const bytes = disk.bytesOf(at(name));
    bytes[100]! ^= 1;
    disk.put(at(name), bytes);
    const hand = new Hand(disk);
    expect(hand.list).toEqual(list);
    expect(disk.paths()).toContain(at(`quarantine/${name}`));
    expect(manifestOf(disk).snapshots.map(({ number }) => number)).toEqual([snapshots[0]!.number]);
    hand.close();
    expect(new Hand(disk).list).toEqual(list);
  });

  test("Z6 of both snapshots is told when the log does not reach back", () => {
    const { disk } = made("closed");
    for (const { number } of manifestOf(disk).snapshots)
      disk.put(at(`snap-${number}`), new Uint8Array(80));
    expect(errorOf(disk)).toMatchObject({ code: "corrupt" });
  });
});

describe("a torn tail", () => {
  /** The disk with other bytes behind the last frame. */
  function torn(
    behind: Uint8Array,
    how: "closed" | "killed" = "killed",
  ): { disk: FakeDisk; list: readonly string[] } {
    const { disk, list } = made(how);
    const { name, bytes, ends } = tailOf(disk);
    bytes.set(behind, ends.at(-1));
    disk.put(at(name), bytes);
    return { disk, list };
  }

  test.each(["killed", "closed"] as const)(
    "Z4 is left out and set aside, and what stands before it goes on in a fresh segment (%s before)",
    (how) => {
      const rest = Uint8Array.from({ length: 48 }, (_, i) => (i === 3 ? 48 : i < 3 ? 0 : 7));
      const { disk, list } = torn(rest, how);
      const { name, ends } = tailOf(disk);
      const hand = new Hand(disk);
      expect(hand.list).toEqual(list);
      expect(hand.opened.tornBytes).toBe(48);
      expect(manifestOf(disk).segments.at(-1)!.number).toBeGreaterThan(Number(name.slice(4)));
      expect(disk.bytesOf(at(`quarantine/${name}-at-${ends.at(-1)!}`))).toEqual(rest);
      hand.append("more");
      hand.close();
      const again = new Hand(disk);
      expect(again.list).toEqual([...list, "more"]);
      expect(again.opened.tornBytes).toBe(0);
    },
  );

  test("Z4 is whatever stands there, if it is no frame of this place", () => {
    const { disk: other } = made("killed");
    const { bytes: strange } = tailOf(other);
    for (const rest of [
      Uint8Array.from([1]),
      new Uint8Array(100).fill(0xff),
      // sound frames, but of another store
      strange.subarray(64, 200),
    ]) {
      const { disk, list } = torn(rest);
      expect(new Hand(disk).list).toEqual(list);
    }
  });

  test("Z4 a frame of this segment behind bytes that cannot be read is no torn tail", () => {
    const { disk } = made("killed");
    const { name, bytes, ends } = tailOf(disk);
    // the first of the last two frames is lost as if its sector had never been written
    bytes.fill(0, ends.at(-3), ends.at(-2));
    disk.put(at(name), bytes);
    expect(errorOf(disk)).toMatchObject({ code: "corrupt" });
  });

  test("Z4 a stop in order leaves nothing behind, and goes on in the same segment", () => {
    const { disk, list } = made("closed");
    const before = tailOf(disk).name;
    const hand = new Hand(disk);
    expect(hand.opened).toMatchObject({ tornBytes: 0, run: 2 });
    expect(hand.list).toEqual(list);
    expect(tailOf(disk).name).toBe(before);
  });
});

describe("segments", () => {
  test("Z2 are used again, and what they held before is never read", () => {
    const disk = new FakeDisk();
    const hand = new Hand(disk);
    for (let round = 0; round < 12; round++) {
      for (let i = 0; i < 4; i++) hand.append(`${round} ${i} ${"w".repeat(100)}`);
      hand.snapshot();
    }
    // all rounds were written to a handful of files
    expect(disk.paths().length).toBeLessThan(9);
    const { bytes, ends } = tailOf(disk);
    expect(ends.length).toBeLessThan(2);
    expect(bytes.subarray(ends.at(-1) ?? 72).some((byte) => byte !== 0)).toBe(true);
    for (let i = 0; i < 3; i++) {
      hand.append(`short ${i}`);
      const found = new Hand(disk.crash("kill", new SeededRandom(1)));
      expect(found.list).toEqual(hand.list);
    }
  });

  test("Z2 may hold one record that is larger than they are", () => {
    const disk = new FakeDisk();
    const hand = new Hand(disk);
    hand.append("small");
    hand.append("L".repeat(5 * SEGMENT_BYTES));
    hand.append("behind");
    hand.close();
    expect(new Hand(disk).list).toEqual(hand.list);
  });

  test("Z5 that the manifest does not name, with records that none of its own has, are told", () => {
    const { disk } = made("closed");
    const older = disk.bytesOf(at("MANIFEST"));
    const hand = new Hand(disk, SMALL_SEGMENT_BYTES);
    for (let i = 0; i < 6; i++) hand.append("more".repeat(30));
    hand.close();
    disk.put(at("MANIFEST"), older);
    expect(errorOf(disk)?.message).toContain("MANIFEST is older than the log");
  });

  test("Z5 of somebody else are set aside, not deleted", () => {
    const { disk, list } = made("closed");
    const { disk: other } = made("closed");
    const { name } = tailOf(other);
    const strange = other.bytesOf(at(name));
    disk.put(at("log-999"), strange);
    expect(readSegmentHeader(strange)).toBeDefined();
    expect(new Hand(disk).list).toEqual(list);
    expect(disk.bytesOf(at("quarantine/log-999"))).toEqual(strange);
  });
});

describe("what is no store", () => {
  test("Z7 a directory with other files is left as it is", () => {
    const disk = new FakeDisk();
    disk.put(at("notes.txt"), Buffer.from("mine"));
    expect(errorOf(disk)).toMatchObject({ code: "not-a-store" });
    expect(disk.paths()).toEqual([at("notes.txt")]);
  });

  test("Z7 a file of somebody else that is called MANIFEST is none of ours", () => {
    const disk = new FakeDisk();
    disk.put(at("MANIFEST"), Buffer.from("Manifest-Version: 1.0\n"));
    expect(errorOf(disk)).toMatchObject({ code: "not-a-store" });
  });

  test("Z7 files of a store without a manifest are no fresh start", () => {
    const { disk } = made("closed");
    disk.remove(at("MANIFEST"));
    const before = image(disk);
    expect(errorOf(disk)).toMatchObject({ code: "corrupt" });
    expect(image(disk)).toBe(before);
  });

  test("Z7 a backup is to be restored first", () => {
    const disk = new FakeDisk();
    disk.put(at("BACKUP.json"), Buffer.from("{}"));
    expect(errorOf(disk)?.message).toContain("Restore");
  });

  test("Z7 a newer format is left to newer versions", () => {
    const { disk } = made("closed");
    const text = manifestText(manifestOf(disk)).replace(/sha256 .*\n$/u, "");
    disk.put(
      at("MANIFEST"),
      Buffer.from(sealText(text.replace("format 1, least reader 1", "format 7, least reader 5"))),
    );
    const error = errorOf(disk)!;
    expect(error.code).toBe("newer-format");
    expect(error.message).toContain("format 7");
  });

  test("Z7 a newer format that this version may read is read", () => {
    const { disk, list } = made("closed");
    const text = manifestText(manifestOf(disk)).replace(/sha256 .*\n$/u, "");
    disk.put(at("MANIFEST"), Buffer.from(sealText(text.replace("format 1,", "format 2,"))));
    expect(new Hand(disk).list).toEqual(list);
  });

  test("Z7 what an attempt to make a store has left is no hindrance", () => {
    const disk = new FakeDisk();
    disk.put(at("MANIFEST.new"), Buffer.from("fan"));
    disk.put(at("lock"), Buffer.from("17\n"));
    expect(errorOf(disk)).toBeUndefined();
  });
});
