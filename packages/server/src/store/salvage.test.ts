import { SeededRandom } from "@fanwire/testkit";
import { describe, expect, test } from "vitest";
import { FakeDisk } from "./disk.testkit.ts";
import { fsck } from "./fsck.ts";
import { DIRECTORY, errorOf, Hand } from "./hand.testkit.ts";
import { at, made, manifestOf, tailOf } from "./made.testkit.ts";
import { salvage } from "./salvage.ts";
import { SEGMENT_HEAD_BYTES } from "./segment.ts";

/** The texts of what is replayed, in order: those that a snapshot holds first. */
function textsOf(disk: FakeDisk): string[] {
  const hand = new Hand(disk);
  const texts = new Set(
    hand.replayed.map((text) => text.replace(/@\d+$/u, "").split("\n").at(-1)!),
  );
  hand.close();
  return [...texts];
}

function damage(disk: FakeDisk, name: string, place: number, length = 1): void {
  const bytes = disk.bytesOf(at(name));
  for (let i = place; i < place + length; i++) bytes[i]! ^= 0x55;
  disk.put(at(name), bytes);
}

const options = (disk: FakeDisk) => ({
  files: disk,
  lock: disk.lock,
  describe: (record: Uint8Array) => /^[a-z]+/u.exec(Buffer.from(record).toString("latin1"))?.[0],
});

describe("fsck", () => {
  test("Z11 tells what a sound store holds, and changes nothing", () => {
    const { disk, list } = made("closed");
    const before = disk.effects;
    const report = fsck(DIRECTORY, { files: disk });
    expect(disk.effects).toBe(before);
    const manifest = manifestOf(disk);
    expect(report).toMatchObject({
      format: 1,
      storeId: manifest.storeId,
      era: manifest.era,
      run: 1,
      tornBytes: 0,
      problems: [],
    });
    expect(report.snapshots.map(({ isSound }) => isSound)).toEqual([true, true]);
    expect(report.segments.at(-1)!.lsns![1]).toBe(list.length);
    expect(disk.openFiles).toBe(0);
  });

  test("Z11 tells segment, bytes, records and what they seem to be of", () => {
    const { disk } = made("killed");
    const { name, ends } = tailOf(disk);
    // the sum of the second frame: its records are still there to look at
    damage(disk, name, ends[0]! + 4);
    const [problem, ...others] = fsck(DIRECTORY, options(disk)).problems;
    expect(others).toEqual([]);
    expect(problem).toMatchObject({
      file: name,
      bytes: [ends[0], ends[1]],
      lsns: [expect.any(Number), expect.any(Number)],
      topics: ["three", "z"],
    });
  });

  test("Z11 a torn tail is no problem", () => {
    const { disk } = made("killed");
    const { name, bytes, ends } = tailOf(disk);
    bytes.set([0, 0, 0, 48, 1, 2, 3], ends.at(-1));
    disk.put(at(name), bytes);
    expect(fsck(DIRECTORY, { files: disk })).toMatchObject({ tornBytes: 48, problems: [] });
  });

  test("Z11 is for stores alone", () => {
    const disk = new FakeDisk();
    expect(() => fsck(DIRECTORY, { files: disk })).toThrow("holds no store");
    disk.put(at("notes.txt"), Buffer.from("mine"));
    expect(() => fsck(DIRECTORY, { files: disk })).toThrow("holds other files");
  });
});

