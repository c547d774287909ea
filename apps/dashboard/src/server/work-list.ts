// What there is to do on this machine: files of folders that are there anyway. Pages choose from this list and name nothing themselves.
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Offer } from "../jobs.ts";

export type WorkKind = "sha256" | "brotli";

/** Files of a folder, and what is to be done with them. */
export interface Work {
  readonly id: string;
  readonly title: string;
  readonly kind: WorkKind;
  readonly folder: string;
  /** Paths below the folder. */
  readonly files: readonly string[];
}

const FOLDERS = [
  {
    id: "modules",
    title: "node_modules",
    path: fileURLToPath(new URL("../../../../node_modules", import.meta.url)),
  },
  { id: "doc", title: "/usr/share/doc", path: "/usr/share/doc" },
];
const KINDS: readonly {
  readonly kind: WorkKind;
  readonly title: string;
  readonly bytes: readonly [least: number, most: number];
}[] = [
  // large enough that there is something to do, small enough that a thousand are done in a minute or two
  { kind: "brotli", title: "Brotli", bytes: [16_384, 131_072] },
  { kind: "sha256", title: "SHA-256", bytes: [1_024, 4_194_304] },
];
const FILES_MAX = 2_000;
/** Of one folder, as deep as it goes. */
const ENTRIES_MAX = 20_000;

interface Found {
  readonly path: string;
  readonly bytes: number;
}

/** What this machine has; folders that are not there are left out. */
export async function findWork(folders = FOLDERS): Promise<Work[]> {
  const found = await Promise.all(folders.map(({ path }) => filesOf(path)));
  return folders.flatMap(({ id, title, path }, i) =>
    KINDS.flatMap(({ kind, title: what, bytes: [least, most] }) => {
      const files = (found[i] ?? [])
        .filter(({ bytes }) => bytes >= least && bytes <= most)
        .slice(0, FILES_MAX)
        .map((file) => file.path);
      const work = { id: `${kind}-${id}`, title: `${what} of ${title}`, kind, folder: path, files };
      return files.length > 0 ? [work] : [];
    }),
  );
}

export const offersOf = (work: readonly Work[]): Offer[] =>
  work.map(({ id, title, files }) => ({ id, title, files: files.length }));

/** In the order of their names, so that it is the same list every time. */
async function filesOf(folder: string): Promise<Found[]> {
  const files: Found[] = [];
  const waiting = [""];
  let seen = 0;
  for (
    let below = waiting.pop();
    below !== undefined && seen < ENTRIES_MAX;
    below = waiting.pop()
  ) {
    // what is hidden is somebody's cache, and ours changes while we look
    // oxlint-disable-next-line no-await-in-loop -- one folder after the other, until there are enough
    const entries = (await entriesOf(join(folder, below))).filter(
      ({ name }) => !name.startsWith("."),
    );
    seen += entries.length;
    const at = below;
    const folders = entries.filter((entry) => entry.isDirectory());
    waiting.push(...folders.map(({ name }) => join(at, name)).toReversed());
    const paths = entries.filter((entry) => entry.isFile()).map(({ name }) => join(at, name));
    // oxlint-disable-next-line no-await-in-loop -- the same
    files.push(...(await Promise.all(paths.map((path) => measured(folder, path)))).flat());
  }
  return files;
}

async function entriesOf(folder: string) {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

async function measured(folder: string, path: string): Promise<Found[]> {
  const bytes = await lstat(join(folder, path)).then(
    ({ size }) => size,
    () => 0,
  );
  return bytes > 0 ? [{ path, bytes }] : [];
}
