import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { root, type Source, sourcesOf, withoutComments } from "./sources.ts";

const packages = ["protocol", "server", "client", "testing", "cli", "bench", "testkit"];

/** What a place may import: files below these paths, and packages by these names. */
interface Layer {
  readonly where: string;
  readonly files: readonly string[];
  readonly packages: readonly (string | RegExp)[];
}

const server = "packages/server/src";
const NODE = /^node:/u;
/** The roof of the server: it wires the rooms, so it may see all of them. */
const ROOF = [
  "hub",
  "index",
  "inside",
  "runtime",
  "options",
  "queue-options",
  "topic-options",
  "auth-options",
  "settings",
  "door",
  "keys",
  "ticket-claims",
  "token-check",
  "keeper",
  "store-tools",
  "record-buffer",
  "local-answers",
  "local",
  "local-client",
  "logger",
  "errors",
  "version",
];

const layers: readonly Layer[] = [
  { where: "packages/protocol/src/**/*.ts", files: ["packages/protocol/src/"], packages: [] },
  {
    where: `${server}/core/**/*.ts`,
    files: [`${server}/core/`],
    packages: ["@fanwire/protocol"],
  },
  {
    where: `${server}/ports/**/*.ts`,
    files: [`${server}/ports/`, `${server}/core/`],
    packages: ["@fanwire/protocol"],
  },
  ...["transport", "store", "auth", "http", "metrics"].map((room) => ({
    where: `${server}/${room}/**/*.ts`,
    files: [`${server}/${room}/`, `${server}/ports/`],
    packages: ["@fanwire/protocol", NODE, "ws", "jose", "msgpackr"],
  })),
  { where: `${server}/*.ts`, files: [`${server}/`], packages: ["@fanwire/protocol", NODE] },
  {
    where: "packages/client/src/core/**/*.ts",
    files: ["packages/client/src/"],
    packages: ["@fanwire/protocol"],
  },
  {
    where: "packages/client/src/queue/core/**/*.ts",
    files: ["packages/client/src/queue/core/", "packages/client/src/errors.ts"],
    packages: [],
  },
  {
    where: "packages/client/src/**/*.ts",
    files: ["packages/client/src/"],
    packages: ["@fanwire/protocol", "msgpackr", "react"],
  },
  {
    where: "packages/testkit/src/**/*.ts",
    files: ["packages/testkit/src/"],
    packages: ["@fanwire/protocol"],
  },
  {
    where: "packages/testing/src/**/*.ts",
    files: ["packages/testing/src/"],
    packages: [
      "@fanwire/protocol",
      "@fanwire/server",
      "@fanwire/server/inside",
      "@fanwire/client",
      "@fanwire/client/runtime",
    ],
  },
  {
    where: "packages/cli/src/**/*.ts",
    files: ["packages/cli/src/"],
    packages: [
      "@fanwire/protocol",
      "@fanwire/server",
      "@fanwire/client",
      "@fanwire/client/queue",
      NODE,
    ],
  },
];

function strangers(source: Source, layer: Layer): string[] {
  return source.imports
    .filter(({ specifier, file }) =>
      file === undefined
        ? !layer.packages.some((name) =>
            typeof name === "string" ? name === specifier : name.test(specifier),
          )
        : !layer.files.some((path) => file.startsWith(path)),
    )
    .map(({ specifier }) => `${source.path} imports ${specifier}`);
}

