import {
  type CheckedRight,
  checkToken,
  type CheckedToken,
  type KeyInput,
  signToken,
  type TokenClaims,
} from "@fanwire/server";
import type { Arguments, Command } from "../command.ts";
import { durationOf, secondsOf } from "../duration.ts";
import { exit, Failure, usage } from "../failure.ts";
import { developmentKey, developmentKeyPath, type KeyFile, readSigningKey } from "../key-file.ts";
import { note, print } from "../output.ts";
import { type Rights, rightsFlags, rightsInWords, rightsOf } from "./token/rights.ts";

/** What a service that publishes is given: it is no page. */
const SERVICE_LIMITS = {
  publishPerSecond: 100_000,
  publishBytesPerSecond: 67_108_864,
  newTopicsPerSecond: 10_000,
  connections: 1000,
} as const;

export const token: Command = {
  name: "token",
  operands: "--sub NAME [flags] | check TOKEN [flags]",
  summary: "Make a token, or say what one is good for.",
  description: [
    "Makes a token (JSON Web Token) for one subject and prints it. Without --key it is signed by a development key of yours, which is made the first time; a hub takes it when it is given the public half of that key.",
    "token check TOKEN says whether a token is good, what it grants and, with --can, why it allows something or does not. It ends with 0 for yes and 1 for no.",
    "In a pattern {sub} stands for the subject, and {claim} for any claim: user.{sub}.** is everybody's own.",
  ],
  groups: [
    {
      heading: "Flags to make one",
      flags: [
        { name: "sub", value: "NAME", short: "s", sentence: "The subject: whose token it is." },
        ...rightsFlags,
        {
          name: "ttl",
          value: "TIME",
          sentence: "How long it is good: 90s, 15m, 1h, 7d. Default 1h.",
        },
        {
          name: "service",
          sentence:
            "For a service: it publishes and makes topics much faster than a page, with up to 1,000 connections, and without --allow-… may follow, publish and enter everything and use all queues: everything but $sys.hub and what else begins with $, which is followed by who is given it by name.",
        },
        {
          name: "admin",
          sentence: "For fanwire revoke: its audience is that of administrators, and no client's.",
        },
        {
          name: "claim",
          value: "NAME=VALUE",
          isMany: true,
          sentence: "Another claim, for a variable; may be given several times.",
        },
        { name: "jti", value: "ID", sentence: "Its id, to revoke it by. Default: a random one." },
      ],
    },
    {
      heading: "Flags to check one",
      flags: [
        {
          name: "can",
          value: "'RIGHT NAME'",
          sentence:
            "'sub PATTERN', 'pub TOPIC', 'presence PATTERN', or of a queue 'send NAME', 'consume NAME' or 'manage NAME': whether it allows that, and why.",
        },
      ],
    },
    {
      heading: "Flags for both",
      flags: [
        {
          name: "key",
          value: "FILE",
          short: "k",
          sentence: "The key. Default: FANWIRE_KEY, else the development key.",
        },
        { name: "iss", value: "NAME", sentence: 'The issuer. Default "fanwire".' },
        { name: "aud", value: "NAME", sentence: 'The audience. Default "fanwire".' },
        { name: "json", sentence: "Print JSON." },
      ],
    },
  ],
  examples: [
    ["fanwire token --sub ada --allow-sub 'prices.**' --ttl 1h", "A token for a page."],
    ["fanwire token --sub feed --service --key key.json", "One for a service."],
    ["fanwire token --sub resizer --allow-consume thumbnails", "One for a worker."],
    ["fanwire token check eyJ… --can 'sub prices.acme'", "Why it allows that, or not."],
  ],
  run,
};

async function run(given: Arguments): Promise<number> {
  const [verb, text, ...rest] = given.positionals;
  if (verb === undefined) return make(given);
  if (verb === "check" && text !== undefined && rest.length === 0) return check(text, given);
  throw usage("token takes flags, or check and a token.", "token");
}

async function make(given: Arguments): Promise<number> {
  const claims = claimsOf(given);
  const { key, path, isNew } = await signingKey(given);
  const signed = await sign(key, claims);
  if (given.has("json")) print(JSON.stringify({ token: signed, key: path, claims }));
  else print(signed);
  explain(claims, { key, path, isNew });
  return exit.ok;
}

async function sign(key: KeyInput, claims: TokenClaims): Promise<string> {
  try {
    return await signToken(key, claims);
  } catch (error) {
    throw error instanceof TypeError ? new Failure(exit.usage, error.message) : error;
  }
}

