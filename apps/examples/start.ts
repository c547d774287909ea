// `npm run examples`: a hub, the pages, and what they need of a server, until Ctrl-C or SIGTERM.

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createClient } from "@fanwire/client";
import { createHub } from "@fanwire/server";
import sirv from "sirv";
import { pages } from "./pages.ts";
import { workOnReports } from "./progress/worker.ts";
import { startFeed } from "./ticker/feed.ts";

const help = `Usage: npm run examples [-- flags]

A hub and the pages of all examples, until Ctrl-C. Prints their addresses.

  --port <number>  Port to listen on; 0 takes a free one. Default 8430.
  --help           This text.
`;

const { values } = parseArgs({
  options: { port: { type: "string", default: "8430" }, help: { type: "boolean" } },
});
if (values.help) {
  process.stdout.write(help);
  process.exit(0);
}
const port = Number(values.port);
if (!Number.isInteger(port) || port < 0 || port > 65_535) {
  console.error(`--port must be a number from 0 to 65535, and is "${values.port}".`);
  process.exit(2);
}

const hub = createHub({
  path: "/hub",
  topics: [
    { match: "chat.*", history: { count: 200, ageMs: 86_400_000 } },
    { match: "todo.*", state: true },
    { match: "orders", history: { count: 100_000, ageMs: 86_400_000 } },
    { match: "invoices", history: true },
  ],
  queues: [{ name: "reports" }],
});
const files = sirv(fileURLToPath(new URL("dist", import.meta.url)), { etag: true });
const server = createServer((request, response) =>
  files(request, response, () => void response.writeHead(404).end("There is no such page.\n")),
);
hub.attach(server);
server.on("error", ({ message }) => {
  console.error(`${message}: another --port may be free.`);
  process.exit(1);
});
// this machine alone: a hub without keys serves nobody else
server.listen(port, "127.0.0.1");
await once(server, "listening");

const address = `http://localhost:${(server.address() as AddressInfo).port}`;
const stopFeed = startFeed((topic, quote) => void hub.publish(topic, quote));
const client = createClient(`${address}/hub`);
const worker = workOnReports(client);

console.log(`${address}/`);
for (const page of pages) console.log(`${address}/${page}/`);

async function stop(): Promise<void> {
  stopFeed();
  await worker.close();
  await client.close();
  await hub.close(0);
  server.close();
  server.closeAllConnections();
}
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void stop());
