// Serves the built page, its tokens, its way to the hub, and the orders to cut it, to kill the hub, and for workers. Only to this machine.
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";
import sirv from "sirv";
import { isPageSubject } from "../tokens.ts";
import { cutOrder } from "./cuts.ts";
import { mayAsk } from "./guard.ts";
import type { PageTokens } from "./page-token.ts";
import { requestUrl } from "./request-url.ts";
import type { Splice } from "./splice.ts";
import { workerPid, type WorkerOrders } from "./worker-orders.ts";

const HEADERS = {
  "content-security-policy":
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
};

export interface PageParts {
  readonly splice: Splice;
  readonly tokens: PageTokens;
  /** Answers whether there was a hub to kill. */
  readonly killHub: () => boolean;
  readonly workers: WorkerOrders;
}

/** Rejects with EADDRINUSE when the port is taken. Answers with what closes it. */
export async function servePage(port: number, parts: PageParts): Promise<() => Promise<void>> {
  const { splice } = parts;
  const files = sirv(fileURLToPath(new URL("../../dist", import.meta.url)), {
    etag: true,
    setHeaders(response, path) {
      for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
      // names of assets carry a hash of what is in them
      if (path.startsWith("/assets/"))
        response.setHeader("cache-control", "public, max-age=31536000, immutable");
    },
  });
  const http = createServer((request, response) => {
    if (!answered(request, response, parts))
      files(request, response, () => void end(response, 404));
  });
  http.on("upgrade", (request, socket, head) => splice.pass(request, socket, head));
  http.listen(port, "127.0.0.1");
  await once(http, "listening");
  return async () => {
    splice.close();
    http.close();
    http.closeAllConnections();
    await once(http, "close");
  };
}

type Order = (query: URLSearchParams, response: ServerResponse, parts: PageParts) => void;

/** What a page may ask for. */
const ORDERS: Readonly<Record<string, Order>> = {
  "/dev/cut"(query, response, { splice }) {
    const order = cutOrder(query);
    if (order) splice.cut(order);
    end(response, order ? 204 : 400);
  },
  "/dev/kill"(_, response, { killHub }) {
    end(response, killHub() ? 204 : 503);
  },
  "/dev/worker/start"(_, response, { workers }) {
    const pid = workers.start();
    if (pid === undefined) end(response, 429);
    else json(response, { pid });
  },
  "/dev/worker/stop"(query, response, { workers }) {
    orderWorker(query, response, (pid) => workers.stop(pid));
  },
  "/dev/worker/kill"(query, response, { workers }) {
    orderWorker(query, response, (pid) => workers.kill(pid));
  },
  "/token"(query, response, { tokens }) {
    const subject = query.get("subject") ?? "";
    if (!isPageSubject(subject)) return void end(response, 400);
    tokens(subject).then(
      (token) => json(response, { token }),
      () => end(response, 500),
    );
  },
};

/** Only of those that were started here, whatever pid is asked for. */
function orderWorker(
  query: URLSearchParams,
  response: ServerResponse,
  order: (pid: number) => boolean,
): void {
  const pid = workerPid(query);
  if (pid === undefined) return void end(response, 400);
  end(response, order(pid) ? 204 : 404);
}

/** True when nobody else need look at this request. */
function answered(request: IncomingMessage, response: ServerResponse, parts: PageParts): boolean {
  if (!mayAsk(request.headers)) return end(response, 403);
  const url = requestUrl(request.url);
  if (!url) return end(response, 400);
  const order = Object.hasOwn(ORDERS, url.pathname) && ORDERS[url.pathname];
  if (!order) return false;
  if (request.method !== "POST") return end(response, 405);
  order(url.searchParams, response, parts);
  return true;
}

/** For whoever asked, and for nobody's cache. */
function json(response: ServerResponse, body: object): void {
  const type = { "content-type": "application/json", "cache-control": "no-store" };
  response.writeHead(200, { ...HEADERS, ...type }).end(JSON.stringify(body));
}

function end(response: ServerResponse, status: number): true {
  response.writeHead(status, HEADERS).end();
  return true;
}
