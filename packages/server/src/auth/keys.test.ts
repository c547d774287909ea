import {
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  createPrivateKey,
  randomBytes,
} from "node:crypto";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { calculateJwkThumbprint } from "jose";
import { afterAll, describe, expect, test } from "vitest";
import { FixedKeys, readKeyFile } from "./key-files.ts";
import { algorithms, importKey, type KeyInput } from "./key.ts";
import { keySetOf } from "./key-set.ts";
import { newKey, publicKeyOf, signToken } from "./sign.ts";
import { Gate, signerOf, tokenOf } from "./tokens.testkit.ts";

const signers = algorithms.map((name) => signerOf(name));
const [ed, es, rs, , hs] = signers as [Signer, Signer, Signer, Signer, Signer];
type Signer = ReturnType<typeof signerOf>;

const ecOf = (namedCurve: string): KeyObject =>
  generateKeyPairSync("ec", { namedCurve }).privateKey;
const rsa1024 = generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey;
const jwkOf = (key: KeyObject): JsonWebKey => key.export({ format: "jwk" });
const pemOf = (key: KeyObject, type: "pkcs8" | "pkcs1" | "sec1" = "pkcs8"): string =>
  key.export({ type, format: "pem" } as { type: "pkcs8"; format: "pem" }) as string;
const privateOf = ({ privateJwk }: Signer): KeyObject =>
  createPrivateKey({ key: privateJwk, format: "jwk" });

