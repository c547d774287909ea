import { createHub, type Hub, HubError, type Logger, version } from "@fanwire/server";
import type { Arguments, Command } from "../command.ts";
import { optionFlags, readOptions } from "../config.ts";
import { countOf } from "../count.ts";
import { exit, Failure } from "../failure.ts";
import { note, print } from "../output.ts";

export const serve: Command = {
  name: "serve",
  operands: "[--host ADDRESS] [--port N] [--config FILE] [flags]",
  summary: "Run a hub.",
  description: [
    "Runs a hub until Ctrl-C or SIGTERM. Then it tells each client to move on and ends when all have left; a second signal ends it at once.",
    "Options come from flags, else from the environment, else from the JSON file that --config names, else from the defaults.",
    "Without keys the hub is open to every program on this machine and listens on this machine only. With --keys or --jwks it asks for tokens, and may listen anywhere.",
    "SIGHUP reads the files of keys and of the certificate again; so does a change of them.",
  ],
  groups: [
    {
      heading: "Flags",
      flags: [
        {
          name: "config",
          value: "FILE",
          short: "c",
          sentence:
            'A JSON file with options, by their keys: { "port": 7400, "limits": { … } }. It may also hold topics, rules of which the first that matches holds, and queues, which are there from the start: { "topics": [{ "match": "chat.**", "history": true }], "queues": [{ "name": "mails" }] }.',
        },
        { name: "json", sentence: "Say what happens as lines of JSON." },
      ],
    },
    { heading: "Options of the hub (each with its environment variable)", flags: optionFlags },
  ],
  examples: [
    ["fanwire serve", "Listens on ws://127.0.0.1:7400/"],
    [
      "fanwire serve --host 0.0.0.0 --keys k.json --origin https://app.example",
      "Serves other machines, and pages of that origin, that have a token.",
    ],
    ["fanwire serve --port 0 --json", "Takes a free port and prints it as JSON."],
    [
      "FANWIRE_PAYLOAD_BYTES_MAX=1000 fanwire serve --config hub.json",
      "Takes options from three places.",
    ],
  ],
  run,
};

async function run(given: Arguments): Promise<number> {
  const asJson = given.has("json");
  const hub = make(given, asJson ? jsonLogger : plainLogger);
  const stopped = stopOnSignal(hub, asJson);
  try {
    await hub.listen();
  } catch (error) {
    // an open store would keep the process
    await hub.close(0);
    throw error instanceof HubError ? new Failure(exitOf(error), error.message) : error;
  }
  const { url } = hub;
  // last, for whoever reads this may send a signal at once
  if (asJson)
    print(
      JSON.stringify({
        event: "listening",
        url,
        version,
        pid: process.pid,
        isOpen: !hub.asksForTokens,
        isDurable: hub.isDurable,
      }),
    );
  else {
    print(`fanwire ${version} listens on ${url}`);
    if (!hub.asksForTokens)
      print(
        "It is open: every program on this machine may publish and subscribe; others cannot reach it.",
      );
    if (!hub.isDurable) print("It remembers in memory alone: what is to survive needs --data DIR.");
  }
  return stopped;
}

/** Of a hub that could not start. */
function exitOf({ code }: HubError): number {
  return code === "locked" ? exit.locked : exit.failed;
}

function make(given: Arguments, logger: Logger): Hub {
  try {
    return createHub({ ...readOptions(given, process.env), logger });
  } catch (error) {
    throw error instanceof TypeError ? new Failure(exit.usage, error.message) : error;
  }
}

/** A hub whose store has failed ends. What its clients are told goes out first. */
async function endWithStore(hub: Hub, end: (code: number) => void): Promise<void> {
  const { message } = await hub.failed;
  note(message);
  end(exit.storeFailed);
  setTimeout(() => process.exit(exit.storeFailed), FAREWELL_MS).unref();
}

/** How long a hub whose store has failed may take to say so to its clients, in milliseconds. */
const FAREWELL_MS = 1000;

/** Resolves with the exit code when a signal has stopped the hub. */
function stopOnSignal(hub: Hub, asJson: boolean): Promise<number> {
  return new Promise((resolve, reject) => {
    let signals = 0;
    const stop = (signal: NodeJS.Signals): void => {
      signals++;
      if (signals === 1) sayStopping(hub, signal, asJson);
      hub.close(signals === 1 ? undefined : 0).then(() => resolve(exit.ok), reject);
    };
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, stop);
    // without keys there is nothing to read again, and a shell that closes ends the hub
    void endWithStore(hub, resolve);
    process.on("SIGHUP", (signal) => (hub.asksForTokens ? reload(hub) : stop(signal)));
  });
}

function reload(hub: Hub): void {
  try {
    hub.reload();
    note("read the files of keys and certificate again.");
  } catch (error) {
    note(`${(error as Error).message} What was stays.`);
  }
}

function sayStopping(hub: Hub, signal: NodeJS.Signals, asJson: boolean): void {
  const { sessions } = hub.stats();
  if (asJson) print(JSON.stringify({ event: "stopping", signal, sessions }));
  else if (sessions > 0)
    note(
      `stopping; ${countOf(sessions, "client")} ${sessions === 1 ? "is" : "are"} told to move on. Once more ends it at once.`,
    );
}

const plainLogger: Logger = {
  info() {},
  warn: (sentence) => note(sentence),
  error: (sentence) => note(sentence),
};

const jsonLogger: Logger = {
  info() {},
  warn: (sentence, fields) => print(JSON.stringify({ event: "warning", sentence, ...fields })),
  error: (sentence, fields) => print(JSON.stringify({ event: "error", sentence, ...fields })),
};
