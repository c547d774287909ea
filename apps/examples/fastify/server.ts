// A hub inside of a Fastify application, on the same port: WebSockets are at /hub, all else is Fastify's. What is put by HTTP is pushed to
// those who follow it, and what is published over a WebSocket is answered by HTTP.

import { parseArgs } from "node:util";
import { topic } from "@fanwire/client";
import { createHub } from "@fanwire/server";
import fastify from "fastify";
import * as v from "valibot";

const help = `Usage: npm run fastify -w apps/examples [-- flags]

  --port <number>  Port to listen on; 0 takes a free one. Default 8432.
  --help           This text.

Try it:  fanwire sub --url ws://127.0.0.1:8432/hub 'prices.*'
         curl -X PUT localhost:8432/prices/tea -d '{"price": 3}' -H content-type:application/json
`;

const { values } = parseArgs({
  options: { port: { type: "string", default: "8432" }, help: { type: "boolean" } },
});
if (values.help) {
  process.stdout.write(help);
  process.exit(0);
}

const Price = v.object({ price: v.pipe(v.number(), v.minValue(0)) });

const app = fastify();
const hub = createHub({ path: "/hub" });
hub.attach(app.server);
// before Fastify waits for its connections to end, which WebSockets would not; each client is told a moment of its own to leave
app.addHook("preClose", () => hub.close(1000));

/** The last price of each thing, whoever published it. */
const prices = new Map<string, unknown>();
hub.subscribe("prices.*", ({ topic: name, data }) => prices.set(name, data));

interface Route {
  Params: { thing: string };
}

app.get<Route>("/prices/:thing", ({ params }, reply) => {
  const price = prices.get(topic`prices.${params.thing}`);
  return price ?? reply.code(404).send({ error: "Nothing is known of that." });
});

app.put<Route>("/prices/:thing", ({ params, body }, reply) => {
  const { success, output, issues } = v.safeParse(Price, body);
  if (!success) return reply.code(400).send({ error: issues[0].message });
  // the tag codes what users send as one level of a name, whatever is in it
  const { offset } = hub.publish(topic`prices.${params.thing}`, output);
  return reply.code(202).send({ offset });
});

console.log(await app.listen({ port: Number(values.port), host: "127.0.0.1" }));
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void app.close());