describe("J3", () => {
  const secret = randomBytes(32);
  test.each<[string, KeyInput, object]>([
    ...signers.flatMap((signer): [string, KeyInput, object][] => {
      const { algorithm, jwk, privateJwk, pem } = signer;
      const isSecret = algorithm === "HS256";
      const whole = { id: algorithm, algorithm, isPrivate: true };
      if (isSecret) return [["a JSON Web Key for HS256", jwk, whole]];
      return [
        [`a public JSON Web Key for ${algorithm}`, jwk, { ...whole, isPrivate: false }],
        [`a private JSON Web Key for ${algorithm}`, privateJwk, whole],
        [
          `a public PEM for ${algorithm}`,
          { pem: pem!, alg: algorithm },
          { id: null, algorithm, isPrivate: false },
        ],
        [
          `a private PEM for ${algorithm}`,
          { pem: pemOf(privateOf(signer)), alg: algorithm, kid: "k" },
          { id: "k", algorithm, isPrivate: true },
        ],
      ];
    }),
    ["a PEM that says nothing of its algorithm (EdDSA)", { pem: ed.pem! }, { algorithm: "EdDSA" }],
    ["a PEM that says nothing of its algorithm (ES256)", { pem: es.pem! }, { algorithm: "ES256" }],
    ["a PEM that says nothing of its algorithm (RSA)", { pem: rs.pem! }, { algorithm: "RS256" }],
    [
      "a JSON Web Key that says nothing (RSA)",
      { ...rs.jwk, alg: undefined },
      { algorithm: "RS256" },
    ],
    [
      "a private PEM of RSA alone",
      { pem: pemOf(privateOf(rs), "pkcs1") },
      { algorithm: "RS256", isPrivate: true },
    ],
    [
      "a private PEM of a curve alone",
      { pem: pemOf(privateOf(es), "sec1") },
      { algorithm: "ES256", isPrivate: true },
    ],
    ["a key for signatures", { ...ed.jwk, use: "sig" }, { algorithm: "EdDSA" }],
    ["a key that verifies", { ...ed.jwk, key_ops: ["verify"] }, { algorithm: "EdDSA" }],
    ["a key that signs", { ...ed.privateJwk, key_ops: ["sign"] }, { algorithm: "EdDSA" }],
    ["a secret of 32 bytes", { secret }, { id: null, algorithm: "HS256", isPrivate: true }],
    [
      "a secret of 32 letters",
      { secret: "s".repeat(32), kid: "k" },
      { id: "k", algorithm: "HS256" },
    ],
    [
      "a secret of 16 letters with two bytes each",
      { secret: "é".repeat(16) },
      { algorithm: "HS256" },
    ],
    ["a name of 128 letters", { ...ed.jwk, kid: "k".repeat(128) }, { id: "k".repeat(128) }],
    ["a key without a name", { ...ed.jwk, kid: undefined }, { id: null }],
  ])("J3 %s is taken", (_, input, expected) => {
    expect(importKey(input)).toMatchObject(expected);
    expect(importKey(input).key.type).toBe(
      importKey(input).algorithm === "HS256" ? "secret" : "public",
    );
  });

  const KIND =
    "is of a kind that signs no tokens here: it must be Ed25519, P-256, or RSA of at least 2048 bits.";
  const PEM = "A PEM is no secret: give it as { pem }, so that it stays a public key.";
  const refused: [string, unknown, string][] = [
    ["nothing", undefined, "A key must be an object: a JSON Web Key, { pem } or { secret }."],
    ["null", null, "A key must be an object"],
    ["a text", hs.jwk.k, "A key must be an object"],
    ["a number", 7, "A key must be an object"],
    ["an empty object", {}, "The JSON Web Key cannot be read."],
    ["a list", [ed.jwk], "The JSON Web Key cannot be read."],
    [
      "a secret of 31 bytes",
      { secret: Buffer.alloc(31, 7) },
      "A secret must have at least 32 bytes, not 31.",
    ],
    [
      "a secret of 31 letters",
      { secret: "s".repeat(31) },
      "A secret must have at least 32 bytes, not 31.",
    ],
    ["an empty secret", { secret: "" }, "A secret must have at least 32 bytes, not 0."],
    [
      "a secret of 31 bytes as a JSON Web Key",
      { kty: "oct", k: randomBytes(31).toString("base64url") },
      "A secret must have at least 32 bytes, not 31.",
    ],
    ["a secret that is a number", { secret: 31_415_926_535 }, "A secret must be a text or bytes."],
    ["a secret that is null", { secret: null }, "A secret must be a text or bytes."],
    [
      "a secret that is a list",
      { secret: Array.from({ length: 32 }, () => "hunter2") },
      "A secret must be a text or bytes.",
    ],
    [
      "a secret that is an object",
      { secret: { value: "hunter2" } },
      "A secret must be a text or bytes.",
    ],
    ["a JSON Web Key without its secret", { kty: "oct" }, "A JSON Web Key of type oct needs k."],
    ["a secret for another algorithm", { ...hs.jwk, alg: "HS512" }, "A secret is for HS256 only."],
    ["a secret for RS256", { ...hs.jwk, alg: "RS256" }, "A secret is for HS256 only."],
    ...signers
      .filter(({ pem }) => pem !== undefined)
      .flatMap((signer): [string, unknown, string][] => [
        [`a PEM of ${signer.algorithm} as a secret`, { secret: signer.pem }, PEM],
        [
          `the bytes of a PEM of ${signer.algorithm} as a secret`,
          { secret: Buffer.from(signer.pem!) },
          PEM,
        ],
        [
          `a PEM of ${signer.algorithm} as the secret of a JSON Web Key`,
          { kty: "oct", k: Buffer.from(signer.pem!).toString("base64url") },
          PEM,
        ],
        [
          `a private PEM of ${signer.algorithm} as a secret`,
          { secret: `\n\n ${pemOf(privateOf(signer))}` },
          PEM,
        ],
        [
          `a public key of ${signer.algorithm} for HS256`,
          { ...signer.jwk, alg: "HS256" },
          'not for "HS256".',
        ],
        [
          `a PEM of ${signer.algorithm} for HS256`,
          { pem: signer.pem, alg: "HS256" },
          'not for "HS256".',
        ],
      ]),
    ["RSA of 1024 bits", jwkOf(rsa1024), `The JSON Web Key ${KIND}`],
    ["RSA of 1024 bits in PEM", { pem: pemOf(rsa1024) }, `The PEM ${KIND}`],
    [
      "RSA that is for PSS alone",
      { pem: pemOf(generateKeyPairSync("rsa-pss", { modulusLength: 2048 }).privateKey) },
      `The PEM ${KIND}`,
    ],
    ...["P-384", "P-521", "secp256k1"].map((curve): [string, unknown, string] => [
      `the curve ${curve}`,
      { ...jwkOf(ecOf(curve)), alg: "ES256" },
      KIND,
    ]),
    ["Ed448", jwkOf(generateKeyPairSync("ed448").privateKey), KIND],
    ["X25519", jwkOf(generateKeyPairSync("x25519").privateKey), KIND],
    ["a curve under a wrong name", { ...es.jwk, crv: "P-384" }, "The JSON Web Key cannot be read."],
    [
      "a point that is not on its curve",
      { ...es.jwk, y: es.jwk.x },
      "The JSON Web Key cannot be read.",
    ],
    [
      "a key that is too short",
      { ...ed.jwk, x: ed.jwk.x!.slice(4) },
      "The JSON Web Key cannot be read.",
    ],
    [
      "a type of key that nobody knows",
      { ...ed.jwk, kty: "XYZ" },
      "The JSON Web Key cannot be read.",
    ],
    [
      "a PEM that is none",
      { pem: "-----BEGIN PUBLIC KEY-----\nhunter2\n-----END PUBLIC KEY-----" },
      "The PEM cannot be read.",
    ],
    [
      "a private PEM that is locked",
      {
        pem: privateOf(ed).export({
          type: "pkcs8",
          format: "pem",
          cipher: "aes-256-cbc",
          passphrase: "hunter2",
        }),
      },
      "The PEM cannot be read.",
    ],
    [
      "EdDSA for ES256",
      { ...ed.jwk, alg: "ES256" },
      'The JSON Web Key is for EdDSA, not for "ES256".',
    ],
    [
      "ES256 for RS256",
      { ...es.jwk, alg: "RS256" },
      'The JSON Web Key is for ES256, not for "RS256".',
    ],
    ["RSA for RS512", { ...rs.jwk, alg: "RS512" }, 'is for RS256 or PS256, not for "RS512".'],
    ["RSA for RSA-OAEP", { ...rs.jwk, alg: "RSA-OAEP" }, 'not for "RSA-OAEP".'],
    [
      "a key for encryption",
      { ...rs.jwk, use: "enc" },
      'The key is for use "enc", not for signatures.',
    ],
    [
      "a secret for encryption",
      { ...hs.jwk, use: "enc" },
      'The key is for use "enc", not for signatures.',
    ],
    [
      "a key for other operations",
      { ...rs.jwk, key_ops: ["encrypt", "wrapKey"] },
      "The key's key_ops name neither verify nor sign.",
    ],
    [
      "a key for no operation",
      { ...rs.jwk, key_ops: [] },
      "The key's key_ops name neither verify nor sign.",
    ],
    [
      "operations that are no list",
      { ...rs.jwk, key_ops: "verify" },
      "The key's key_ops name neither verify nor sign.",
    ],
    ...["", "k".repeat(129), 7, null, ["k"]].map((kid): [string, unknown, string] => [
      `the name ${JSON.stringify(kid)}`,
      { ...ed.jwk, kid },
      "kid must be a text of at most 128 characters.",
    ]),
  ];
  test.each(refused)("J3 %s is refused", (_, input, sentence) => {
    expect(() => importKey(input as KeyInput)).toThrow(TypeError);
    expect(() => importKey(input as KeyInput)).toThrow(sentence);
  });

  test.each(refused)("J13 sec/56 what is said of %s holds nothing of it", (_, input) => {
    const thrown = caught(() => importKey(input as KeyInput));
    for (const text of materialOf(input)) expect(thrown).not.toContain(text);
  });

  test("J13 sec/56 who prints a key sees no key", () => {
    for (const { privateJwk } of signers) {
      const seen = inspect([importKey(privateJwk), new FixedKeys([privateJwk])], {
        depth: null,
        showHidden: true,
      });
      for (const text of materialOf(privateJwk)) expect(seen).not.toContain(text);
    }
  });
});

