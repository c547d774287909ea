import { createPrivateKey, createPublicKey, randomBytes, sign, webcrypto } from "node:crypto";
import { CompactEncrypt, SignJWT } from "jose";
import { describe, expect, test, vi } from "vitest";
import { algorithms } from "./key.ts";
import {
  claimsWith,
  compact,
  Gate,
  hmac,
  now,
  part,
  signatureOf,
  type Signer,
  signerOf,
  Source,
  tokenOf,
} from "./tokens.testkit.ts";

const [ed, es, rs, ps, hs] = algorithms.map((name) => signerOf(name)) as [
  Signer,
  Signer,
  Signer,
  Signer,
  Signer,
];
const signers = [ed, es, rs, ps, hs];
const stranger = signerOf("EdDSA");

const NO_KEY = "The token is signed by no key of its issuer.";
const BAD_SIGNATURE = "The token's signature is not good.";
const BAD_HEADER = "The token's header may hold alg, kid and typ, and nothing else.";
const NO_TOKEN = "The token is no JSON Web Token: three parts of base64url with dots between.";
const NO_OBJECTS = "The token is no JSON Web Token: its parts are no JSON objects.";
const BAD_TYPE = "The token is of another type: typ must be JWT, at+jwt or fanwire+jwt.";
const BAD_KID = "The token's kid must be a text of at most 128 characters.";

function gate(...keys: (Signer | Signer["jwk"])[]): Gate {
  return new Gate(new Source(...(keys.length > 0 ? keys : signers)));
}

/** The private half of a key, as a program of the attacker has it. */
const privateOf = (signer: Signer) => createPrivateKey({ key: signer.privateJwk, format: "jwk" });

const [header, payload, signature] = tokenOf(ed).split(".") as [string, string, string];

describe("J3", () => {
  test.each(signers)("J3 a token that a key for $algorithm signed is good", async (signer) => {
    expect(await gate().verify(tokenOf(signer))).toMatchObject({
      issuer: "fanwire",
      subject: "ada",
      keyId: signer.kid,
      issuedAt: now * 1000,
      expiresAt: (now + 3600) * 1000,
    });
  });

  test("J3 a token of another program is good too", async () => {
    const token = await new SignJWT({ sub: "ada" })
      .setProtectedHeader({ alg: "ES256", kid: es.kid })
      .setIssuer("fanwire")
      .setAudience("fanwire")
      .setIssuedAt(now)
      .setExpirationTime(now + 60)
      .sign(privateOf(es));
    expect(await gate().claimsOf(token)).toMatchObject({ subject: "ada", tokenId: null });
  });

  test("J3 without kid a token is of the one key that it can be of, and of none when there are two", async () => {
    const token = tokenOf(ed, {}, { kid: undefined });
    expect(await gate().claimsOf(token)).toMatchObject({ keyId: "EdDSA" });
    const two = gate(ed, es, { ...stranger.jwk, kid: "other" });
    expect(await two.refusalOf(token)).toMatchObject({ text: NO_KEY });
    expect(await two.claimsOf(tokenOf(ed))).toMatchObject({ keyId: "EdDSA" });
  });

  test("J3 a key without a name is nobody's whom a token names", async () => {
    const nameless = gate({ ...ed.jwk, kid: undefined });
    expect(await nameless.refusalOf(tokenOf(ed))).toMatchObject({ text: NO_KEY });
    expect(await nameless.claimsOf(tokenOf(ed, {}, { kid: undefined }))).toMatchObject({
      keyId: null,
    });
  });

  test.each([
    ["of one algorithm", { ...stranger.jwk, kid: "twin" }],
    ["of two algorithms", { ...es.jwk, kid: "twin" }],
  ])("J3 a name that two keys %s have is nobody's", async (_, other) => {
    const twins = gate({ ...ed.jwk, kid: "twin" }, other);
    expect(await twins.refusalOf(tokenOf({ ...ed, kid: "twin" }))).toMatchObject({ text: NO_KEY });
  });
});

