// The pages of the benchmark, bundled as an application would be but for the names, which a profile tells, and served to a browser on this
// machine.

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

/** What each page runs. */
const pages = { meter: "meter-page.ts", ticker: "ticker-page.ts" } as const;

/** A page of the benchmark. */
export type PageName = keyof typeof pages;

async function bundled(name: PageName): Promise<string> {
  const bundle = await rolldown({
    input: fileURLToPath(new URL(pages[name], import.meta.url)),
    platform: "browser",
    resolve: { conditionNames: ["@fanwire/source", "browser", "import", "default"] },
    logLevel: "silent",
  });
  const { output } = await bundle.generate({ format: "esm" });
  await bundle.close();
  return output[0].code;
}

/** Serves all pages. */
export class Site {
  readonly #server: Server;

  private constructor(scripts: ReadonlyMap<string, string>) {
    this.#server = createServer(({ url = "/" }, response) => {
      const script = scripts.get(url.slice(1));
      response.setHeader("Content-Type", "text/html; charset=utf-8");
      response.end(
        script === undefined
          ? "<!doctype html>"
          : `<!doctype html><title>bench</title><body></body><script type="module">${script.replaceAll("</script", String.raw`<\/script`)}</script>`,
      );
    });
  }

  static async open(): Promise<Site> {
    const names = Object.keys(pages) as PageName[];
    const scripts = await Promise.all(
      names.map(async (name) => [name, await bundled(name)] as const),
    );
    const site = new Site(new Map(scripts));
    await new Promise<void>((resolve) => {
      site.#server.listen(0, "127.0.0.1", resolve);
    });
    return site;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
  }
}