/** What would tell of a key: every text in it but for names of kinds, and numbers. */
function materialOf(input: unknown): string[] {
  if (typeof input === "string") {
    const lines = input.split("\n").filter((line) => line.length >= 7 && !line.startsWith("--"));
    return [...lines, ...lines.map((line) => Buffer.from(line, "base64").toString("hex"))];
  }
  if (typeof input === "number" && input > 1000) return [String(input)];
  if (input instanceof Uint8Array)
    return [Buffer.from(input).toString("hex"), Buffer.from(input).toString("base64")].filter(
      (text) => text !== "",
    );
  if (typeof input !== "object" || input === null) return [];
  return Object.entries(input)
    .filter(([name]) => !["alg", "kty", "crv", "use", "kid", "key_ops"].includes(name))
    .flatMap(([, value]) => materialOf(value));
}

/** All that can be seen of what was thrown: message, stack and cause. */
function caught(task: () => unknown): string {
  try {
    task();
  } catch (error) {
    return inspect(error, { depth: null, showHidden: true });
  }
  throw new Error("Nothing was thrown.");
}

describe("J6", () => {
  test("J6 of a published set the keys that are not for signatures are ignored", async () => {
    const set = keySetOf({
      keys: [
        { ...rs.jwk, kid: "enc", use: "enc" },
        { ...rs.jwk, kid: "wrap", key_ops: ["wrapKey"] },
        { ...rs.jwk, kid: "oaep", alg: "RSA-OAEP-256" },
        { ...jwkOf(ecOf("P-384")), kid: "p384" },
        { kty: "AKP", alg: "ML-DSA-44", kid: "pq", pub: "AAAA" },
        null,
        "key",
        {},
        ed.jwk,
      ],
    });
    expect(set.keys.map(({ id }) => id)).toEqual(["EdDSA"]);
    expect(set.find("EdDSA", "EdDSA")).toBe(set.keys[0]);
    expect(set.find("enc", "RS256")).toBeUndefined();
  });

  test("J6 a secret that is published is none, and a private key that is published verifies nothing", () => {
    const set = keySetOf({ keys: [hs.jwk, es.privateJwk, rs.privateJwk, ed.jwk] });
    expect(set.keys.map(({ id }) => id)).toEqual(["EdDSA"]);
  });

  test("J6 a set may have 64 keys, not 65", () => {
    const many = (count: number) => ({
      keys: Array.from({ length: count }, (_, i) => ({ ...ed.jwk, kid: `k${i}` })),
    });
    expect(keySetOf(many(64)).keys).toHaveLength(64);
    expect(() => keySetOf(many(65))).toThrow("A JSON Web Key Set may have 64 keys, not 65.");
  });

  test.each([null, undefined, 7, "keys", [], {}, { keys: null }, { keys: {} }, { keys: "a" }])(
    "J6 %j is no set",
    (value) => {
      expect(() => keySetOf(value)).toThrow("A JSON Web Key Set has a list named keys.");
    },
  );
});

