// npm run size [-- --json | --write]: what a browser loads of each entry of the client, and of the clients that people would take
// otherwise: the same bundler with the same settings, minified, gzip -9. Ends with 1 when an entry is over its budget, or when the table
// in the README tells something else. --write: writes that table.
import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";

/** In bytes: of the core by itself, of every other entry what it adds to that. An entry without a budget fails. */
const budgets = {
  ".": 16_950,
  "./errors": 3150,
  "./msgpackr": 300,
  "./outbox": 950,
  "./positions": 300,
  "./presence": 2000,
  "./queue": 7150,
  "./react": 1320,
  "./share": 4900,
  "./share/worker": 3400,
  "./state": 300,
};

/** Plug-ins for what the application has anyway, and left out of the sum. */
const plugins = new Set(["./msgpackr"]);

/** All entries but {@link plugins} in one page, in bytes. */
const budgetOfAll = 36_150;

/** Whose code the application brings itself. */
const external = ["react", "msgpackr"];

/** What people would take otherwise: the modules of `packages/bench/src/clients`. */
const peers = [
  "centrifuge",
  "socket.io-client",
  "ably",
  "pusher-js",
  "phoenix",
  "mqtt",
  "@nats-io/nats-core",
];

const MARK = /(?<=<!-- sizes -->\n)[^]*?(?=<!-- \/sizes -->)/u;
const root = new URL("..", import.meta.url);
const readme = new URL("README.md", root);
const clients = fileURLToPath(new URL("packages/bench/src/clients/", root));

/** Bytes of what a bundler makes of one of the peers, or of `code`, as if it stood beside them. */
async function sizeOf(name, code) {
  const input = `${clients}${name.replace(/.*\//u, "")}.js`;
  const own = {
    name: "own",
    load: (id) => (id === input ? code : null),
    resolveId: (id) => (id === input ? id : null),
  };
  const bundle = await rolldown({
    input,
    cwd: fileURLToPath(root),
    platform: "browser",
    external,
    resolve: { conditionNames: ["@fanwire/source", "browser", "import", "default"] },
    plugins: code === undefined ? [] : [own],
    logLevel: "silent",
  });
  const { output } = await bundle.generate({ format: "esm", minify: true });
  await bundle.close();
  return output
    .filter(({ type }) => type === "chunk")
    .reduce((sum, { code: text }) => sum + gzipSync(text, { level: 9 }).length, 0);
}

async function versionOf(name) {
  const manifest = await readFile(new URL(`node_modules/${name}/package.json`, root), "utf8");
  return JSON.parse(manifest).version;
}

const kb = (bytes) => `${(bytes / 1000).toFixed(1)} KB`;

function tableOf({ entries, all, others }) {
  const rows = entries.map(({ entry, bytes }) => {
    const name = `\`@fanwire/client${entry.slice(1)}\``;
    return entry === "." ? `| **${name}** | **${kb(bytes)}** |` : `| ${name} | + ${kb(bytes)} |`;
  });
  const lines = [
    "| What a page loads | minified, gzip -9 |",
    "| --- | ---: |",
    ...rows,
    `| all of that${names.some((name) => plugins.has(name)) ? " without the plug-in" : ""} | ${kb(all)} |`,
    ...others.map(({ name, version, bytes }) => `| ${name} ${version} | ${kb(bytes)} |`),
  ];
  return `\n${lines.join("\n")}\n\n`;
}

const { values } = parseArgs({
  options: { json: { type: "boolean" }, write: { type: "boolean" }, help: { type: "boolean" } },
});
if (values.help) {
  console.log(
    "npm run size -- [--json | --write]: sizes of the client's entries and of other clients; 1 over a budget.",
  );
  process.exit(0);
}
const { exports } = JSON.parse(
  await readFile(new URL("packages/client/package.json", root), "utf8"),
);
// what tests use is in no page
const names = Object.keys(exports).filter((name) => !/\.json$|^\.\/runtime$/u.test(name));
/** What some entries make together. */
const sizeOfEntries = (some) =>
  sizeOf(
    "own",
    some.map((entry, i) => `export * as e${i} from "@fanwire/client${entry.slice(1)}";`).join("\n"),
  );
const core = await sizeOf("own", `export * from "@fanwire/client";`);
const alone = await sizeOfEntries(["."]);
const entries = await Promise.all(
  names.map(async (entry) => ({
    entry,
    bytes: entry === "." ? core : (await sizeOfEntries([".", entry])) - alone,
    budget: budgets[entry] ?? 0,
  })),
);
const all = await sizeOfEntries(names.filter((name) => !plugins.has(name)));
const others = await Promise.all(
  peers.map(async (name) => ({ name, version: await versionOf(name), bytes: await sizeOf(name) })),
);
const sizes = { entries, all, others };

const over = [
  ...entries
    .filter(({ bytes, budget }) => bytes > budget)
    .map(({ entry, bytes, budget }) => `${entry} has ${bytes} bytes, and may have ${budget}`),
  ...(all > budgetOfAll ? [`all entries have ${all} bytes, and may have ${budgetOfAll}`] : []),
];
if (values.json) console.log(JSON.stringify(sizes));
else {
  for (const { entry, bytes, budget } of entries)
    console.log(`${entry}: ${bytes} bytes, budget ${budget}`);
  console.log(`all but ${[...plugins].join(", ")}: ${all} bytes, budget ${budgetOfAll}`);
  for (const { name, version, bytes } of others) console.log(`${name} ${version}: ${bytes} bytes`);
}
const text = await readFile(readme, "utf8");
if (values.write)
  await writeFile(
    readme,
    text.replace(MARK, () => tableOf(sizes)),
  );
else if (plain(MARK.exec(text)?.[0]) !== plain(tableOf(sizes)))
  over.push("the README tells other sizes: npm run size -- --write");
for (const line of over) console.error(line);
process.exitCode = over.length > 0 ? 1 : 0;

/** Without what the formatter adds. */
function plain(table = "") {
  return table.replaceAll(/[ -]+/gu, " ");
}
