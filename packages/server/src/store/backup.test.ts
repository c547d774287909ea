import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  keep,
  type OpenStore,
  openStore,
  snapshot,
  until,
} from "../ports/contract/store.testkit.ts";
import { backup, restore } from "./backup.ts";
import { type Files, nodeFiles } from "./files.ts";
import { fsck } from "./fsck.ts";
import { LogStore } from "./log-store.ts";

const segmentBytes = 8192;
let root = "";
const path = (name: string): string => join(root, name);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "fanwire-backup-"));
});

afterEach(() => rmSync(root, { recursive: true }));

function open(name: string): Promise<OpenStore> {
  return openStore(new LogStore({ directory: path(name), segmentBytes }));
}

/** A store that was written to, and is open. */
async function written(): Promise<OpenStore> {
  const store = await open("store");
  for (let i = 0; i < 4; i++) {
    for (let j = 0; j < 5; j++) await keep(store, `${i} ${j} ${"x".repeat(1000)}`);
    await snapshot(store, `s${i}`);
  }
  await keep(store, "last");
  return store;
}

async function replayedOf(name: string): Promise<string[]> {
  const { store, notes } = await open(name);
  await store.close();
  return notes.replayed;
}

describe("a backup", () => {
  test("Z13 of a store that is open holds what was confirmed, and becomes a store of another era", async () => {
    const { store, opened } = await written();
    const { nextLsn } = backup(path("store"), path("backup"));
    expect(nextLsn).toBe(22);
    await store.close();
    restore(path("backup"), path("restored"));
    expect(fsck(path("restored")).problems).toEqual([]);
    expect(await replayedOf("restored")).toEqual(await replayedOf("store"));
    const again = await open("restored");
    expect(again.opened.era).not.toBe(opened.era);
    expect(again.opened.run).toBeGreaterThan(opened.run);
    await keep(again, "more");
    await again.store.close();
    expect((await replayedOf("restored")).at(-1)).toBe("more@22");
  });

  test("Z13 stays as it was while the store goes on", async () => {
    const store = await written();
    backup(path("store"), path("backup"));
    const before = readdirSync(path("backup")).map((name) =>
      readFileSync(join(path("backup"), name)),
    );
    for (let i = 0; i < 6; i++) {
      await keep(store, "y".repeat(5000), "z".repeat(5000));
      await snapshot(store, "later");
    }
    await store.store.close();
    expect(
      readdirSync(path("backup")).map((name) => readFileSync(join(path("backup"), name))),
    ).toEqual(before);
  });

  test("Z13 made while records come and segments are used again holds all that was confirmed before", async () => {
    const store = await written();
    const over = new AbortController();
    const writing = (async (): Promise<void> => {
      for (let i = 0; !over.signal.aborted; i++) {
        await keep(store, `w${i} ${"w".repeat(2000)}`);
        if (i % 4 === 3) await snapshot(store, `later ${i}`);
      }
    })();
    for (let i = 0; i < 5; i++) {
      const confirmed = store.notes.storedCount;
      const { nextLsn } = backup(path("store"), path(`backup-${i}`));
      expect(nextLsn).toBeGreaterThan(confirmed);
      restore(path(`backup-${i}`), path(`restored-${i}`));
      expect(fsck(path(`restored-${i}`)).problems).toEqual([]);
      await until(() => expect(store.notes.storedCount).toBeGreaterThan(confirmed + 3));
    }
    over.abort();
    await writing;
    await store.store.close();
  });

  test("Z13 is begun anew when a file goes while it is read, and given up when it is really missing", async () => {
    await (await written()).store.close();
    let tries = 0;
    const goes = (most: number): Files => ({
      ...nodeFiles,
      openToRead(file) {
        if (file.includes("store/log-") && ++tries <= most)
          throw Object.assign(new Error("gone"), { code: "ENOENT" });
        return nodeFiles.openToRead(file);
      },
    });
    expect(() => backup(path("store"), path("backup"), goes(Infinity))).toThrow("is missing");
    expect(tries).toBeGreaterThan(1);
    expect(readdirSync(path("backup"))).not.toContain("BACKUP.json");
    rmSync(path("backup"), { recursive: true });
    tries = 0;
    expect(backup(path("store"), path("backup"), goes(2)).nextLsn).toBe(22);
    restore(path("backup"), path("restored"));
  });

  test("Z13 with any file changed, cut or missing is not restored, and nothing is made", async () => {
    await (await written()).store.close();
    backup(path("store"), path("backup"));
    for (const name of readdirSync(path("backup"))) {
      const file = join(path("backup"), name);
      const bytes = readFileSync(file);
      for (const damage of ["changed", "cut", "missing"]) {
        const changed = Buffer.from(bytes);
        changed[changed.length >> 1]! ^= 4;
        unlinkSync(file);
        if (damage !== "missing")
          writeFileSync(file, damage === "cut" ? bytes.subarray(0, -1) : changed);
        expect(() => restore(path("backup"), path("restored")), `${name} ${damage}`).toThrow(
          expect.objectContaining({ name: "StoreError" }) as Error,
        );
        writeFileSync(file, bytes);
      }
    }
    expect(readdirSync(root)).not.toContain("restored");
    restore(path("backup"), path("restored"));
  });

  test("Z13 of a damaged store is not made", async () => {
    await (await written()).store.close();
    const name = readdirSync(path("store")).find((each) => each.startsWith("log-"))!;
    const bytes = readFileSync(join(path("store"), name));
    bytes[90]! ^= 1;
    writeFileSync(join(path("store"), name), bytes);
    expect(() => backup(path("store"), path("backup"))).toThrow(
      expect.objectContaining({ code: "corrupt" }) as Error,
    );
    expect(readdirSync(path("backup"))).not.toContain("BACKUP.json");
  });

  test("Z13 is written to, and restored into, nothing but empty directories", async () => {
    await (await written()).store.close();
    mkdirSync(path("full"));
    writeFileSync(join(path("full"), "mine"), "");
    expect(() => backup(path("store"), path("full"))).toThrow("not empty");
    backup(path("store"), path("backup"));
    expect(() => restore(path("backup"), path("full"))).toThrow("not empty");
    expect(() => restore(path("store"), path("other"))).toThrow("no complete backup");
    expect(readdirSync(path("full"))).toEqual(["mine"]);
    expect(statSync(join(path("backup"), "BACKUP.json")).mode & 0o777).toBe(0o600);
    expect(statSync(path("backup")).mode & 0o777).toBe(0o700);
  });
});
