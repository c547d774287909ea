// npm run reference: the API reference, from the docstrings of all that the published packages export. Ends with 1 when an export has none,
// or when a link in one leads nowhere.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { Application, ReflectionKind } from "typedoc";

const root = new URL("../..", import.meta.url);
const packages = ["client", "server"];

/** The sources of all entries of a package. */
async function entriesOf(name) {
  const folder = new URL(`packages/${name}/`, root);
  const { exports } = JSON.parse(await readFile(new URL("package.json", folder), "utf8"));
  return Object.values(exports)
    .map((entry) => entry["@fanwire/source"])
    .filter((source) => source !== undefined)
    .map((source) => fileURLToPath(new URL(source, folder)));
}

const entryPoints = (await Promise.all(packages.map(entriesOf))).flat();
const app = await Application.bootstrap({
  name: "fanwire",
  entryPoints,
  tsconfig: fileURLToPath(new URL("tsconfig.json", import.meta.url)),
  out: fileURLToPath(new URL("dist", import.meta.url)),
  readme: fileURLToPath(new URL("README.md", root)),
  disableSources: true,
  excludePrivate: true,
  excludeInternal: true,
  skipErrorChecking: true,
  validation: { notExported: false, invalidLink: true, notDocumented: true, rewrittenLink: true },
  requiredToBeDocumented: ["Function", "Class", "Interface", "TypeAlias", "Variable"],
  treatWarningsAsErrors: true,
  treatValidationWarningsAsErrors: true,
});
const project = await app.convert();
if (project === undefined) process.exit(1);
app.validate(project);
await app.generateOutputs(project);
const count = project.getReflectionsByKind(ReflectionKind.All).length;
console.log(
  `${count} declarations of ${entryPoints.length} entries: apps/reference/dist/index.html`,
);
if (app.logger.hasErrors() || app.logger.hasWarnings()) process.exitCode = 1;
