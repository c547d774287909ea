import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { findWork, offersOf } from "./work-list.ts";

const folder = mkdtempSync(join(tmpdir(), "fanwire-work-"));
afterAll(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, "b/.cache"), { recursive: true });
const write = (name: string, bytes: number) =>
  writeFileSync(join(folder, name), Buffer.alloc(bytes));
write("z.txt", 2_000);
write("b/large.bin", 20_000);
write("b/small.txt", 1_023);
write("b/.cache/hidden.bin", 20_000);
symlinkSync("/etc/passwd", join(folder, "link.txt"));

test("files of fitting size are listed in the order of their names, without links and what is hidden", async () => {
  const work = await findWork([{ id: "here", title: "this folder", path: folder }]);
  expect(work.map(({ id, title, files }) => [id, title, files])).toEqual([
    ["brotli-here", "Brotli of this folder", ["b/large.bin"]],
    ["sha256-here", "SHA-256 of this folder", ["z.txt", "b/large.bin"]],
  ]);
  expect(offersOf(work)).toEqual([
    { id: "brotli-here", title: "Brotli of this folder", files: 1 },
    { id: "sha256-here", title: "SHA-256 of this folder", files: 2 },
  ]);
});

test("a folder that is not there is not offered", async () => {
  expect(await findWork([{ id: "none", title: "none", path: join(folder, "none") }])).toEqual([]);
});

test("every checkout has something to do", async () => {
  const offers = offersOf(await findWork());
  expect(offers.map(({ title }) => title)).toContain("SHA-256 of node_modules");
  for (const { files } of offers) expect(files).toBeGreaterThan(0);
});
