// /proc/diskstats: bytes read from and written to each disk since start.

export interface TransferBytes {
  readonly read: number;
  readonly write: number;
}

/** The file counts in sectors of 512 bytes, whatever the disk's own are. */
const SECTOR_BYTES = 512;
/** Not disks, or made of disks that are listed themselves. */
const NOT_DISKS = /^(loop|ram|zram|dm-|md|sr|fd)\d/;

export function parseDisks(text: string): Map<string, TransferBytes> {
  const all = new Map<string, TransferBytes>();
  for (const line of text.split("\n")) {
    const columns = line.trim().split(/\s+/);
    const name = columns[2];
    if (!name || NOT_DISKS.test(name)) continue;
    const [read, write] = [Number(columns[5]), Number(columns[9])];
    if (read + write > 0) all.set(name, { read: read * SECTOR_BYTES, write: write * SECTOR_BYTES });
  }
  return new Map([...all].filter(([name]) => !isPartition(name, all)));
}

/** sda1 of sda, nvme0n1p2 of nvme0n1; but xvda1 alone is a disk. */
function isPartition(name: string, all: ReadonlyMap<string, TransferBytes>): boolean {
  const disk = /^(.*\d)p\d+$/.exec(name)?.[1] ?? /^(.*\D)\d+$/.exec(name)?.[1];
  return disk !== undefined && all.has(disk);
}
