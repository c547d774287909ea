import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { SeededRandom } from "@fanwire/testkit";
import { afterEach, describe, expect, test } from "vitest";
import {
  describeStore,
  keep,
  Notes,
  openStore,
  pack,
  snapshot,
  until,
} from "../ports/contract/store.testkit.ts";
import type { StoreError, StoreListener } from "../ports/store.ts";
import { fsck } from "./fsck.ts";
import { LogStore } from "./log-store.ts";
import { eachNumber } from "./numbered.testkit.ts";

const segmentBytes = 65_536;
const made: string[] = [];
const children: ChildProcess[] = [];

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), "fanwire-store-"));
  made.push(path);
  return path;
}

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true });
});

describeStore("the log store", () => {
  const path = mkdtempSync(join(tmpdir(), "fanwire-store-"));
  return {
    store: () => new LogStore({ directory: path, segmentBytes }),
    discard: () => rmSync(path, { recursive: true }),
  };
});

/** A process that appends, and the last number of which it has said that it is stored. */
class Appender {
  readonly child: ChildProcess;
  stored = -1;
  #text = "";

  constructor(path: string, segment: number) {
    this.child = spawn(
      process.execPath,
      [fileURLToPath(new URL("appender.testkit.ts", import.meta.url)), path, `${segment}`],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    children.push(this.child);
    this.child.stdout!.on("data", (chunk: Buffer) => {
      const lines = (this.#text + chunk.toString("latin1")).split("\n");
      this.#text = lines.pop()!;
      if (lines.length > 0) this.stored = Number(lines.at(-1));
    });
  }

  /** Kills it once it has stored so much, and waits until it is gone. Returns the last that it has told. */
  async kill(at: number): Promise<number> {
    await until(() => expect(this.stored).toBeGreaterThanOrEqual(at));
    this.child.kill("SIGKILL");
    await once(this.child, "close");
    return this.stored;
  }
}

const deaf: StoreListener = {
  stored: () => {},
  refused: () => {},
  failed: () => {},
  sliceTaken: () => {},
  snapshotEnded: () => {},
};

describe("a process that is killed", () => {
  test("Z3 has, after each of 10 kills, everything that was answered as stored", async () => {
    const path = directory();
    const random = new SeededRandom(11);
    let last = 0;
    for (let round = 0; round < 10; round++) {
      const appender = new Appender(path, 16_384);
      const told = await appender.kill(last + 1 + random.below(120));
      const store = new LogStore({ directory: path, segmentBytes: 16_384 });
      let found = 0;
      const opened = await store.open(
        eachNumber((n) => {
          found = n;
        }),
        deaf,
      );
      expect(found).toBeGreaterThanOrEqual(told);
      expect(opened).toMatchObject({ nextLsn: found + 1, run: 2 * round + 2 });
      await store.close();
      expect(fsck(path).problems).toEqual([]);
      last = found;
    }
    expect(last).toBeGreaterThan(200);
  });

  test("Z10 holds its store as long as it lives, and no longer", async () => {
    const path = directory();
    const appender = new Appender(path, segmentBytes);
    await until(() => expect(appender.stored).toBeGreaterThan(0));
    const error = await openStore(new LogStore({ directory: path })).catch(
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ name: "StoreError", code: "locked" });
    expect((error as StoreError).message).toContain(`pid ${appender.child.pid!}`);
    await appender.kill(1);
    const store = new LogStore({ directory: path, segmentBytes });
    await store.open(
      eachNumber(() => {}),
      deaf,
    );
    await store.close();
  });
});

describe("a directory of a store", () => {
  test("Z1 is made where it is missing, and is its owner's alone", async () => {
    const path = join(directory(), "data", "hub");
    const open = await openStore(new LogStore({ directory: path, segmentBytes }));
    await keep(open, "a");
    await snapshot(open, "s");
    await open.store.close();
    expect(statSync(path).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(path))
      expect(statSync(join(path, name)).mode & 0o777, name).toBe(0o600);
    expect(readdirSync(path)).toEqual(expect.arrayContaining(["MANIFEST", "lock"]));
  });

  test("Z7 that cannot be used is told, and is not touched", async () => {
    const file = join(directory(), "file");
    writeFileSync(file, "mine");
    await expect(openStore(new LogStore({ directory: file }))).rejects.toMatchObject({
      code: "inaccessible",
    });
    const foreign = directory();
    writeFileSync(join(foreign, "mine"), "");
    await expect(openStore(new LogStore({ directory: foreign }))).rejects.toMatchObject({
      code: "not-a-store",
    });
    expect(readdirSync(foreign)).toEqual(["mine"]);
  });

  test.skipIf(process.getuid?.() === 0)("Z7 that may not be read is inaccessible", async () => {
    const path = directory();
    chmodSync(path, 0);
    await expect(openStore(new LogStore({ directory: path }))).rejects.toMatchObject({
      code: "inaccessible",
    });
    chmodSync(path, 0o700);
  });
});

describe("the thread of a store", () => {
  test("Z4 seals the log when nothing has come for a while", async () => {
    const path = directory();
    const open = await openStore(new LogStore({ directory: path, segmentBytes }));
    await keep(open, "a");
    await until(() => expect(fsck(path).segments[0]!.frames).toBe(2));
    await keep(open, "b");
    await until(() => expect(fsck(path).segments[0]!.frames).toBe(4));
    await open.store.close();
    const again = await openStore(new LogStore({ directory: path, segmentBytes }));
    expect(again.notes.replayed).toEqual(["a@1", "b@2"]);
    expect(again.opened.tornBytes).toBe(0);
    await again.store.close();
  });

  test("Z8 says once that it has failed, takes no more, and can be closed", async () => {
    const path = directory();
    const open = await openStore(new LogStore({ directory: path, segmentBytes: 4096 }));
    const { store, notes } = open;
    await keep(open, "first");
    writeFileSync(join(path, "MANIFEST"), "somebody else's");
    for (let i = 0; i < 20; i++) store.append(pack("x".repeat(1000)), 1);
    await until(() => expect(notes.failures.length).toBe(1));
    const { storedCount } = notes;
    store.append(pack("more"), 1);
    store.beginSnapshot();
    await store.close();
    expect(notes).toMatchObject({ storedCount, refusedCount: 0, snapshots: [] });
    expect(notes.failures.length).toBe(1);
  });

  test("a replay that throws ends the opening with that error, and the directory is free", async () => {
    const path = directory();
    const first = await openStore(new LogStore({ directory: path, segmentBytes }));
    await keep(first, "a");
    await first.store.close();
    const store = new LogStore({ directory: path, segmentBytes });
    const thrown = new Error("not understood");
    const replay = (): void => {
      throw thrown;
    };
    await expect(store.open(replay, new Notes())).rejects.toBe(thrown);
    await store.close();
    const again = await openStore(new LogStore({ directory: path, segmentBytes }));
    expect(again.notes.replayed).toEqual(["a@1"]);
    await again.store.close();
  });

  test("bytes that are handed over belong to nobody else", async () => {
    const { store, notes } = await openStore(
      new LogStore({ directory: directory(), segmentBytes }),
    );
    const shared = Buffer.concat([pack("one"), pack("two")]);
    store.append(shared.subarray(0, 7), 1);
    await until(() => expect(notes.storedCount).toBe(1));
    expect(shared.length).toBe(14);
    store.append(shared.subarray(7), 1);
    await store.close();
    expect(notes.storedCount).toBe(2);
  });
});
