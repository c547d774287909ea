// The demo: the page's server, and as its children the hub and the publisher.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Child } from "./child.ts";
import { freePort } from "./free-port.ts";
import { makeKeyFolder } from "./key-folder.ts";
import { servePage } from "./page-server.ts";
import { pageTokens } from "./page-token.ts";
import { Splice } from "./splice.ts";

/** A reason not to start, in a sentence that says what to do about it. */
export class CannotStart extends Error {}

const PATIENCE_MS = 20_000;
const file = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

export interface DemoOptions {
  readonly port: number;
  /** How long tokens are good. */
  readonly tokenSeconds: number;
}

export class Demo {
  readonly #port: number;
  readonly #tokenSeconds: number;
  readonly #closing: (() => Promise<void>)[] = [];

  constructor({ port, tokenSeconds }: DemoOptions) {
    this.#port = port;
    this.#tokenSeconds = tokenSeconds;
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
    const parts = {
      splice: new Splice(hubPort),
      tokens: pageTokens(folder.key, this.#tokenSeconds),
    };
    const closePage = await servePage(this.#port, parts).catch((error: unknown) => {
      throw this.#portTaken(error);
    });
    this.#closing.push(closePage);
    await this.#run("The hub", hub(hubPort, folder.hubKeyFile));
    await this.#run("The publisher", publisher(hubPort, folder.keyFile, this.#tokenSeconds));
  }

  /** In the reverse order of the start. */
  async stop(): Promise<void> {
    const close = this.#closing.pop();
    if (!close) return;
    await close();
    await this.stop();
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

/** It is given the half of the key that verifies tokens, in a file that outlives it: it may be killed and started again. */
function hub(port: number, keyFile: string): Child {
  const script = fileURLToPath(new URL("src/main.ts", import.meta.resolve("fanwire/package.json")));
  const args = ["serve", "--port", String(port), "--keys", keyFile, "--drain-ms", "0"];
  return new Child({ script, args });
}

function publisher(hubPort: number, keyFile: string, tokenSeconds: number): Child {
  const script = file("../publisher/main.ts");
  const env = {
    FANWIRE_URL: `ws://localhost:${hubPort}`,
    FANWIRE_KEY: keyFile,
    TOKEN_SECONDS: String(tokenSeconds),
  };
  return new Child({ script, env });
}
