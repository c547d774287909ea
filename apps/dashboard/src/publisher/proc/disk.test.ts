import { expect, test } from "vitest";
import { parseDisks } from "./disk.ts";

const line = (name: string, read: number, write: number) =>
  ` 254       0 ${name} 28872 7751 ${read} 6397 5884 19890 ${write} 6945 0 4500 14051 4974 98 622152 655\n`;

test("bytes are sectors of 512", () => {
  expect([...parseDisks(line("vda", 100, 7))]).toEqual([["vda", { read: 51200, write: 3584 }]]);
});

test("partitions of a listed disk are left out, whatever the disk is called", () => {
  const text =
    line("sda", 9, 9) +
    line("sda1", 4, 4) +
    line("nvme0n1", 9, 9) +
    line("nvme0n1p2", 4, 4) +
    line("mmcblk0", 9, 9) +
    line("mmcblk0p1", 4, 4);
  expect([...parseDisks(text).keys()]).toEqual(["sda", "nvme0n1", "mmcblk0"]);
});

test("a disk that only looks like a partition stays", () => {
  expect([...parseDisks(line("xvda1", 9, 9)).keys()]).toEqual(["xvda1"]);
});

test("loops, memory disks, mapped disks and disks that never moved a byte are left out", () => {
  const text = line("loop0", 9, 9) + line("ram0", 9, 9) + line("zram0", 9, 9) + line("dm-0", 9, 9);
  expect(parseDisks(text + line("md0", 9, 9) + line("sdb", 0, 0)).size).toBe(0);
});