describe("J5", () => {
  const folder = mkdtempSync(join(tmpdir(), "fanwire-keys-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  let files = 0;
  /** A file with this text, or with a value as JSON. */
  function fileOf(content: unknown, mode = 0o600): string {
    const path = join(folder, `${files++}.json`);
    writeFileSync(path, textOf(content));
    chmodSync(path, mode);
    return path;
  }
  const textOf = (content: unknown): string =>
    typeof content === "string" ? content : JSON.stringify(content);

  test.each<[string, unknown, string[]]>([
    ["a JSON Web Key", ed.jwk, ["EdDSA"]],
    ["a private JSON Web Key", es.privateJwk, ["ES256"]],
    ["a set of them", { keys: signers.map(({ jwk }) => jwk) }, [...algorithms]],
    ["a public PEM", rs.pem, ["RS256"]],
    ["a private PEM", pemOf(privateOf(ed)), ["EdDSA"]],
    ["a PEM with words before it", `# of the login service\n${es.pem}`, ["ES256"]],
    ["a PEM with its algorithm", { pem: rs.pem, alg: "PS256", kid: "k" }, ["PS256"]],
    ["a secret", { secret: "s".repeat(32) }, ["HS256"]],
  ])("J5 a file with %s is read", (_, content, expected) => {
    expect(readKeyFile(fileOf(content)).map(({ algorithm }) => algorithm)).toEqual(expected);
  });

  test("J5 the two halves of a key, in two files, are one key", async () => {
    const keys = new FixedKeys([fileOf(es.privateJwk), fileOf(es.jwk), es.jwk]);
    expect(await keys.find("ES256", "ES256")).toMatchObject({ algorithm: "ES256" });
  });

  test.each<[string, unknown, string]>([
    ["nothing", "", "it is neither JSON nor a PEM. Make one with: fanwire keys new."],
    ["a bare secret", "hunter2hunter2hunter2hunter2hunter2", "it is neither JSON nor a PEM."],
    ["JSON that is cut off", '{"kty":"oct","k":"hunter2', "it is neither JSON nor a PEM."],
    [
      "a comma too many",
      '{"kty":"oct","k":"hunter2hunter2hunter2hunter2hunter2hunter2",}',
      "it is neither JSON nor a PEM.",
    ],
    ["null", "null", "A key must be an object: a JSON Web Key, { pem } or { secret }."],
    ["a text", '"hunter2hunter2hunter2hunter2hunter2"', "A key must be an object"],
    ["a number", "31415926535", "A key must be an object"],
    ["a list", [ed.jwk], "The JSON Web Key cannot be read."],
    ["a set of none", { keys: [] }, "the list is empty."],
    [
      "a set in which one cannot be used",
      { keys: [ed.jwk, { kty: "oct", k: "hunter2" }] },
      "A secret must have at least 32 bytes",
    ],
    ["a PEM that is broken", "-----BEGIN PRIVATE KEY-----\nhunter2\n", "The PEM cannot be read."],
    ["a secret that is a number", { secret: 31_415_926_535 }, "A secret must be a text or bytes."],
    [
      "a PEM as a secret",
      { secret: "-----BEGIN hunter2" },
      "A PEM is no secret: give it as { pem }",
    ],
  ])(
    "J13 J5 a file with %s is refused by its name, without a word of what is in it",
    (_, content, sentence) => {
      const path = fileOf(content);
      const thrown = caught(() => readKeyFile(path));
      expect(thrown).toContain(`TypeError: ${path} holds no key that can be used: `);
      expect(thrown).toContain(sentence);
      expect(thrown).not.toMatch(/hunter2|31415926535/u);
    },
  );

  test("J5 a file that is not there, or is a folder, is told by its name", () => {
    const path = join(folder, "none.json");
    expect(() => new FixedKeys([path])).toThrow(`${path} holds no key that can be used: ENOENT`);
    expect(() => new FixedKeys([folder])).toThrow(`${folder} holds no key that can be used: `);
  });

  test.each<[string, string]>([
    ["a private PEM", pemOf(privateOf(ed))],
    ["a public PEM", es.pem!],
    ["a private JSON Web Key", JSON.stringify(ed.privateJwk)],
    ["a set of them", `\n${JSON.stringify({ keys: [hs.jwk] }, null, 2)}`],
  ])("J13 %s where the path of a file belongs is refused, and not repeated", (_, text) => {
    const thrown = caught(() => new FixedKeys([text]));
    expect(thrown).toContain(
      "TypeError: A key stands where the path of a file is expected: give it as { pem }, or as an object.",
    );
    for (const key of [ed, es, hs])
      for (const piece of materialOf(key.privateJwk)) expect(thrown).not.toContain(piece);
    for (const line of text.split("\n").filter(({ length }) => length >= 7))
      expect(thrown).not.toContain(line);
  });

  test("J5 keys of the program and of files are one set", async () => {
    const keys = new FixedKeys([ed.jwk, fileOf(es.jwk), fileOf({ keys: [rs.jwk] })]);
    for (const name of ["EdDSA", "ES256", "RS256"])
      expect(await keys.find(name, name)).toMatchObject({ id: name, algorithm: name });
    expect(await keys.find("HS256", "HS256")).toBeUndefined();
  });

  test("J5 a key that has not changed stays the same one, so that what it verified stays verified", async () => {
    const path = fileOf({ keys: [ed.jwk, es.jwk] });
    const keys = new FixedKeys([hs.jwk, path]);
    const before = await Promise.all([
      keys.find("EdDSA", "EdDSA"),
      keys.find("ES256", "ES256"),
      keys.find("HS256", "HS256"),
    ]);
    const other = signerOf("EdDSA");
    writeFileSync(path, JSON.stringify({ keys: [other.jwk, { ...es.jwk, use: "sig" }] }));
    keys.reload();
    const [changed, same, given] = await Promise.all([
      keys.find("EdDSA", "EdDSA"),
      keys.find("ES256", "ES256"),
      keys.find("HS256", "HS256"),
    ]);
    expect(changed).toBeDefined();
    expect(changed).not.toBe(before[0]);
    expect(same).toBe(before[1]);
    expect(given).toBe(before[2]);
    expect(before.map((key) => keys.has(key!))).toEqual([false, true, true]);
  });

  test("J5 after a change of the file the old key's tokens are not good, and the fresh one's are", async () => {
    const path = fileOf(ed.jwk);
    const keys = new FixedKeys([path]);
    const gate = new Gate(keys);
    const old = tokenOf(ed);
    await gate.claimsOf(old);
    const fresh = signerOf("EdDSA", "fresh");
    writeFileSync(path, JSON.stringify({ keys: [ed.jwk, fresh.jwk] }));
    keys.reload();
    await gate.claimsOf(old);
    await gate.claimsOf(tokenOf(fresh));
    writeFileSync(path, JSON.stringify(fresh.jwk));
    keys.reload();
    expect(await gate.refusalOf(old)).toMatchObject({ name: "unauthenticated" });
    await gate.claimsOf(tokenOf(fresh));
  });

  test.each<[string, (path: string) => void]>([
    ["is broken", (path) => writeFileSync(path, '{"keys":[')],
    ["is empty", (path) => writeFileSync(path, "")],
    [
      "has a key that cannot be used",
      (path) => writeFileSync(path, JSON.stringify({ keys: [es.jwk, {}] })),
    ],
    ["is gone", (path) => rmSync(path)],
  ])("J5 a file that %s changes nothing, not even what other files say", async (_, spoil) => {
    const [path, second] = [fileOf(ed.jwk), fileOf(es.jwk)];
    const keys = new FixedKeys([second, path]);
    writeFileSync(second, JSON.stringify(rs.jwk));
    spoil(path);
    expect(() => keys.reload()).toThrow(`${path} holds no key that can be used: `);
    expect(await keys.find("EdDSA", "EdDSA")).toBeDefined();
    expect(await keys.find("ES256", "ES256")).toBeDefined();
    expect(await keys.find("RS256", "RS256")).toBeUndefined();
    writeFileSync(path, JSON.stringify(ed.jwk));
    keys.reload();
    expect(await keys.find("RS256", "RS256")).toBeDefined();
  });

  test("J5 a file that changes is noticed, until nobody wants to know", async () => {
    const path = fileOf(ed.jwk);
    const [keys, others] = [new FixedKeys([path]), new FixedKeys([path])];
    let [noticed, alsoNoticed, changes] = [0, 0, 0];
    const change = (): void =>
      writeFileSync(path, JSON.stringify({ ...ed.jwk, kid: `k${changes++}` }));
    const unwatch = keys.watch(() => noticed++);
    const alsoUnwatch = others.watch(() => alsoNoticed++);
    await expect
      .poll(() => {
        change();
        return noticed;
      })
      .toBeGreaterThan(0);
    unwatch();
    const [before, alsoBefore] = [noticed, alsoNoticed];
    await expect
      .poll(() => {
        change();
        return alsoNoticed;
      })
      .toBeGreaterThan(alsoBefore);
    expect(noticed).toBe(before);
    alsoUnwatch();
    keys.reload();
    expect(await keys.find(`k${changes - 1}`, "EdDSA")).toBeDefined();
  });

  test.skipIf(process.platform === "win32")(
    "J13 files with keys that make tokens are told when others can read them, and no other files",
    () => {
      const paths = [
        fileOf(ed.privateJwk, 0o644),
        fileOf(pemOf(privateOf(es)), 0o640),
        fileOf({ keys: [ed.jwk, hs.jwk] }, 0o604),
        fileOf(ed.privateJwk, 0o600),
        fileOf(hs.jwk, 0o400),
        fileOf(ed.jwk, 0o644),
        fileOf(es.pem, 0o666),
      ];
      expect(new FixedKeys(paths).exposed).toEqual(paths.slice(0, 3));
      expect(new FixedKeys([hs.jwk, ed.privateJwk]).exposed).toEqual([]);
    },
  );
});

describe("making", () => {
  /** What verifies tokens of now. */
  function gateOf(...keys: KeyInput[]): Gate {
    const gate = new Gate(new FixedKeys(keys));
    gate.time = Date.now();
    return gate;
  }

  test.each(algorithms)(
    "J3 a fresh key for %s signs tokens that its public half verifies",
    async (name) => {
      const key = await newKey(name);
      expect(key).toMatchObject({ alg: name, use: "sig" });
      expect(key["kid"]).toBe((await calculateJwkThumbprint(key as never)).slice(0, 16));
      const verifier = name === "HS256" ? key : publicKeyOf(key);
      const fanwire = { sub: ["user.{sub}.**"], limits: { connections: 5 } };
      const claims = await gateOf(verifier, await newKey(name)).claimsOf(
        await signToken(key, { sub: "ada", fanwire, ttl: 60 }),
      );
      expect(claims).toMatchObject({
        issuer: "fanwire",
        subject: "ada",
        keyId: key["kid"],
        values: ["ada"],
        grants: { limits: { connections: 5 } },
      });
      expect(claims.expiresAt - claims.issuedAt).toBe(60_000);
      expect(await newKey(name)).not.toEqual(key);
    },
  );

  test("J3 tokens are signed with a PEM and with a secret too", async () => {
    const secret = { secret: "s".repeat(32), kid: "k" };
    const inputs: KeyInput[] = [
      secret,
      { secret: randomBytes(40) },
      { pem: pemOf(privateOf(rs)), alg: "PS256" },
      { pem: pemOf(privateOf(es)), kid: "es" },
      ed.privateJwk,
    ];
    for (const input of inputs)
      expect(await gateOf(input).claimsOf(await signToken(input, { sub: "ada" }))).toMatchObject({
        subject: "ada",
      });
  });

  test("J4 what is left out takes its default: an hour, no rights, and an id of its own", async () => {
    const gate = gateOf(ed.jwk);
    const [one, two] = [
      await gate.claimsOf(await signToken(ed.privateJwk, { sub: "ada" })),
      await gate.claimsOf(await signToken(ed.privateJwk, { sub: "ada" })),
    ];
    expect(one.expiresAt - one.issuedAt).toBe(3_600_000);
    expect(Object.values(one.grants.rights).flat()).toEqual([]);
    expect(one.tokenId).toMatch(/^[\w-]{12}$/u);
    expect(two.tokenId).not.toBe(one.tokenId);
    const named = await signToken(ed.privateJwk, { sub: "ada", iss: "a", aud: "b", jti: "c" });
    expect(await gate.refusalOf(named)).toMatchObject({
      text: "The token is of an issuer that this hub does not know.",
    });
  });

  const FULL = {
    sub: "ada",
    fanwire: { sub: Array.from({ length: 400 }, (_, i) => `topic.${i}`) },
  };
  test.each<[string, KeyInput, object, string]>([
    [
      "with a public key",
      ed.jwk,
      { sub: "ada" },
      "The key can verify and not sign: the private key is needed.",
    ],
    ["with a public PEM", { pem: rs.pem! }, { sub: "ada" }, "The key can verify and not sign"],
    ["with what is no key", {}, { sub: "ada" }, "The JSON Web Key cannot be read."],
    [
      "with a short secret",
      { secret: "s" },
      { sub: "ada" },
      "A secret must have at least 32 bytes, not 1.",
    ],
    [
      "for no time",
      ed.privateJwk,
      { sub: "ada", ttl: 0 },
      "ttl must be a whole number of seconds, at least 1.",
    ],
    ["for half a second", ed.privateJwk, { sub: "ada", ttl: 0.5 }, "ttl must be a whole number"],
    ["for ever", ed.privateJwk, { sub: "ada", ttl: Infinity }, "ttl must be a whole number"],
    [
      "with rights that no hub understands",
      ed.privateJwk,
      { sub: "ada", fanwire: { read: [] } },
      "fanwire may hold sub, pub",
    ],
    [
      "that is longer than a hub takes",
      ed.privateJwk,
      FULL,
      "and 4096 are allowed: grant by wider patterns.",
    ],
  ])("J2 no token is made %s", async (_, key, claims, sentence) => {
    const made = signToken(key, claims as { sub: string });
    await expect(made).rejects.toThrow(TypeError);
    await expect(made).rejects.toThrow(sentence);
  });

  test.each(signers.filter(({ pem }) => pem !== undefined))(
    "J3 the public half of a key for $algorithm makes no tokens",
    async ({ privateJwk, jwk }) => {
      const half = publicKeyOf({ ...privateJwk, use: "sig" });
      expect(half).toEqual({ ...jwk, use: "sig" });
      expect(publicKeyOf(half)).toEqual(half);
      await expect(signToken(half, { sub: "ada" })).rejects.toThrow("can verify and not sign");
    },
  );

  test("J3 a secret has no public half", () => {
    expect(() => publicKeyOf(hs.jwk)).toThrow(
      "A secret has no public half: a hub needs the secret itself.",
    );
  });
});