describe("salvage", () => {
  test("Z12 of a sound store changes nothing", () => {
    const { disk } = made("closed");
    const before = disk.effects;
    expect(salvage(DIRECTORY, options(disk))).toMatchObject({ era: undefined, file: undefined });
    expect(disk.effects).toBe(before);
  });

  test("Z12 keeps what stands before and behind damage, in another era, and writes what is lost", () => {
    const { disk, list } = made("closed");
    const { name, bytes, ends } = tailOf(disk);
    const { era, run } = manifestOf(disk);
    damage(disk, name, ends[0]! + 4);
    expect(errorOf(disk)).toMatchObject({ code: "corrupt" });
    const report = salvage(DIRECTORY, options(disk));
    expect(report.era).not.toBe(era);
    const [first, last] = report.found.problems[0]!.lsns!;
    expect(textsOf(disk)).toEqual(list.filter((_, i) => i + 1 < first || i + 1 > last));
    expect(JSON.parse(Buffer.from(disk.bytesOf(report.file!)).toString())).toMatchObject({
      era: report.era,
      found: { era, problems: [{ file: name, topics: ["three", "z"] }] },
    });
    expect(manifestOf(disk)).toMatchObject({ era: report.era, run: run + 1 });
    damage(disk, `quarantine/${name}`, ends[0]! + 4);
    expect(disk.bytesOf(at(`quarantine/${name}`))).toEqual(bytes);
  });

  test("Z12 LSNs of lost records are given to no others: the snapshot may hold what was shown by them", () => {
    const disk = new FakeDisk();
    const hand = new Hand(disk);
    hand.append("a");
    hand.snapshot("b", "c", "d", "e", "f");
    hand.append("g");
    hand.close();
    const before = new Hand(disk.copy()).opened.nextLsn;
    const { name, ends } = tailOf(disk);
    damage(disk, name, SEGMENT_HEAD_BYTES, ends.at(-3)! - SEGMENT_HEAD_BYTES);
    expect(errorOf(disk)).toMatchObject({ code: "corrupt" });
    salvage(DIRECTORY, options(disk));
    const after = new Hand(disk);
    expect(after.opened.nextLsn).toBeGreaterThanOrEqual(before);
    after.append("h");
    after.snapshot();
    after.append("i");
    after.close();
    expect(textsOf(disk)).toEqual(["a", "g", "h", "i"]);
    expect(fsck(DIRECTORY, { files: disk }).problems).toEqual([]);
  });

  test("Z12 whatever is damaged: fsck names it, and what is salvaged can be opened and holds nothing else", () => {
    for (const how of ["closed", "killed"] as const) {
      const { disk, list } = made(how);
      let salvaged = 0;
      for (const path of disk.paths()) {
        const name = path.slice(DIRECTORY.length + 1);
        for (let place = 0; place < disk.bytesOf(path).length; place += 23) {
          const damaged = disk.copy();
          damage(damaged, name, place, 3);
          const what = `${how}: ${name} byte ${place}`;
          const refused = errorOf(damaged.copy());
          if (refused?.code === "newer-format") continue;
          const { problems } = fsck(DIRECTORY, options(damaged));
          if (refused !== undefined) expect(problems.length, what).toBeGreaterThan(0);
          if (problems.length === 0) continue;
          salvaged++;
          salvage(DIRECTORY, options(damaged));
          const kept = textsOf(damaged);
          expect(kept, what).toEqual(list.filter((text) => kept.includes(text)));
          expect(kept.length, what).toBeGreaterThan(list.length / 3);
          expect(damaged.openFiles, what).toBe(0);
        }
      }
      expect(salvaged).toBeGreaterThan(50);
    }
  });

  test.each(["MANIFEST", "a segment", "both snapshots", "all snapshots and the manifest"])(
    "Z12 without %s keeps the rest",
    (what) => {
      const { disk, list } = made("closed");
      const { snapshots, segments } = manifestOf(disk);
      if (what === "MANIFEST" || what.endsWith("manifest")) disk.remove(at("MANIFEST"));
      if (what === "a segment") disk.remove(at(`log-${segments[1]!.number}`));
      if (what.includes("snapshots"))
        for (const { number } of snapshots) disk.remove(at(`snap-${number}`));
      salvage(DIRECTORY, options(disk));
      const kept = textsOf(disk);
      expect(kept).toEqual(list.filter((text) => kept.includes(text)));
      expect(kept.at(-1)).toBe(list.at(-1));
      if (what === "MANIFEST") expect(kept).toEqual(list);
    },
  );

  test("Z12 may be cut off anywhere: it is done again, or done, and what was there is still there", () => {
    const { disk: whole, list } = made("closed");
    const { name, ends } = tailOf(whole);
    damage(whole, name, ends[0]! + 4);
    const snapshotDamaged = `snap-${manifestOf(whole).snapshots[0]!.number}`;
    damage(whole, snapshotDamaged, 60);
    const dry = whole.copy();
    const { found } = salvage(DIRECTORY, options(dry));
    const [first, last] = found.problems.find(({ lsns }) => lsns !== undefined)!.lsns!;
    const left = list.filter((_, i) => i + 1 < first || i + 1 > last);
    expect(dry.effects).toBeGreaterThan(15);
    for (const how of ["kill", "power", "disorder"] as const)
      for (let n = 0; n <= dry.effects; n++) {
        const what = `${how} after call ${n}`;
        const disk = whole.copy();
        disk.powerUpTo = n;
        try {
          salvage(DIRECTORY, options(disk));
        } catch {
          // the power went off
        }
        const after = disk.crash(how, new SeededRandom(n));
        if (errorOf(after.copy()) !== undefined) salvage(DIRECTORY, options(after));
        expect(textsOf(after), what).toEqual(left);
        const all = after.paths().map((path) => Buffer.from(after.bytesOf(path)).toString("hex"));
        for (const damaged of [name, snapshotDamaged])
          expect(all, `${what}: ${damaged}`).toContain(
            Buffer.from(whole.bytesOf(at(damaged))).toString("hex"),
          );
      }
  });

  test("Z12 keeps each record once, also where two segments hold it", () => {
    const { disk, list } = made("killed");
    const { name, bytes } = tailOf(disk);
    // the next start copies what was not closed, and is cut off before it lets go of it
    new Hand(disk).close();
    expect(tailOf(disk).name).not.toBe(name);
    disk.put(at(name), bytes);
    disk.remove(at("MANIFEST"));
    salvage(DIRECTORY, options(disk));
    expect(new Hand(disk).list).toEqual(list);
  });

  test("Z12 of a store that is in use does nothing", () => {
    const { disk } = made("killed");
    const hand = new Hand(disk);
    expect(() => salvage(DIRECTORY, options(disk))).toThrow("locked");
    hand.close();
  });
});
