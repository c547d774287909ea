// The way from the shell to a hub.

import { type Client, ClientError, createClient } from "@fanwire/client";
import type { Arguments, Flag } from "./command.ts";
import { exit, Failure } from "./failure.ts";

/** Where `fanwire serve` listens. */
export const DEFAULT_URL = "ws://127.0.0.1:7400/";

export const urlFlag: Flag = {
  name: "url",
  value: "URL",
  short: "u",
  sentence: `The hub. Default: FANWIRE_URL, else ${DEFAULT_URL}`,
};

export const tokenFlag: Flag = {
  name: "token",
  value: "TOKEN",
  sentence:
    "Who you are, for a hub with keys. Default: FANWIRE_TOKEN, which no list of processes shows. Make one with: fanwire token.",
};

/** How long to wait for the hub, in milliseconds. */
const CONNECT_MS = 5000;

/** A client of the hub that the command line names, connected. Throws a {@link Failure} when there is none. */
export async function connect(given: Arguments, env: NodeJS.ProcessEnv): Promise<Client> {
  const url = given.text("url") ?? env["FANWIRE_URL"] ?? DEFAULT_URL;
  const client = open(url, given.text("token") ?? env["FANWIRE_TOKEN"]);
  try {
    await client.ready({ timeoutMs: CONNECT_MS });
    return client;
  } catch (error) {
    await client.close();
    throw failureOf(error, url);
  }
}

function open(url: string, token: string | undefined): Client {
  try {
    return createClient(url, { idleMs: Infinity, token });
  } catch (error) {
    throw new Failure(
      exit.usage,
      (error as Error).message,
      `A hub is at an address like ${DEFAULT_URL}`,
    );
  }
}

/** What an error of the client means at the shell. */
export function failureOf(error: unknown, url = "that address"): Failure {
  if (error instanceof Failure) return error;
  if (!(error instanceof ClientError)) return new Failure(exit.failed, (error as Error).message);
  if (error.code === "unreachable" || error.code === "timeout")
    return new Failure(
      exit.unreachable,
      `There is no hub at ${url}.`,
      "Start one with: fanwire serve. Or say where it is with --url.",
    );
  return new Failure(exit.failed, `${error.message} (${error.code})`, adviceOf(error));
}

/** What another token would change. */
function adviceOf({ code, message }: ClientError): string | undefined {
  if (code === "revoked") return "It stays refused. Whoever withdrew it can give another.";
  // no token allows to publish there
  if (code === "forbidden" && message.includes("hub's own")) return undefined;
  return ["unauthenticated", "token-expired", "forbidden"].includes(code)
    ? "Make a token with: fanwire token. Ask why with: fanwire token check."
    : undefined;
}
