// Reads the house as text: which files there are, what they import, what they export.

import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

export const root: string = fileURLToPath(new URL("../..", import.meta.url));

export interface Source {
  /** From the root of the repository, with slashes. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

interface Import {
  /** As it is written. */
  readonly specifier: string;
  /** The file that a relative specifier leads to. */
  readonly file: string | undefined;
}

/** Files that match a pattern, tests and their kits left out. */
export function sourcesOf(pattern: string): Source[] {
  return globSync(pattern, { cwd: root })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => !isTest(path) && !/(^|\/)(node_modules|dist)\//u.test(path))
    .toSorted()
    .map(read);
}

/** Files with tests. */
export function testsOf(pattern: string): Source[] {
  return globSync(pattern, { cwd: root })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => isTest(path) && !/(^|\/)(node_modules|dist)\//u.test(path))
    .toSorted()
    .map(read);
}

export function readText(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** The text without comments. Good enough for code that this house writes: no comment marks inside of its strings. */
export function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//gu, "").replaceAll(/(^|[^:"'`\\])\/\/.*$/gmu, "$1");
}

function isTest(path: string): boolean {
  return /\.(?:test|testkit|setup)\.tsx?$/u.test(path);
}

function read(path: string): Source {
  const text = readText(path);
  const specifiers = withoutComments(text).matchAll(
    /(?:\bfrom\s+|\bimport\s*\(?\s*)"(?<specifier>[^"\n]+)"/gu,
  );
  const imports = [...specifiers].map(({ groups }) => importOf(path, groups!["specifier"]!));
  return { path, text, imports };
}

function importOf(path: string, specifier: string): Import {
  const isRelative = specifier.startsWith(".");
  const file = isRelative
    ? normalize(join(dirname(path), specifier)).replaceAll("\\", "/")
    : undefined;
  return { specifier, file };
}
