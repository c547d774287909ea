import { describe, expect, test } from "vitest";
import { type Source, sourcesOf } from "./sources.ts";

const published = [
  "protocol/src",
  "server/src",
  "client/src",
  "client/src/queue",
  "client/src/react",
  "testing/src",
];

/** Names that an entry file exports, with the file that each comes from. */
function exportsOf(entry: Source): { name: string; file: string }[] {
  const statements = entry.text.matchAll(/export (?:type )?\{([^}]*)\} from "([^"]+)"/gu);
  return [...statements].flatMap(([, names, from]) => {
    const file = entry.imports.find(({ specifier }) => specifier === from)!.file!;
    const listed = names!.split(",").map((name) => name.trim());
    return listed
      .filter((name) => name !== "")
      .map((name) => ({ name: name.replace(/^type /u, "").split(" as ")[0]!, file }));
  });
}

/** Whether the declaration of the name, in the file or where the file has it from, stands behind a doc comment. */
function isDocumented(name: string, file: string): boolean {
  const [source] = sourcesOf(file);
  const text = source!.text;
  const elsewhere = exportsOf(source!).find((exported) => exported.name === name);
  if (elsewhere !== undefined) return isDocumented(name, elsewhere.file);
  const declared = new RegExp(
    String.raw`(?<doc>\*/\n)?export (?:declare )?(?:abstract )?(?:const|function\*?|async function|class|interface|type) ${name}\b`,
    "u",
  ).exec(text);
  return declared?.groups?.["doc"] !== undefined;
}

describe.each(published)("%s", (name) => {
  const [entry] = sourcesOf(`packages/${name}/index.ts`);

  test("its entry is a table of contents: names, no logic, no star", () => {
    const code = entry!.text
      .replaceAll(/^\/\/.*$/gmu, "")
      .replaceAll(/export (?:type )?\{[^}]*\} from "[^"]+";/gu, "")
      .replaceAll(/export \* as [a-z]+ from "[^"]+";/gu, "");
    expect(code.trim()).toBe("");
  });

  test("every public name is documented", () => {
    const undocumented = exportsOf(entry!)
      .filter(({ name: exported, file }) => !isDocumented(exported, file))
      .map(({ name: exported, file }) => `${exported} in ${file}`);
    expect(undocumented).toEqual([]);
    expect(exportsOf(entry!).length).toBeGreaterThan(4);
  });
});