describe("sec/5", () => {
  test.each(["none", "None", "NONE", "nOnE", "", "none ", "null", "HS256none"])(
    "sec/5 alg %j is refused, with a signature and without one",
    async (alg) => {
      const head = part({ alg, typ: "JWT" });
      for (const kid of [undefined, ...signers.map((signer) => signer.kid)]) {
        const named = part({ alg, kid, typ: "JWT" });
        expect(await gate().refusalOf(`${named}.${payload}.${signature}`)).toMatchObject({
          name: "unauthenticated",
          text: NO_KEY,
        });
        expect(await gate().refusalOf(`${named}.${payload}.`)).toMatchObject({ text: NO_TOKEN });
      }
      expect(await gate().refusalOf(`${head}.${payload}`)).toMatchObject({ text: NO_TOKEN });
    },
  );

  test.each([["none"], 256, null, { name: "none" }, undefined, true])(
    "sec/5 an alg that is no text (%j) is refused",
    async (alg) => {
      expect(await gate().refusalOf(tokenOf(ed, {}, { alg }))).toMatchObject({
        name: "unauthenticated",
        text: "The token's header needs alg.",
      });
    },
  );

  const asymmetric = signers.filter(({ pem }) => pem !== undefined);
  const secrets = asymmetric.flatMap((signer): [string, Signer, string | Buffer][] => {
    const key = createPublicKey(signer.pem!);
    const of = `of ${signer.algorithm}`;
    return [
      [`the PEM ${of}`, signer, signer.pem!],
      [`the PEM ${of} without the last line break`, signer, signer.pem!.trimEnd()],
      [`the PEM ${of} with line breaks of Windows`, signer, signer.pem!.replaceAll("\n", "\r\n")],
      [`the DER ${of}`, signer, key.export({ type: "spki", format: "der" })],
      [`the JSON Web Key ${of}`, signer, JSON.stringify(signer.jwk)],
      [`the bare JSON Web Key ${of}`, signer, JSON.stringify(key.export({ format: "jwk" }))],
      [`the bytes ${of}`, signer, Buffer.from((signer.jwk.x ?? signer.jwk.n)!, "base64url")],
    ];
  });
  secrets.push(
    ["nothing", ed, ""],
    ["one zero", ed, Buffer.alloc(1)],
    ["32 zeros", ed, Buffer.alloc(32)],
  );

  test.each(secrets)(
    "sec/5 a public key is no secret: %s signs nothing",
    async (_, signer, secret) => {
      const claims = claimsWith();
      const named = { alg: "HS256", kid: signer.kid, typ: "JWT" };
      for (const head of [named, { ...named, kid: "HS256" }, { ...named, kid: undefined }]) {
        const token = compact(head, claims, (input) => hmac(secret, input));
        const { name, text } = await gate().refusalOf(token);
        expect(name).toBe("unauthenticated");
        expect(text).toBe(head.kid === signer.kid ? NO_KEY : BAD_SIGNATURE);
        expect(await gate(signer).refusalOf(token)).toMatchObject({ text: NO_KEY });
      }
    },
  );

  const others = ["RS384", "RS512", "PS384", "PS512", "ES384", "ES512", "ES256K", "Ed25519"];
  const names = [...algorithms, ...others, "HS384", "HS512", "RSA-OAEP", "dir", "A256GCM", "eddsa"];
  test.each(names)(
    "sec/5 alg %s is taken from the key that it is of, and from no other",
    async (alg) => {
      for (const signer of signers) {
        const honest = signer.algorithm === alg;
        for (const kid of [signer.kid, undefined]) {
          const token = compact({ alg, kid }, claimsWith(), signer.sign);
          if (honest) {
            expect(await gate(signer).claimsOf(token)).toMatchObject({ subject: "ada" });
            continue;
          }
          expect(await gate(signer).refusalOf(token)).toMatchObject({
            name: "unauthenticated",
            text: NO_KEY,
          });
          expect(await gate().refusalOf(token)).toMatchObject({ name: "unauthenticated" });
        }
      }
    },
  );

  test("sec/5 one RSA key is for one algorithm, though it could be for two", async () => {
    const token = compact({ alg: "PS256", kid: "RS256" }, claimsWith(), (input) =>
      signatureOf("PS256", privateOf(rs), input),
    );
    expect(await gate(rs).refusalOf(token)).toMatchObject({ text: NO_KEY });
    expect(await gate({ ...rs.jwk, alg: "PS256" }).claimsOf(token)).toMatchObject({
      keyId: "RS256",
    });
  });

  /** What was signed, with another signature. */
  const resigned = (signer: Signer, change: (bytes: Buffer) => Uint8Array): string =>
    compact({ alg: signer.algorithm, kid: signer.kid, typ: "JWT" }, claimsWith(), (input) =>
      change(signer.sign(input)),
    );
  const flipped = (bytes: Buffer, at: number): Buffer => {
    const other = Buffer.from(bytes);
    other[at]! ^= 1;
    return other;
  };
  test.each(signers)(
    "sec/5 a signature of $algorithm that was changed is not good",
    async (signer) => {
      for (const change of [
        (bytes: Buffer) => flipped(bytes, 0),
        (bytes: Buffer) => flipped(bytes, bytes.length - 1),
        (bytes: Buffer) => bytes.subarray(0, -1),
        (bytes: Buffer) => bytes.subarray(0, 16),
        (bytes: Buffer) => bytes.subarray(0, 1),
        (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(1)]),
        (bytes: Buffer) => Buffer.concat([bytes, bytes]),
        (bytes: Buffer) => bytes.toReversed(),
        (bytes: Buffer) => Buffer.alloc(bytes.length),
        (bytes: Buffer) => randomBytes(bytes.length),
      ])
        expect(await gate().refusalOf(resigned(signer, change))).toMatchObject({
          name: "unauthenticated",
          text: BAD_SIGNATURE,
        });
      expect(await gate().claimsOf(resigned(signer, (bytes) => bytes))).toBeDefined();
    },
  );

  /** Ed25519 with a multiple of the group's order added to the second half: the same equation, another spelling. */
  const plusOrder = (bytes: Buffer): Buffer => {
    const order = 2n ** 252n + 27_742_317_777_372_353_535_851_937_790_883_648_493n;
    const little = Buffer.from(bytes.subarray(32).toReversed()).toString("hex");
    const sum = (BigInt(`0x${little}`) + order).toString(16).padStart(64, "0");
    return Buffer.concat([bytes.subarray(0, 32), Buffer.from(sum, "hex").toReversed()]);
  };
  const dead = Buffer.concat([Buffer.from([1]), Buffer.alloc(63)]);
  test.each<[string, string]>([
    ["of another key of the same name", tokenOf({ ...stranger, kid: ed.kid })],
    ["of another payload", `${header}.${part(claimsWith({ sub: "root" }))}.${signature}`],
    ["of another header", `${part({ alg: "EdDSA", kid: ed.kid })}.${payload}.${signature}`],
    [
      "of ES256 in DER",
      compact({ alg: "ES256", kid: "ES256" }, claimsWith(), (input) =>
        sign("sha256", Buffer.from(input), privateOf(es)),
      ),
    ],
    ["of ES256 that is all zeros", resigned(es, () => Buffer.alloc(64))],
    ["of EdDSA that is the neutral point", resigned(ed, () => dead)],
    ["of EdDSA beyond the group's order", resigned(ed, plusOrder)],
    [
      "of RS256 with the padding of PS256",
      compact({ alg: "RS256", kid: "RS256" }, claimsWith(), (input) =>
        signatureOf("PS256", privateOf(rs), input),
      ),
    ],
    [
      "of RS256 with SHA-1",
      compact({ alg: "RS256", kid: "RS256" }, claimsWith(), (input) =>
        sign("sha1", Buffer.from(input), privateOf(rs)),
      ),
    ],
    [
      "of PS256 with another length of salt",
      compact({ alg: "PS256", kid: "PS256" }, claimsWith(), (input) =>
        sign("sha256", Buffer.from(input), { key: privateOf(ps), padding: 6, saltLength: 0 }),
      ),
    ],
  ])("sec/5 a signature %s is not good", async (_, token) => {
    expect(await gate().refusalOf(token)).toMatchObject({
      name: "unauthenticated",
      text: BAD_SIGNATURE,
    });
  });
});