describe("directions", () => {
  test.each(layers)("$where imports only what its layer may", (layer) => {
    expect(sourcesOf(layer.where).flatMap((source) => strangers(source, layer))).toEqual([]);
  });

  test("every file of a published package has a layer", () => {
    const covered = new Set(
      layers.flatMap((layer) => sourcesOf(layer.where).map(({ path }) => path)),
    );
    const all = packages
      .filter((name) => name !== "bench")
      .flatMap((name) => sourcesOf(`packages/${name}/src/**/*.ts`));
    expect(all.map(({ path }) => path).filter((path) => !covered.has(path))).toEqual([]);
    expect(all.length).toBeGreaterThan(50);
  });

  test("the rooms at the edge of the server are entered only from its roof", () => {
    const roof = new Set(ROOF.map((name) => `${server}/${name}.ts`));
    expect(
      sourcesOf(`${server}/*.ts`)
        .map(({ path }) => path)
        .filter((path) => !roof.has(path)),
    ).toEqual([]);
  });

  test.each([
    ["msgpackr", "packages/client/src/msgpackr.ts"],
    ["react", "packages/client/src/react/"],
  ])("of the client only its own entry imports %s", (name, entry) => {
    const found = sourcesOf("packages/client/src/**/*.ts").filter(({ imports }) =>
      imports.some(({ specifier }) => specifier === name || specifier.startsWith(`${name}/`)),
    );
    expect(found.length).toBeGreaterThan(0);
    expect(found.filter(({ path }) => !path.startsWith(entry))).toEqual([]);
  });

  test("what is inside of the hub and the client is for their testing alone", () => {
    const others = [
      ...packages.filter((name) => name !== "testing").map((name) => `packages/${name}/**/*.ts`),
      "apps/*/**/*.{ts,tsx}",
      "test/**/*.ts",
    ].flatMap(sourcesOf);
    const entered = others.filter(({ imports }) =>
      imports.some(({ specifier }) =>
        /^@fanwire\/(?:server\/inside|client\/runtime)$/u.test(specifier),
      ),
    );
    expect(entered.map(({ path }) => path)).toEqual([]);
  });

  test("packages import each other by their public names", () => {
    const all = [
      ...packages.map((name) => `packages/${name}/src/**/*.ts`),
      "apps/*/**/*.{ts,tsx}",
      "test/**/*.ts",
    ].flatMap(sourcesOf);
    const deep = all.flatMap((source) =>
      source.imports
        .filter(({ specifier, file }) =>
          file === undefined
            ? /^@fanwire\/[a-z]+\/(?:src|dist)/u.test(specifier)
            : file.split("/").slice(0, 2).join("/") !==
                source.path.split("/").slice(0, 2).join("/") && file.startsWith("packages/"),
        )
        .map(({ specifier }) => `${source.path} imports ${specifier}`),
    );
    expect(deep).toEqual([]);
  });

  test("a package imports only what its package.json names", () => {
    const missing: string[] = [];
    for (const name of packages) {
      const manifest = JSON.parse(
        readFileSync(join(root, `packages/${name}/package.json`), "utf8"),
      ) as {
        dependencies?: Record<string, string>;
        peerDependencies?: Record<string, string>;
      };
      const known = { ...manifest.dependencies, ...manifest.peerDependencies };
      for (const { path, imports } of sourcesOf(`packages/${name}/src/**/*.ts`))
        for (const { specifier, file } of imports) {
          const wanted = specifier.startsWith("@")
            ? specifier.split("/").slice(0, 2).join("/")
            : specifier.split("/")[0]!;
          const isKnown = file !== undefined || NODE.test(specifier) || wanted in known;
          if (!isKnown && name !== "bench") missing.push(`${path}: ${wanted}`);
        }
    }
    expect(missing).toEqual([]);
  });
});

describe("purity", () => {
  /** What would make a decision depend on more than what the core is told. */
  const worldly: readonly [RegExp, string][] = [
    [/\bDate\b/u, "a clock"],
    [/\bperformance\b/u, "a clock"],
    [/\b(?:set|clear)(?:Timeout|Interval|Immediate)\b/u, "a timer"],
    [/\bqueueMicrotask\b/u, "a timer"],
    [/\bMath\.random\b|\bcrypto\b/u, "chance"],
    [/\b(?:async|await)\b|\bPromise\b/u, "a promise"],
    [/\bprocess\b|\bBuffer\b|\bglobalThis\b/u, "the platform"],
    [/\bconsole\b/u, "the console"],
    [/\bWebSocket\b(?!s| message)/u, "a socket"],
    [/\bthrow\b/u, "an exception"],
  ];

  test.each([
    `${server}/core/**/*.ts`,
    "packages/client/src/core/**/*.ts",
    "packages/client/src/queue/core/**/*.ts",
  ])("%s knows nothing of the world", (where) => {
    const found = sourcesOf(where).flatMap(({ path, text }) => {
      const code = withoutComments(text).replaceAll(/"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`/gu, '""');
      return worldly
        .filter(([pattern]) => pattern.test(code))
        .map(([, what]) => `${path}: ${what}`);
    });
    expect(found).toEqual([]);
    expect(sourcesOf(where).length).toBeGreaterThan(1);
  });

  test("the protocol knows no platform", () => {
    const found = sourcesOf("packages/protocol/src/**/*.ts").filter(({ text }) =>
      /\bBuffer\b|\bprocess\b|\bwindow\b|\bsetTimeout\b/u.test(
        withoutComments(text).replaceAll(/"(?:[^"\\]|\\.)*"/gu, '""'),
      ),
    );
    expect(found.map(({ path }) => path)).toEqual([]);
  });
});

describe("cycles", () => {
  test.each([
    ...packages.map((name) => `packages/${name}/src/**/*.ts`),
    "apps/dashboard/**/*.{ts,tsx}",
    "apps/examples/**/*.ts",
  ])("%s has no import cycle, type-only imports included", (where) => {
    expect(cycleIn(sourcesOf(where))).toBeUndefined();
  });

  function cycleIn(sources: readonly Source[]): string | undefined {
    const byPath = new Map(sources.map((source) => [source.path, source]));
    const done = new Set<string>();
    const visit = (path: string, way: readonly string[]): string | undefined => {
      if (way.includes(path)) return [...way.slice(way.indexOf(path)), path].join(" -> ");
      if (done.has(path)) return undefined;
      for (const { file } of byPath.get(path)?.imports ?? []) {
        const cycle = file && visit(file, [...way, path]);
        if (cycle) return cycle;
      }
      done.add(path);
      return undefined;
    };
    for (const { path } of sources) {
      const cycle = visit(path, []);
      if (cycle) return cycle;
    }
    return undefined;
  }

  test("a cycle would be found", () => {
    const source = (path: string, file: string): Source => ({
      path,
      text: "",
      imports: [{ specifier: "", file }],
    });
    expect(cycleIn([source("a", "b"), source("b", "c"), source("c", "b")])).toBe("b -> c -> b");
  });
});
