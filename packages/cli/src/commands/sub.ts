import type { Client, Publication, Subscription } from "@fanwire/client";
import { patternFault } from "@fanwire/protocol";
import type { Arguments, Command } from "../command.ts";
import { connect, failureOf, tokenFlag, urlFlag } from "../connect.ts";
import { exit, type Failure, usage } from "../failure.ts";
import { endWithReader, jsonOf, lineOf, note, print } from "../output.ts";

export const sub: Command = {
  name: "sub",
  operands: "<pattern…> [flags]",
  summary: "Print what is published on topics.",
  description: [
    "Prints a line for each publication of the topics and patterns given: topic, tab, data. A pattern is a topic in which * stands for one level and ** at the end for any number of them; put it in quotes.",
    "It goes on until Ctrl-C, or until whoever reads its output has enough. When the hub goes away it waits for it to come back, and says on standard error what was missed.",
  ],
  groups: [
    {
      heading: "Flags",
      flags: [
        urlFlag,
        tokenFlag,
        { name: "count", value: "N", short: "n", sentence: "End after N publications." },
        {
          name: "data",
          short: "d",
          sentence: "Print the data alone, as a line that pub - understands.",
        },
        {
          name: "json",
          sentence: "Print a JSON object a publication: topic, data, position, time, key, headers.",
        },
        { name: "quiet", short: "q", sentence: "Say nothing on standard error but errors." },
      ],
    },
  ],
  examples: [
    ["fanwire sub 'prices.**'", "Prints every price as it comes."],
    ["fanwire sub --count 1 --json '$sys.hub'", "Prints the hub's figures once, as JSON."],
    ["fanwire sub -d in.numbers | fanwire pub out.numbers -", "Copies one topic to another."],
  ],
  run,
};

async function run(given: Arguments): Promise<number> {
  const patterns = given.positionals;
  if (patterns.length === 0) throw usage("sub needs a topic or a pattern.", "sub");
  for (const pattern of patterns) {
    const fault = patternFault(pattern);
    if (fault !== undefined)
      throw usage(`${JSON.stringify(pattern)} is no pattern: ${fault}.`, "sub");
  }
  const count = countOf(given.text("count"));
  const client = await connect(given, process.env);
  try {
    return await follow(client, patterns, count, given);
  } finally {
    await client.close();
  }
}

function countOf(text: string | undefined): number {
  if (text === undefined) return Infinity;
  if (/^[1-9]\d*$/u.test(text)) return Number(text);
  throw usage(`--count ${JSON.stringify(text)} is not a whole number above 0.`, "sub");
}

/** Prints until there were enough, the reader has enough, a signal comes, or the hub ends a subscription. */
function follow(
  client: Client,
  patterns: readonly string[],
  count: number,
  given: Arguments,
): Promise<number> {
  return new Promise((resolve, reject: (failure: Failure) => void) => {
    let left = count;
    const end = (): void => resolve(exit.ok);
    const onPublication = (publication: Publication): void => {
      if (left === 0) return;
      print(told(publication, given));
      if (--left === 0) end();
    };
    endWithReader(end);
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, end);
    const subscriptions = patterns.map((pattern) => client.topic(pattern).subscribe(onPublication));
    for (const subscription of subscriptions)
      subscription.on("ended", (error) => error && reject(failureOf(error)));
    if (!given.has("quiet")) sayWhatHappens(client, patterns, subscriptions);
  });
}

function told(publication: Publication, given: Arguments): string {
  const { topic, data, position, time, from, key, headers } = publication;
  if (given.has("json")) return jsonOf({ topic, data, position, time, from, key, headers });
  if (given.has("data")) return jsonOf(data);
  return `${topic}\t${lineOf(data)}`;
}

/** Tells the person at the shell that it works, and what they miss. */
function sayWhatHappens(
  client: Client,
  patterns: readonly string[],
  subscriptions: readonly Subscription<unknown>[],
): void {
  let wasLive = true;
  client.status.subscribe(({ state }) => {
    if (state === "waiting" && wasLive) note("the hub is gone; waiting for it to come back.");
    if (state === "live" && !wasLive) note("the hub is back.");
    if (state === "waiting" || state === "live") wasLive = state === "live";
  });
  for (const [i, subscription] of subscriptions.entries())
    subscription.on("gap", ({ missed }) =>
      note(`${missed ?? "some"} publications of ${patterns[i]} were missed.`),
    );
  Promise.all(subscriptions.map(({ ready }) => ready)).then(
    () => note(`listening to ${patterns.join(", ")}; Ctrl-C ends it.`),
    () => {}, // told by "ended"
  );
}
