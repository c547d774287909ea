// Pages reach the hub on their own origin: their connection is passed through to the hub's port as it is, byte for byte.
// Here it can also be cut honestly: the page sees what a train in a tunnel would show it.
import type { IncomingMessage } from "node:http";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { Cuts, type CutOrder } from "./cuts.ts";
import { mayAsk } from "./guard.ts";
import { upgradeHead } from "./request-head.ts";
import { requestUrl } from "./request-url.ts";

const PATH = "/hub";

export class Splice {
  readonly #hubPort: number;
  readonly #cuts = new Cuts();
  /** The browsers' ends, by page. */
  readonly #open = new Map<Duplex, string | null>();

  constructor(hubPort: number) {
    this.#hubPort = hubPort;
  }

  /** For the `upgrade` event of an HTTP server. */
  pass(request: IncomingMessage, browser: Duplex, head: Buffer): void {
    browser.on("error", () => browser.destroy());
    const url = requestUrl(request.url);
    if (url?.pathname !== PATH) return refuse(browser, "404 Not Found");
    if (!mayAsk(request.headers)) return refuse(browser, "403 Forbidden");
    const page = url.searchParams.get("page");
    if (this.#cuts.refuses(page, Date.now())) return void browser.destroy();
    this.#join(browser, page, upgradeHead(request.rawHeaders, this.#hubPort), head);
  }

  /** Answers how many connections it ended. */
  cut({ page, ms }: CutOrder): number {
    if (ms > 0) this.#cuts.refuse(page, Date.now() + ms);
    const theirs = [...this.#open].filter(([, of]) => of === page);
    for (const [browser] of theirs) browser.destroy();
    return theirs.length;
  }

  close(): void {
    for (const browser of this.#open.keys()) browser.destroy();
  }

  #join(browser: Duplex, page: string | null, request: string, first: Buffer): void {
    const hub = connect({ host: "127.0.0.1", port: this.#hubPort, noDelay: true });
    this.#open.set(browser, page);
    hub.write(request);
    hub.write(first);
    hub.pipe(browser).pipe(hub);
    browser.on("close", () => {
      this.#open.delete(browser);
      hub.destroy();
    });
    // a hub that is being started again refuses the connection; the page tries again by itself
    hub.on("error", () => browser.destroy());
    hub.on("close", () => browser.destroy());
  }
}

function refuse(browser: Duplex, status: string): void {
  browser.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
