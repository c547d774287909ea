// The publisher: tells a hub about this machine until SIGTERM, Ctrl-C, or the end of its parent.
// FANWIRE_URL=ws://localhost:7400 node --conditions=@fanwire/source src/publisher/main.ts
// A hub that asks for tokens: FANWIRE_KEY names the file of a key that makes them.
import { randomUUID } from "node:crypto";
import os from "node:os";
import { createClient, topic } from "@fanwire/client";
import { BACKOFF } from "../backoff.ts";
import { HubClock } from "../clock/hub-clock.ts";
import { whenParentGone } from "../end-with-parent.ts";
import { TOKEN_SECONDS, tokenSeconds } from "../tokens.ts";
import { startPublisher } from "./publisher.ts";
import { Sampler } from "./sampler.ts";
import { serviceToken } from "./service-token.ts";
import { thisMachine } from "./this-machine.ts";

const url = process.env["FANWIRE_URL"];
if (!url) {
  console.error("publisher: say where the hub is: FANWIRE_URL=ws://localhost:7400");
  process.exit(2);
}

const subject = `publisher-${randomUUID()}`;
const keyFile = process.env["FANWIRE_KEY"];
const seconds = tokenSeconds(process.env["TOKEN_SECONDS"]) ?? TOKEN_SECONDS;
const client = createClient(url, {
  backoff: BACKOFF,
  ...(keyFile && { token: () => serviceToken(keyFile, subject, seconds) }),
});
const clock = new HubClock(client, topic`publisher.${subject}.clock`);
const stops = [
  clock.start(),
  startPublisher({
    client,
    clock,
    sampler: new Sampler(os.hostname(), thisMachine()),
    report: (sentence) => console.error(`publisher: ${sentence}`),
  }),
];

const forget = client.status.subscribe((status) => {
  if (status.state !== "live") return;
  console.log(`publisher: ${url}`);
  queueMicrotask(() => forget());
});

let ending = false;
async function end(code: number): Promise<void> {
  if (ending) return;
  ending = true;
  for (const stop of stops) stop();
  await client.close();
  process.exit(code);
}
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.on(signal, () => void end(0));
whenParentGone(() => void end(0));

const cause = await client.closed;
if (cause && !ending) {
  console.error(`publisher: ${cause.message}`);
  await end(1);
}
