// `npm run test:runtimes`: one suite against one real hub, in each runtime.

import type { Outcome } from "./case.ts";
import { help, parse, type Request, UsageError } from "./options.ts";
import { openSite, type Site } from "./place.ts";
import { isWhole, tableOf, type Told } from "./report.ts";
import { runIn, type RuntimeName } from "./run.ts";
import { cases } from "./suite.ts";

try {
  const request = parse(process.argv.slice(2));
  if (request === "help") process.stdout.write(help());
  else process.exitCode = await main(request);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n\n${help()}`);
  process.exitCode = 2;
}

async function main({ runtimes, asJson }: Request): Promise<number> {
  const told: Told[] = [];
  await using site = await openSite();
  const say = (sentence: string): void => {
    if (!asJson) console.error(sentence);
  };
  for (const runtime of runtimes) {
    say(`${runtime} …`);
    // oxlint-disable-next-line no-await-in-loop -- two at a time would only wait for each other
    told.push(await tellOf(runtime, site, say));
  }
  const isGood = told.every((one) => isWhole(one, cases.length));
  const names = cases.map(({ name }) => name);
  console.log(asJson ? JSON.stringify({ isGood, runtimes: told }) : tableOf(told, names));
  return isGood ? 0 : 1;
}

async function tellOf(
  runtime: RuntimeName,
  site: Site,
  say: (sentence: string) => void,
): Promise<Told> {
  const outcomes: Outcome[] = [];
  try {
    const place = await site.placeOf(runtime);
    const { pageUrl } = site;
    const version = await runIn(runtime, {
      place,
      pageUrl,
      say: (sentence) => say(`${runtime}: ${sentence}`),
      tell: (outcome) => outcomes.push(outcome),
    });
    return { runtime, version, outcomes };
  } catch (error) {
    return { runtime, outcomes, error: (error as Error).message };
  }
}