function claimsOf(given: Arguments): TokenClaims {
  const sub = given.text("sub");
  if (sub === undefined) throw usage("A token needs --sub, the subject.", "token");
  const isService = given.has("service");
  const aud = given.text("aud") ?? "fanwire";
  const [iss, jti] = [given.text("iss"), given.text("jti")];
  return {
    ...otherClaims(given.texts("claim")),
    sub,
    ttl: secondsOf(given.text("ttl") ?? "1h", "--ttl", "token"),
    aud: given.has("admin") ? `${aud}-admin` : aud,
    ...(iss !== undefined && { iss }),
    ...(jti !== undefined && { jti }),
    ...(!given.has("admin") && {
      fanwire: {
        ...rightsOf(given, isService),
        ...(isService && { limits: SERVICE_LIMITS }),
      },
    }),
  };
}

/** Claims that the token has anyway. */
const OWN: ReadonlySet<string> = new Set([
  "sub",
  "iss",
  "aud",
  "exp",
  "iat",
  "nbf",
  "jti",
  "ttl",
  "fanwire",
]);

function otherClaims(texts: readonly string[]): Record<string, string> {
  const claims: Record<string, string> = {};
  for (const text of texts) {
    const [, name, value] = /^([^=]+)=(.*)$/su.exec(text) ?? [];
    if (name === undefined)
      throw usage(`--claim ${JSON.stringify(text)} is not NAME=VALUE.`, "token");
    if (OWN.has(name)) throw usage(`--claim cannot set ${name}.`, "token");
    claims[name] = value!;
  }
  return claims;
}

/** A key, and whether it was made for this token. */
type SigningKey = KeyFile & { readonly isNew: boolean };

async function signingKey(given: Arguments): Promise<SigningKey> {
  const path = given.text("key") ?? process.env["FANWIRE_KEY"];
  return path === undefined
    ? developmentKey(process.env)
    : { ...readSigningKey(path), isNew: false };
}

function explain({ sub, ttl, fanwire, aud }: TokenClaims, { key, path, isNew }: SigningKey): void {
  const rights = fanwire as Rights | undefined;
  if (isNew) note(`made a development key, ${path}`);
  const may = rights ? rightsInWords(rights) : `revoke tokens (audience ${aud})`;
  note(`${sub} may ${may}, for ${durationOf(ttl!)}. A hub takes it with ${howTaken(key, path)}`);
}

/** What verifies tokens makes none, where the key has such a half. */
function howTaken(key: KeyInput, path: string): string {
  return (key as { kty?: unknown }).kty === "oct"
    ? `the same key: fanwire serve --keys ${path}`
    : `the public half: fanwire keys public ${path} > hub-key.json; fanwire serve --keys hub-key.json`;
}

async function check(text: string, given: Arguments): Promise<number> {
  const can = canOf(given.text("can"));
  const [issuer, audience] = [given.text("iss"), given.text("aud")];
  const path = given.text("key") ?? process.env["FANWIRE_KEY"] ?? developmentKeyPath(process.env);
  readSigningKey(path); // says what is wrong in our words
  const checked = await checkToken(text, {
    keys: [path],
    tokenAgeMaxMs: 366 * 86_400_000,
    ...(issuer !== undefined && { issuer }),
    ...(audience !== undefined && { audience }),
  });
  const decision = checked.isGood && can ? checked.can(...can) : undefined;
  if (given.has("json")) print(JSON.stringify({ ...checked, ...decision }));
  else for (const line of lines(checked)) print(line);
  if (decision !== undefined && !given.has("json"))
    print(`${decision.isAllowed ? "Yes" : "No"}: ${decision.reason}`);
  return checked.isGood && decision?.isAllowed !== false ? exit.ok : exit.failed;
}

function canOf(text: string | undefined): [CheckedRight, string] | undefined {
  if (text === undefined) return undefined;
  const [, right, name] =
    /^(sub|pub|presence|send|consume|manage) +(\S+)$/u.exec(text.trim()) ?? [];
  if (right === undefined)
    throw usage(
      `--can ${JSON.stringify(text)} is not 'sub PATTERN', 'pub TOPIC', 'presence PATTERN', or 'send', 'consume' or 'manage' and a queue.`,
      "token",
    );
  return [right as CheckedRight, name!];
}

function lines(checked: CheckedToken): string[] {
  if (!checked.isGood) return [`Not good: ${checked.reason} (${checked.code})`];
  const { subject, issuer, tokenId, keyId, expiresAt, rights, limits } = checked;
  return [
    `Good until ${new Date(expiresAt).toISOString()}.`,
    `subject ${subject}, issuer ${issuer}, id ${tokenId ?? "none"}, key ${keyId ?? "without a name"}`,
    ...Object.entries(rights).map(([right, patterns]) => `${right}: ${patterns.join(", ")}`),
    ...Object.entries(limits).map(([limit, value]) => `${limit}: ${value.toLocaleString("en")}`),
  ];
}
