// The demo: the page's server, and as its children the hub, the publisher, and the workers that a page starts.
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Child } from "./child.ts";
import { CrewTeller } from "./crew.ts";
import { freePort } from "./free-port.ts";
import { makeKeyFolder, type KeyFolder } from "./key-folder.ts";
import { servePage } from "./page-server.ts";
import { pageTokens } from "./page-token.ts";
import { Splice } from "./splice.ts";
import { findWork, offersOf } from "./work-list.ts";
import { Workers } from "./workers.ts";

/** A reason not to start, in a sentence that says what to do about it. */
export class CannotStart extends Error {}

const PATIENCE_MS = 20_000;
/** The hub's, one for each port: a demo is found again as it was left, and two at a time do not share one. */
const CACHE = fileURLToPath(
  new URL("../../../../node_modules/.cache/fanwire-demo/", import.meta.url),
);
const file = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

export interface DemoOptions {
  readonly port: number;
  /** How long tokens are good. */
  readonly tokenSeconds: number;
  /** Where the board is kept, also when the demo is not running. Left out: a folder of this port in the cache of this checkout. */
  readonly data?: string | undefined;
}

export class Demo {
  readonly #port: number;
  readonly #tokenSeconds: number;
  readonly #data: string;
  readonly #closing: (() => Promise<void>)[] = [];

  constructor({ port, tokenSeconds, data }: DemoOptions) {
    this.#port = port;
    this.#tokenSeconds = tokenSeconds;
    this.#data = data ?? join(CACHE, String(port));
  }

  get address(): string {
    return `http://localhost:${this.#port}`;
  }

  /** Settles when the page can be opened and figures are published. */
  async start(): Promise<void> {
    if (!existsSync(file("../../dist/index.html")))
      throw new CannotStart("The page is not built. Build it first: npm run build");
    const folder = await makeKeyFolder();
    this.#closing.push(() => folder.remove());
    const hubPort = await freePort();
    const hub = this.#hub(hubPort, folder);
    const { workers, crew } = await this.#workers(hubPort, folder);
    const parts = {
      workers,
      splice: new Splice(hubPort),
      tokens: pageTokens(folder.key, this.#tokenSeconds),
      killHub: () => hub.kill(),
    };
    const closePage = await servePage(this.#port, parts).catch((error: unknown) => {
      throw this.#portTaken(error);
    });
    this.#closing.push(closePage);
    // only its owner reads what was drawn
    await mkdir(this.#data, { recursive: true, mode: 0o700 });
    await this.#run("The hub", hub);
    await this.#run("The publisher", publisher(hubPort, folder.keyFile, this.#tokenSeconds));
    crew.start();
    this.#closing.push(
      () => crew.close(),
      // while there is a hub that hears what became of their jobs
      () => workers.end(),
    );
  }

  /** None of them works yet. What they are there for, and which there are, is told through the hub. */
  async #workers(
    hubPort: number,
    { key, keyFile, write }: KeyFolder,
  ): Promise<{ workers: Workers; crew: CrewTeller }> {
    const work = await findWork();
    const env = {
      ...serviceEnv(hubPort, keyFile, this.#tokenSeconds),
      FANWIRE_WORK: await write("work.json", work),
    };
    const script = { script: file("../worker/main.ts"), env };
    const workers: Workers = new Workers(script, () => crew.tell());
    const offers = offersOf(work);
    const crew = new CrewTeller({
      hubPort,
      key,
      tokenSeconds: this.#tokenSeconds,
      crew: () => ({ offers, workers: workers.list }),
    });
    return { workers, crew };
  }

  /** In the reverse order of the start. */
  async stop(): Promise<void> {
    const close = this.#closing.pop();
    if (!close) return;
    await close();
    await this.stop();
  }

  /** What it is given is in files that outlive it: it may be killed and started again. Of the key it gets the half that verifies tokens. */
  #hub(port: number, { hubKeyFile, hubConfigFile }: KeyFolder): Child {
    const flags = ["--port", String(port), "--drain-ms", "0"];
    const files = ["--keys", hubKeyFile, "--config", hubConfigFile, "--data", this.#data];
    const main = new URL("src/main.ts", import.meta.resolve("fanwire/package.json"));
    return new Child({ script: fileURLToPath(main), args: ["serve", ...flags, ...files] });
  }

  async #run(name: string, child: Child): Promise<void> {
    this.#closing.push(() => child.stop());
    const late = new Promise<never>((_, failed) => {
      const sentence = `${name} did not start within ${PATIENCE_MS / 1000} s. What it said stands above.`;
      setTimeout(() => failed(new CannotStart(sentence)), PATIENCE_MS).unref();
    });
    await Promise.race([child.start(), late]);
  }

  #portTaken(error: unknown): unknown {
    if (!(error instanceof Error && /in use|EADDRINUSE/.test(error.message))) return error;
    const other = `PORT=${this.#port + 1} npm start`;
    return new CannotStart(
      `Port ${this.#port} is in use. Stop the program that uses it, or choose another port: ${other}`,
    );
  }
}

function publisher(hubPort: number, keyFile: string, tokenSeconds: number): Child {
  const script = file("../publisher/main.ts");
  return new Child({ script, env: serviceEnv(hubPort, keyFile, tokenSeconds) });
}

/** What children are told that make their own tokens. */
const serviceEnv = (hubPort: number, keyFile: string, tokenSeconds: number) => ({
  FANWIRE_URL: `ws://localhost:${hubPort}`,
  FANWIRE_KEY: keyFile,
  TOKEN_SECONDS: String(tokenSeconds),
});
