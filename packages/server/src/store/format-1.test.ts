import { describe, expect, test } from "vitest";
import { FakeDisk } from "./disk.testkit.ts";
import { format1 } from "./format-1.testkit.ts";
import { fsck } from "./fsck.ts";
import { DIRECTORY, Hand } from "./hand.testkit.ts";

function disk(): FakeDisk {
  const made = new FakeDisk();
  for (const [name, bytes] of Object.entries(format1))
    made.put(`${DIRECTORY}/${name}`, Buffer.from(bytes, "base64"));
  return made;
}

const log = ["third@5", `fourth ${"y".repeat(250)}@6`, "fifth@7"];

describe("a store of format 1", () => {
  test("Z14 opens, is sound, and goes on", () => {
    const on = disk();
    expect(fsck(DIRECTORY, { files: on })).toMatchObject({ format: 1, tornBytes: 0, problems: [] });
    const hand = new Hand(on);
    expect(hand.opened).toMatchObject({ run: 2, nextLsn: 8, tornBytes: 0 });
    expect(hand.replayed).toEqual(["snapshot two@0", "of two records@0", ...log]);
    hand.append("sixth");
    hand.close();
    expect(new Hand(on).replayed.at(-1)).toBe("sixth@8");
  });

  test("Z14 opens by its older snapshot, too", () => {
    const on = disk();
    const newest = Object.keys(format1)
      .filter((name) => name.startsWith("snap-"))
      .toSorted()
      .at(-1)!;
    on.remove(`${DIRECTORY}/${newest}`);
    expect(new Hand(on).replayed).toEqual([
      "snapshot one@0",
      `${Buffer.from("ünïcode").toString("latin1")}@3`,
      `second ${"x".repeat(200)}@4`,
      ...log,
    ]);
  });
});
