// `npm start`: the hub, the publisher and the page, until Ctrl-C, SIGTERM, or the end of the npm that started it.
import { whenNpmGone } from "./src/end-with-parent.ts";
import { CannotStart, Demo } from "./src/server/demo.ts";
import { tokenSeconds } from "./src/tokens.ts";

const demo = new Demo({
  port: port(),
  tokenSeconds: lifeOfTokens(),
  // where the board is kept; else in the cache of this checkout, so that it is there again tomorrow
  data: process.env["DATA_DIR"],
});
let ending = false;

async function end(code: number): Promise<void> {
  if (ending) return;
  ending = true;
  await demo.stop();
  process.exit(code);
}
// before anything is started, so that a signal that comes early is not lost
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.on(signal, () => void end(0));
// npm does not hand every signal on to the process below its shell
whenNpmGone(() => void end(0));

try {
  await demo.start();
  console.log(demo.address);
} catch (error) {
  if (!ending) console.error(error instanceof CannotStart ? error.message : error);
  await end(1);
}

function port(): number {
  const asked = process.env["PORT"] ?? "8420";
  const number = Number(asked);
  if (Number.isInteger(number) && number > 0 && number < 65_536) return number;
  console.error(`PORT must be a number from 1 to 65535, and is "${asked}".`);
  process.exit(1);
}

function lifeOfTokens(): number {
  const asked = process.env["TOKEN_SECONDS"];
  const seconds = tokenSeconds(asked);
  if (seconds !== undefined) return seconds;
  console.error(`TOKEN_SECONDS must be a number from 2 to 86400, and is "${asked}".`);
  process.exit(1);
}
