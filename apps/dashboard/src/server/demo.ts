// The demo: the page's server, and as its children the hub and the publisher.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Child } from "./child.ts";
import { freePort } from "./free-port.ts";
import { servePage } from "./page-server.ts";
import { Splice } from "./splice.ts";

/** A reason not to start, in a sentence that says what to do about it. */
export class CannotStart extends Error {}

const PATIENCE_MS = 20_000;
const file = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

export class Demo {
  readonly #port: number;
  readonly #closing: (() => Promise<void>)[] = [];

  constructor(port: number) {
    this.#port = port;
  }

  get address(): string {
    return `http://localhost:${this.#port}`;
  }

  /** Settles when the page can be opened and figures are published. */
  async start(): Promise<void> {
    if (!existsSync(file("../../dist/index.html")))
      throw new CannotStart("The page is not built. Build it first: npm run build");
    const hubPort = await freePort();
    const closePage = await servePage(this.#port, new Splice(hubPort)).catch((error: unknown) => {
      throw this.#portTaken(error);
    });
    this.#closing.push(closePage);
    await this.#run("The hub", hub(hubPort));
    await this.#run("The publisher", publisher(hubPort));
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

function hub(port: number): Child {
  const script = fileURLToPath(new URL("src/main.ts", import.meta.resolve("fanwire/package.json")));
  return new Child({ script, args: ["serve", "--port", String(port), "--drain-ms", "0"] });
}

function publisher(hubPort: number): Child {
  const script = file("../publisher/main.ts");
  return new Child({ script, env: { FANWIRE_URL: `ws://localhost:${hubPort}` } });
}