describe("J2", () => {
  test.each(["JWT", "jwt", "at+jwt", "AT+JWT", "fanwire+jwt", "application/at+jwt", undefined])(
    "J2 a token of type %s is good",
    async (typ) => {
      expect(await gate().claimsOf(tokenOf(ed, {}, { typ }))).toMatchObject({ subject: "ada" });
    },
  );

  test.each([
    "JWE",
    "JOSE",
    "id+jwt",
    "dpop+jwt",
    "secevent+jwt",
    "jwt ",
    "",
    1,
    null,
    ["JWT"],
    {},
  ])("J2 sec/11 a token of type %j is refused", async (typ) => {
    expect(await gate().refusalOf(tokenOf(ed, {}, { typ }))).toMatchObject({
      name: "unauthenticated",
      text: BAD_TYPE,
    });
  });

  const parts = [header, payload, signature];
  test.each<[string, string]>([
    ["of no length", ""],
    ["of one part", header],
    ["of two parts", `${header}.${payload}`],
    ["of four parts", [...parts, signature].join(".")],
    ["of dots", ".."],
    ["without a header", `.${payload}.${signature}`],
    ["without claims", `${header}..${signature}`],
    ["without a signature", `${header}.${payload}.`],
    ["with a space before it", ` ${parts.join(".")}`],
    ["with a line break behind it", `${parts.join(".")}\n`],
    ["with padding", `${header}.${payload}.${signature}==`],
    ["in plain base64", `${header}.${payload}.${signature.slice(0, -1)}+`],
    ["with a zero byte", `${header}.${payload}.${signature}\0`],
    ["in letters that look alike", parts.join(".").replace("e", "е")],
    ["in JSON", JSON.stringify({ protected: header, payload, signature })],
    ["in a list", JSON.stringify([parts.join(".")])],
    ["with its scheme", `Bearer ${parts.join(".")}`],
  ])("J2 a token %s is refused", async (_, token) => {
    expect(await gate().refusalOf(token)).toMatchObject({
      name: "unauthenticated",
      text: NO_TOKEN,
    });
  });

  test.each<[string, string]>([
    ["a list", "[]"],
    ["a text", JSON.stringify("EdDSA")],
    ["null", "null"],
    ["a number", "1"],
    ["no JSON", "{alg:'EdDSA'}"],
    ["cut off", '{"alg":"EdDSA"'],
    ["two values", '{"alg":"EdDSA"}{}'],
    ["behind a byte order mark", '\uFEFF{"alg":"EdDSA","kid":"EdDSA"}'],
  ])("J2 a token is refused whose header or payload is %s", async (_, text) => {
    expect(await gate().refusalOf(compact(text, claimsWith(), ed.sign))).toMatchObject({
      text: NO_OBJECTS,
    });
    expect(
      await gate().refusalOf(compact({ alg: "EdDSA", kid: ed.kid }, text, ed.sign)),
    ).toMatchObject({ text: NO_OBJECTS });
  });

  test("J2 bytes that are no UTF-8 are refused, signed or not", async () => {
    const bytes = Buffer.from(
      JSON.stringify(claimsWith({ sub: "a#b" })).replace("#", "\xFF"),
      "latin1",
    );
    const input = `${header}.${bytes.toString("base64url")}`;
    const token = `${input}.${ed.sign(input).toString("base64url")}`;
    expect(await gate().refusalOf(token)).toMatchObject({ name: "unauthenticated" });
  });
});

