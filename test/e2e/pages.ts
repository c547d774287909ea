// Pages of our own that use the built client.

import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const html = `<!doctype html><meta charset="utf-8"><title>page</title><script type="module" src="/page.js"></script><p></p>`;

/** The scripts of pages, as a bundler makes them of what is published. */
async function bundle(file: string): Promise<string> {
  const made = await rolldown({
    input: fileURLToPath(new URL(file, import.meta.url)),
    platform: "browser",
    resolve: { conditionNames: ["browser", "import", "default"] },
  });
  const { output } = await made.generate({ format: "esm", minify: true });
  await made.close();
  return output[0].code;
}

/** Serves pages with the script `file`. `headers`: of the page. Any path is a page of its own. */
export async function servePages(
  file: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ url: string; close(): Promise<void> }> {
  const script = await bundle(file);
  const server: Server = createServer((request, response) => {
    if (request.url === "/page.js")
      response.writeHead(200, { "content-type": "text/javascript" }).end(script);
    else if (request.url === "/favicon.ico") response.writeHead(404).end();
    else response.writeHead(200, { "content-type": "text/html", ...headers }).end(html);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}/`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
