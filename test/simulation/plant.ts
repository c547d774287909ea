// Plants a bug into sources as they are loaded, so that none stands in the product and none goes on when the source has moved.

import { registerHooks } from "node:module";
import { pathToFileURL } from "node:url";

/** A change of a file, by its text. */
export interface Edit {
  /** From the root of the repository. */
  readonly file: string;
  /** Stands there once. */
  readonly find: string;
  readonly replace: string;
}

/** The text with the changes that are of this file. Throws where it does not say what is to be changed, or says it twice. */
export function planted(file: string, text: string, edits: readonly Edit[]): string {
  let changed = text;
  for (const { file: of, find, replace } of edits) {
    if (of !== file) continue;
    const at = changed.indexOf(find);
    const again = changed.indexOf(find, at + 1);
    if (at < 0 || again >= 0)
      throw new Error(`${file} has ${at < 0 ? "no" : "more than one"} such place: ${find}`);
    changed = changed.slice(0, at) + replace + changed.slice(at + find.length);
  }
  return changed;
}

/** Changes what is loaded from now on. `root`: of the repository. */
export function plant(root: string, edits: readonly Edit[]): void {
  const files = new Map(edits.map(({ file }) => [pathToFileURL(`${root}/${file}`).href, file]));
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      const file = files.get(url);
      if (file === undefined) return loaded;
      const text = textOf(loaded.source);
      return { ...loaded, source: planted(file, text, edits) };
    },
  });
}

function textOf(source: unknown): string {
  return typeof source === "string" ? source : Buffer.from(source as Uint8Array).toString();
}