describe("sec/6", () => {
  test.each<[string, object]>([
    ["jwk", { jwk: stranger.jwk }],
    ["jwk (the hub's own)", { jwk: ed.jwk }],
    ["jku", { jku: "https://evil.example/jwks.json" }],
    ["jku of this machine", { jku: "http://127.0.0.1/jwks.json" }],
    ["x5u", { x5u: "https://evil.example/cert.pem" }],
    ["x5c", { x5c: [Buffer.from("certificate").toString("base64")] }],
    ["x5t", { x5t: "dGh1bWJwcmludA" }],
    ["x5t#S256", { "x5t#S256": "dGh1bWJwcmludA" }],
    ["cty", { cty: "JWT" }],
    ["zip", { zip: "DEF" }],
    ["enc", { enc: "A256GCM" }],
    ["iss", { iss: "fanwire" }],
    ["nonce", { nonce: "1" }],
    ["constructor", { constructor: 1 }],
    ["a member of no name", { "": 1 }],
  ])("sec/6 a header with %s is refused, whoever signed it", async (_, more) => {
    const fetched = vi.spyOn(globalThis, "fetch");
    for (const signer of [ed, { ...stranger, kid: ed.kid }])
      expect(await gate().refusalOf(tokenOf(signer, {}, more))).toMatchObject({
        name: "unauthenticated",
        text: BAD_HEADER,
      });
    expect(fetched).not.toHaveBeenCalled();
    fetched.mockRestore();
  });

  test("sec/6 a header with __proto__ is refused, and nothing comes of it", async () => {
    const head = '{"alg":"EdDSA","kid":"EdDSA","__proto__":{"typ":"JWT","admin":true}}';
    expect(await gate().refusalOf(compact(head, claimsWith(), ed.sign))).toMatchObject({
      text: BAD_HEADER,
    });
    expect({}).not.toHaveProperty("admin");
  });
});

