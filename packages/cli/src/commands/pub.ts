import { createInterface } from "node:readline";
import type { PublishOptions } from "@fanwire/client";
import { topicFault } from "@fanwire/protocol";
import type { Arguments, Command } from "../command.ts";
import { connect, failureOf, tokenFlag, urlFlag } from "../connect.ts";
import { exit, usage } from "../failure.ts";
import { jsonOf, print } from "../output.ts";
import { valueOf } from "../payload.ts";

export const pub: Command = {
  name: "pub",
  operands: "<topic> [data|-] [flags]",
  summary: "Publish one message, or one for each line of standard input.",
  description: [
    "Publishes data on a topic and waits until the hub has confirmed it. With - in place of the data each line of standard input is one message; they are sent as they come, and the command ends when the last one is confirmed.",
    "Data that is JSON is published as the value that it stands for, anything else as text. Without data the message is null.",
  ],
  groups: [
    {
      heading: "Flags",
      flags: [
        urlFlag,
        tokenFlag,
        { name: "text", short: "t", sentence: "Data is text, also where it looks like JSON." },
        {
          name: "key",
          value: "KEY",
          short: "k",
          sentence: "The key of the message, up to 128 bytes.",
        },
        {
          name: "header",
          value: "NAME=VALUE",
          short: "H",
          isMany: true,
          sentence: "A header; may be given up to 16 times.",
        },
        { name: "json", sentence: "Print what the hub confirmed, one JSON object a message." },
      ],
    },
  ],
  examples: [
    ["fanwire pub prices.eur 1.0812", "Publishes the number 1.0812."],
    [
      'fanwire pub greetings.world \'{"text": "hello"}\' --json',
      "Publishes an object and prints its position.",
    ],
    ["tail -f access.log | fanwire pub logs.web -", "Publishes each line as it is written."],
  ],
  run,
};

/** How many messages of standard input wait for the hub at most. */
const IN_FLIGHT_MAX = 1000;

type Publish = (text: string | undefined) => Promise<void>;

async function run(given: Arguments): Promise<number> {
  const [name, data, ...more] = given.positionals;
  if (name === undefined) throw usage("pub needs a topic.", "pub");
  if (more.length > 0)
    throw usage(
      `There is one operand too many: ${quoted(more[0]!)}. Put data with spaces in quotes.`,
      "pub",
    );
  const fault = topicFault(name);
  if (fault !== undefined) throw usage(`${quoted(name)} is no topic: ${fault}.`, "pub");
  const options = readPublishOptions(given);
  const client = await connect(given, process.env);
  const publish: Publish = async (text) => {
    const published = await client.topic(name).publish(valueOf(text, given.has("text")), options);
    if (given.has("json")) print(jsonOf({ topic: name, ...published }));
  };
  try {
    if (data === "-") return await publishLines(publish);
    await publish(data);
    return exit.ok;
  } catch (error) {
    throw failureOf(error);
  } finally {
    await client.close();
  }
}

/** Publishes lines as they come, without waiting for each; the first that fails ends it, and so does Ctrl-C. */
async function publishLines(publish: Publish): Promise<number> {
  const lines = createInterface({ input: process.stdin, crlfDelay: Infinity });
  let code: number = exit.ok;
  process.once("SIGINT", () => {
    code = exit.interrupted;
    lines.close();
  });
  const waiting = new Set<Promise<void>>();
  const failures: unknown[] = [];
  for await (const line of lines) {
    const sent = publish(line)
      .catch((error: unknown) => void failures.push(error))
      .finally(() => waiting.delete(sent));
    waiting.add(sent);
    if (waiting.size >= IN_FLIGHT_MAX) await Promise.race(waiting);
    if (failures.length > 0) break;
  }
  process.stdin.destroy(); // else the shell waits for another line
  await Promise.all(waiting);
  if (failures.length > 0) throw failures[0];
  return code;
}

function readPublishOptions(given: Arguments): PublishOptions {
  const key = given.text("key");
  const headers: Record<string, string> = {};
  for (const header of given.texts("header")) {
    const [, name, value] = /^([^=]+)=(.*)$/su.exec(header) ?? [];
    if (name === undefined) throw usage(`--header ${quoted(header)} is not NAME=VALUE.`, "pub");
    headers[name] = value!;
  }
  return {
    ...(key !== undefined && { key }),
    ...(given.has("header") && { headers }),
  };
}

const quoted = (text: string): string => JSON.stringify(text);
