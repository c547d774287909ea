// A service that answers each order with an invoice and may be stopped at any time: it goes on where it stood. Run one at a time.
//
// Three things make that hold. It begins behind the order that it has answered last, which it keeps in a file. It takes an order as answered
// when the hub has confirmed the invoice. And an invoice has the order's position as its id, so that one that was published just before a
// crash, and is published again after it, is one.

import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { type ClientError, contract, createClient, type Position } from "@fanwire/client";
import { explain } from "@fanwire/client/errors";
import * as v from "valibot";

const help = `Usage: npm run service -w apps/examples [-- flags]

Follows orders and answers each with an invoice, until SIGTERM or Ctrl-C: then it
ends what it has begun, and stops.

  --url <url>      The hub. Default: FANWIRE_URL, else ws://127.0.0.1:8430/hub.
  --state <file>   Where it keeps how far it is. Default .cache/service.
  --drain <s>      How long it waits for the hub when it stops. Default 5 seconds.
  --help           This text.

Try it:  fanwire sub invoices &  fanwire pub orders '{"item": "tea", "count": 2}'
`;

const { values } = parseArgs({
  options: {
    url: { type: "string", default: process.env["FANWIRE_URL"] ?? "ws://127.0.0.1:8430/hub" },
    state: { type: "string", default: ".cache/service" },
    drain: { type: "string", default: "5" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  process.stdout.write(help);
  process.exit(0);
}

const Order = v.object({ item: v.string(), count: v.pipe(v.number(), v.minValue(1)) });
const Invoice = v.object({ ...Order.entries, order: v.string(), total: v.number() });
const client = createClient(values.url, {
  contract: contract({ orders: Order, invoices: Invoice }),
});
const invoices = client.topic("invoices");

/** The last order that was answered; undefined: none was. */
let done = (await readFile(values.state, "utf8").catch(() => undefined)) as Position | undefined;
let saved = { position: done, at: Date.now() };

async function save(): Promise<void> {
  if (done === undefined || done === saved.position) return;
  saved = { position: done, at: Date.now() };
  await mkdir(dirname(values.state), { recursive: true });
  // by another name first: a file that is half written would lose the place
  await writeFile(`${values.state}.new`, done);
  await rename(`${values.state}.new`, values.state);
}

const orders = client.topic("orders").subscribe({
  from: done ?? "start",
  // one that takes orders more slowly than they come must not lose any
  overflow: "error",
  buffer: 100_000,
});
// orders that the hub does not keep any more: nothing brings them back, so somebody must know
orders.on("gap", ({ missed = "an unknown number of" }) => console.error(`missed ${missed} orders`));

const late = new AbortController();
function stop(): void {
  // ends the loop when the order that is in it is answered
  orders.unsubscribe();
  setTimeout(() => late.abort(), Number(values.drain) * 1000).unref();
}
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, stop);

console.log("started");
let answered = 0;
try {
  for await (const { data, position } of orders) {
    const invoice = { ...data, order: position, total: data.count * 3 };
    // while the hub is away it waits: what is not confirmed is not done
    await invoices.publish(invoice, { id: position, timeoutMs: Infinity, signal: late.signal });
    done = position;
    answered++;
    // often enough after a crash: the hub knows an id for two minutes
    if (Date.now() - saved.at > 1000) await save();
  }
} catch (error) {
  console.error(explain(error as ClientError).sentence);
  process.exitCode = 1;
}
await save();
await client.close();
console.log(`stopped, ${answered} answered`);