describe("sec/7", () => {
  test.each<[string, string]>([
    ["leads out of a folder", "../../../../dev/null"],
    ["leads out of a folder of Windows", String.raw`..\..\windows\win.ini`],
    ["is an absolute path", "/etc/passwd"],
    ["is a URL", "https://evil.example/key"],
    ["is a query", "' UNION SELECT 'secret' -- "],
    ["is a command", "| cat /etc/passwd"],
    ["is in another script", "ΕdDSA"],
    ["is written from right to left", "\u202EASDdE"],
    ["has a zero byte", "EdDSA\0"],
    ["has a space", "EdDSA "],
    ["differs in case", "eddsa"],
    ["is empty", ""],
    ["is a star", "*"],
    ["is __proto__", "__proto__"],
    ["is constructor", "constructor"],
    ["is 128 characters long", "k".repeat(128)],
  ])("sec/7 a kid that %s is only a name that nobody has", async (_, kid) => {
    expect(await gate().refusalOf(tokenOf(ed, {}, { kid }))).toMatchObject({
      name: "unauthenticated",
      text: NO_KEY,
    });
  });

  test.each(["k".repeat(129), 0, null, ["EdDSA"], { kid: "EdDSA" }, true])(
    "sec/7 a kid that is no name (%j) is refused",
    async (kid) => {
      expect(await gate().refusalOf(tokenOf(ed, {}, { kid }))).toMatchObject({ text: BAD_KID });
    },
  );

  test("sec/7 a kid of 10 kB is refused by the length of its token", async () => {
    const token = tokenOf(ed, {}, { kid: "k".repeat(10_000) });
    expect((await gate().refusalOf(token)).text).toContain("4096 are allowed");
  });
});

describe("sec/12", () => {
  test.each<[string, object]>([
    ["crit and what it names", { crit: ["exp"], exp: now + 60 }],
    ["crit of b64", { crit: ["b64"], b64: false }],
    ["crit of b64 that changes nothing", { crit: ["b64"], b64: true }],
    ["crit that is empty", { crit: [] }],
    ["crit of what is known anyway", { crit: ["alg"] }],
    ["b64 without crit", { b64: false }],
  ])("sec/12 a header with %s is refused", async (_, more) => {
    expect(await gate().refusalOf(tokenOf(ed, {}, more))).toMatchObject({
      name: "unauthenticated",
      text: BAD_HEADER,
    });
  });

  test("sec/12 claims that are not coded are no token", async () => {
    const head = part({ alg: "EdDSA", kid: ed.kid, b64: false, crit: ["b64"] });
    const claims = JSON.stringify(claimsWith());
    const signed = ed.sign(`${head}.${claims}`).toString("base64url");
    expect(await gate().refusalOf(`${head}.${claims}.${signed}`)).toMatchObject({ text: NO_TOKEN });
  });
});

