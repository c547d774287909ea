// Serves the built page, its way to the hub, and the orders to cut it. Only to this machine.
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";
import sirv from "sirv";
import { cutOrder } from "./cuts.ts";
import { mayAsk } from "./guard.ts";
import type { Splice } from "./splice.ts";

const HEADERS = {
  "content-security-policy":
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
};

/** Rejects with EADDRINUSE when the port is taken. Answers with what closes it. */
export async function servePage(port: number, splice: Splice): Promise<() => Promise<void>> {
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
    if (!answered(request, response, splice))
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

/** True when nobody else need look at this request. */
function answered(request: IncomingMessage, response: ServerResponse, splice: Splice): boolean {
  if (!mayAsk(request.headers)) return end(response, 403);
  const url = new URL(request.url ?? "/", "http://localhost");
  if (url.pathname !== "/dev/cut") return false;
  if (request.method !== "POST") return end(response, 405);
  const order = cutOrder(url.searchParams);
  if (!order) return end(response, 400);
  splice.cut(order);
  return end(response, 204);
}

function end(response: ServerResponse, status: number): true {
  response.writeHead(status, HEADERS).end();
  return true;
}
