import { type Algorithm, newKey, publicKeyOf } from "@fanwire/server";
import type { Arguments, Command } from "../command.ts";
import { exit, Failure, usage } from "../failure.ts";
import { readSigningKey, writeKey } from "../key-file.ts";
import { note, print } from "../output.ts";

const ALGORITHMS: readonly Algorithm[] = ["EdDSA", "ES256", "RS256", "PS256", "HS256"];

export const keys: Command = {
  name: "keys",
  operands: "new|public [FILE] [flags]",
  summary: "Make keys for tokens.",
  description: [
    "keys new makes a key that signs tokens, as a JSON Web Key: whoever has it makes tokens, so it is written for its owner alone.",
    "keys public FILE prints the public half of a key. Give that to hubs: it verifies tokens and makes none.",
  ],
  groups: [
    {
      heading: "Flags",
      flags: [
        {
          name: "out",
          value: "FILE",
          short: "o",
          sentence: "Where the new key goes (mode 0600). Without it the key is printed.",
        },
        {
          name: "alg",
          value: "NAME",
          sentence: `${ALGORITHMS.join(", ")}. Default EdDSA. HS256 is a secret: the hub that verifies with it could also make tokens.`,
        },
      ],
    },
  ],
  examples: [
    ["fanwire keys new --out key.json", "A key for whoever makes tokens."],
    ["fanwire keys public key.json > hub-key.json", "Its public half, for the hub."],
    ["fanwire serve --host 0.0.0.0 --keys hub-key.json", "A hub that asks for tokens."],
  ],
  run,
};

async function run(given: Arguments): Promise<number> {
  const [verb, path, ...rest] = given.positionals;
  if (verb === "new" && path === undefined) return make(given);
  if (verb === "public" && path !== undefined && rest.length === 0) return showPublic(path);
  throw usage("keys needs new, or public and a file.", "keys");
}

async function make(given: Arguments): Promise<number> {
  const name = given.text("alg") ?? "EdDSA";
  const algorithm = ALGORITHMS.find((known) => known === name);
  if (algorithm === undefined)
    throw usage(`--alg ${JSON.stringify(name)} is none of ${ALGORITHMS.join(", ")}.`, "keys");
  const key = await newKey(algorithm);
  const out = given.text("out");
  if (out === undefined) print(JSON.stringify(key));
  else {
    writeKey(out, key);
    note(`${out} signs tokens; for hubs: fanwire keys public ${out}`);
  }
  return exit.ok;
}

function showPublic(path: string): number {
  try {
    print(JSON.stringify(publicKeyOf(readSigningKey(path).key)));
    return exit.ok;
  } catch (error) {
    throw error instanceof TypeError
      ? new Failure(exit.failed, `${path}: ${error.message}`)
      : error;
  }
}