describe("sec/13", () => {
  /** A good token of exactly so many bytes. */
  function tokenOfLength(bytes: number): string {
    for (const typ of ["JWT", "fanwire+jwt"])
      for (let pad = bytes / 2; pad < bytes; pad++) {
        const token = tokenOf(ed, { pad: "x".repeat(pad) }, { typ });
        if (token.length === bytes) return token;
        if (token.length > bytes) break;
      }
    throw new Error(`No token is ${bytes} bytes long.`);
  }

  test("sec/13 a token of 4,096 bytes is good, one of 4,097 is refused by its length alone", async () => {
    const source = new Source(ed);
    const g = new Gate(source);
    expect(await g.claimsOf(tokenOfLength(4096))).toMatchObject({ subject: "ada" });
    expect(source.lookups).toBe(1);
    const parsed = vi.spyOn(JSON, "parse");
    expect(await g.refusalOf(tokenOfLength(4097))).toMatchObject({
      name: "unauthenticated",
      text: "The token has 4097 bytes and 4096 are allowed.",
    });
    expect(parsed).not.toHaveBeenCalled();
    expect(source.lookups).toBe(1);
    parsed.mockRestore();
  });

  const deep = "[".repeat(200_000) + "]".repeat(200_000);
  test.each<[string, string]>([
    ["of 16 MB", "x".repeat(16_777_216)],
    ["of 16 MB of dots", ".".repeat(16_777_216)],
    ["whose header is 200,000 levels deep", compact(`{"alg":${deep}}`, claimsWith(), ed.sign)],
    ["whose claims are 200,000 levels deep", compact({ alg: "EdDSA" }, `{"sub":${deep}}`, ed.sign)],
    [
      "with 100,000 claims",
      tokenOf(ed, Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`c${i}`, i]))),
    ],
    [
      "with 10,000 members in its header",
      tokenOf(ed, {}, Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`h${i}`, i]))),
    ],
    ["in letters of more than a byte", "é".repeat(4097)],
  ])("sec/13 a token %s is refused before anything is parsed", async (_, token) => {
    const source = new Source(ed);
    const parsed = vi.spyOn(JSON, "parse");
    expect((await new Gate(source).refusalOf(token)).text).toBe(
      `The token has ${token.length} bytes and 4096 are allowed.`,
    );
    expect(parsed).not.toHaveBeenCalled();
    expect(source.lookups).toBe(0);
    parsed.mockRestore();
  });

  test("sec/13 what is as deep as 4,096 bytes allow is looked at, and harms nothing", async () => {
    const levels = 1300;
    const nested = "[".repeat(levels) + "]".repeat(levels);
    const claims = JSON.stringify(claimsWith({ fanwire: 1 }));
    expect(
      await gate().refusalOf(
        compact(
          { alg: "EdDSA", kid: ed.kid },
          claims.replace('"fanwire":1', `"fanwire":${nested}`),
          ed.sign,
        ),
      ),
    ).toMatchObject({ name: "unauthenticated", text: "fanwire must be an object." });
    expect(
      await gate().claimsOf(
        compact(
          { alg: "EdDSA", kid: ed.kid },
          claims.replace('"fanwire":1', `"other":${nested}`),
          ed.sign,
        ),
      ),
    ).toMatchObject({ subject: "ada" });
  });
});

describe("sec/14", () => {
  test("sec/14 an encrypted token is not opened, whoever could", async () => {
    const secret = randomBytes(32);
    const decrypted = vi.spyOn(webcrypto.subtle, "decrypt");
    for (const zip of [undefined, "DEF"]) {
      const token = await new CompactEncrypt(Buffer.from(JSON.stringify(claimsWith())))
        .setProtectedHeader({ alg: "dir", enc: "A256GCM", ...(zip !== undefined && { zip }) })
        .encrypt(secret);
      const keys = gate({ kty: "oct", k: secret.toString("base64url") });
      expect(token.split(".")).toHaveLength(5);
      expect(await keys.refusalOf(token)).toMatchObject({
        name: "unauthenticated",
        text: NO_TOKEN,
      });
    }
    expect(decrypted).not.toHaveBeenCalled();
    decrypted.mockRestore();
  });

  test("sec/14 a count of rounds that would last for hours is not begun with", async () => {
    const head = part({ alg: "PBES2-HS256+A128KW", enc: "A128GCM", p2s: "c2FsdA", p2c: 2 ** 31 });
    expect(await gate().refusalOf(`${head}.a.b.c.d`)).toMatchObject({ text: NO_TOKEN });
    expect(await gate().refusalOf(`${head}.${payload}.${signature}`)).toMatchObject({
      text: BAD_HEADER,
    });
  });
});
