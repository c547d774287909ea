import { signToken } from "@fanwire/server";
import type { Arguments, Command } from "../command.ts";
import { DEFAULT_URL } from "../connect.ts";
import { countOf } from "../count.ts";
import { exit, Failure, usage } from "../failure.ts";
import { readSigningKey } from "../key-file.ts";
import { note, print } from "../output.ts";

export const revoke: Command = {
  name: "revoke",
  operands: "--token-id ID | --subject NAME | --key-id ID [flags]",
  summary: "Withdraw tokens before they expire.",
  description: [
    "Tells a hub that tokens are no longer good: one by its id (jti), those of a subject that were issued until now, or all that a key signed. Who is connected with one is closed at once, and nobody comes with one again.",
    "The hub asks for a token of the audience of administrators: fanwire token --sub NAME --admin.",
  ],
  groups: [
    {
      heading: "Which",
      flags: [
        { name: "token-id", value: "ID", sentence: "The one token of this id (jti)." },
        { name: "subject", value: "NAME", short: "s", sentence: "The tokens of this subject." },
        { name: "issuer", value: "NAME", sentence: "With --subject: of this issuer alone." },
        {
          name: "issued-up-to",
          value: "TIME",
          sentence: "With --subject: issued up to then (ISO 8601). Default: now.",
        },
        { name: "key-id", value: "ID", sentence: "All tokens that this key (kid) signed." },
      ],
    },
    {
      heading: "Flags",
      flags: [
        {
          name: "url",
          value: "URL",
          short: "u",
          sentence: `The hub. Default: FANWIRE_URL, else ${DEFAULT_URL}`,
        },
        {
          name: "token",
          value: "TOKEN",
          sentence: "The administrator's token. Default: FANWIRE_ADMIN_TOKEN.",
        },
        {
          name: "key",
          value: "FILE",
          short: "k",
          sentence: "Instead of a token: a key that signs one for this call.",
        },
        { name: "json", sentence: "Print JSON." },
      ],
    },
  ],
  examples: [
    ["fanwire revoke --subject ada --key key.json", "Ada is out, with all her tokens of today."],
    ["fanwire revoke --token-id 6fTq0g2h --url wss://hub.example/", "One token is no longer good."],
  ],
  run,
};

async function run(given: Arguments): Promise<number> {
  const body = bodyOf(given);
  const url = httpOf(given.text("url") ?? process.env["FANWIRE_URL"] ?? DEFAULT_URL);
  const response = await asked(url, await tokenOf(given), body);
  const answer = (await response.json().catch(() => ({}))) as { text?: string; closed?: number };
  if (!response.ok)
    throw new Failure(
      exit.failed,
      answer.text ?? `The hub answered ${response.status}.`,
      response.status === 401
        ? "Make a token for it with: fanwire token --sub NAME --admin --key FILE"
        : undefined,
    );
  if (given.has("json")) print(JSON.stringify(answer));
  else {
    const { closed = 0 } = answer;
    note(`revoked; ${countOf(closed, "connection")} ${closed === 1 ? "was" : "were"} closed.`);
  }
  return exit.ok;
}

function bodyOf(given: Arguments): object {
  const tokenId = given.text("token-id");
  const subject = given.text("subject");
  const keyId = given.text("key-id");
  if ([tokenId, subject, keyId].filter((name) => name !== undefined).length !== 1)
    throw usage("revoke needs one of --token-id, --subject and --key-id.", "revoke");
  const upTo = given.text("issued-up-to");
  const issuer = given.text("issuer");
  if (subject === undefined && (upTo !== undefined || issuer !== undefined))
    throw usage("--issuer and --issued-up-to go with --subject.", "revoke");
  if (upTo !== undefined && Number.isNaN(Date.parse(upTo)))
    throw usage(
      `--issued-up-to ${JSON.stringify(upTo)} is no time like 2026-11-25T12:00:00Z.`,
      "revoke",
    );
  return {
    tokenId,
    subject,
    keyId,
    issuer,
    ...(upTo !== undefined && { issuedUpTo: Date.parse(upTo) }),
  };
}

async function tokenOf(given: Arguments): Promise<string> {
  const path = given.text("key");
  const presented = given.text("token") ?? process.env["FANWIRE_ADMIN_TOKEN"];
  if (path === undefined && presented !== undefined) return presented;
  if (path === undefined) throw usage("revoke needs --token or --key.", "revoke");
  const { key } = readSigningKey(path);
  return signToken(key, { sub: "fanwire-revoke", aud: "fanwire-admin", ttl: 60 });
}

/** Where a hub's routes are: on the host and port of its WebSocket. */
function httpOf(url: string): URL {
  if (!URL.canParse(url) || !/^wss?:$/u.test(new URL(url).protocol))
    throw usage(`${JSON.stringify(url)} is no address of a hub like ${DEFAULT_URL}`, "revoke");
  return new URL("/v1/revocations", url.replace(/^ws/u, "http"));
}

async function asked(url: URL, token: string, body: object): Promise<Response> {
  try {
    return await fetch(url, {
      method: "POST",
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
      body: JSON.stringify(body),
      redirect: "error",
    });
  } catch {
    throw new Failure(
      exit.unreachable,
      `There is no hub at ${url.origin}.`,
      "Say where it is with --url.",
    );
  }
}
