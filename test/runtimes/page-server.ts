// A server of the page that has the suite.

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { bundleOf } from "./bundle.ts";

export interface PageServer extends AsyncDisposable {
  readonly origin: string;
}

const page = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script type="module" src="/suite.mjs"></script>`;

export async function openPageServer(): Promise<PageServer> {
  const server = createServer(({ url }, response) => {
    if (url !== "/suite.mjs") response.setHeader("content-type", "text/html").end(page);
    else
      void bundleOf("page").then((script) =>
        response.setHeader("content-type", "text/javascript").end(script),
      );
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
