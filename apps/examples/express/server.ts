// A hub inside of an Express application, on the same port: WebSockets are at /hub, all else is Express'. What is put by HTTP is pushed to
// those who follow it, and what is published over a WebSocket is answered by HTTP.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import { topic } from "@fanwire/client";
import { createHub } from "@fanwire/server";
import express from "express";
import * as v from "valibot";

const help = `Usage: npm run express -w apps/examples [-- flags]

  --port <number>  Port to listen on; 0 takes a free one. Default 8431.
  --help           This text.

Try it:  fanwire sub --url ws://127.0.0.1:8431/hub 'prices.*'
         curl -X PUT localhost:8431/prices/tea -d '{"price": 3}' -H content-type:application/json
`;

const { values } = parseArgs({
  options: { port: { type: "string", default: "8431" }, help: { type: "boolean" } },
});
if (values.help) {
  process.stdout.write(help);
  process.exit(0);
}

const Price = v.object({ price: v.pipe(v.number(), v.minValue(0)) });

const app = express();
const server = createServer(app);
const hub = createHub({ path: "/hub" });
hub.attach(server);

/** The last price of each thing, whoever published it. */
const prices = new Map<string, unknown>();
hub.subscribe("prices.*", ({ topic: name, data }) => prices.set(name, data));

app
  .route("/prices/:thing")
  .get(({ params }, response) => {
    const price = prices.get(topic`prices.${params.thing}`);
    if (price === undefined) response.status(404).json({ error: "Nothing is known of that." });
    else response.json(price);
  })
  .put(express.json(), ({ params, body }, response) => {
    const { success, output, issues } = v.safeParse(Price, body);
    if (!success) return void response.status(400).json({ error: issues[0].message });
    // the tag codes what users send as one level of a name, whatever is in it
    const { offset } = hub.publish(topic`prices.${params.thing}`, output);
    response.status(202).json({ offset });
  });

server.listen(Number(values.port), "127.0.0.1", () => {
  console.log(`http://localhost:${(server.address() as AddressInfo).port}`);
});

async function stop(): Promise<void> {
  server.close();
  // each client is told a moment of its own to leave, so that they do not come to the next server all at once
  await hub.close(1000);
  server.closeAllConnections();
}
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void stop());
