import { describe, expect, test } from "vitest";
import { compact, claimsWith, Gate, now, signerOf, Source, tokenOf } from "./tokens.testkit.ts";

const ed = signerOf("EdDSA");

/** A second hub whose clock is the test's, for each token. */
const gate = (profile: ConstructorParameters<typeof Gate>[1] = {}): Gate =>
  new Gate(new Source(ed), profile);

const DAY = 86_400;
const NEEDS = (name: string): string => `The token needs ${name}, in whole seconds since 1970.`;
const AUDIENCE = "The token is for another audience (aud).";
const SUB = "The token needs sub, a text of 1 to 128 bytes.";
const JTI = "The token needs jti, a text of 1 to 128 bytes.";

describe("J4", () => {
  test("J4 what a token says becomes claims, and what it does not say of itself is null", async () => {
    const token = tokenOf(ed, { jti: "t1", nbf: now, fanwire: { sub: ["a.**"] } });
    expect(await gate().claimsOf(token)).toEqual({
      issuer: "fanwire",
      subject: "ada",
      tokenId: "t1",
      keyId: "EdDSA",
      issuedAt: now * 1000,
      expiresAt: (now + 3600) * 1000,
      grants: expect.objectContaining({ limits: {} }),
      values: [],
    });
    expect(await gate().claimsOf(tokenOf(ed))).toMatchObject({ tokenId: null });
  });

  test.each<[string, object, string]>([
    ["exp missing", { exp: undefined }, NEEDS("exp")],
    ["exp null", { exp: null }, NEEDS("exp")],
    ["exp a text", { exp: String(now + 60) }, NEEDS("exp")],
    ["exp a date", { exp: "2027-01-15T08:00:00Z" }, NEEDS("exp")],
    ["exp a list", { exp: [now + 60] }, NEEDS("exp")],
    ["exp true", { exp: true }, NEEDS("exp")],
    ["exp with a fraction", { exp: now + 60.5 }, NEEDS("exp")],
    ["exp 1e300", { exp: 1e300 }, NEEDS("exp")],
    ["exp 2^53", { exp: 2 ** 53 }, NEEDS("exp")],
    ["exp in milliseconds", { exp: (now + 60) * 1000 }, NEEDS("exp")],
    ["exp after the year 9999", { exp: 253_402_300_800 }, NEEDS("exp")],
    ["iat missing", { iat: undefined }, NEEDS("iat")],
    ["iat null", { iat: null }, NEEDS("iat")],
    ["iat a text", { iat: String(now) }, NEEDS("iat")],
    ["iat with a fraction", { iat: now - 0.5 }, NEEDS("iat")],
    ["iat negative", { iat: -1 }, NEEDS("iat")],
    ["iat 1e300", { iat: 1e300 }, NEEDS("iat")],
    ["iat -1e300", { iat: -1e300 }, NEEDS("iat")],
    ["nbf with a fraction", { nbf: now - 0.5 }, "The token's nbf must be in whole seconds."],
    ["nbf negative", { nbf: -1 }, "The token's nbf must be in whole seconds."],
    ["nbf a text", { nbf: String(now) }, "The token is not good yet (nbf)."],
    ["nbf null", { nbf: null }, "The token is not good yet (nbf)."],
    ["nbf 1e300", { nbf: 1e300 }, "The token is not good yet (nbf)."],
    ["exp equal to iat", { iat: now + 9, exp: now + 9 }, "The token expires before it was issued."],
    ["exp before iat", { iat: now + 9, exp: now + 8 }, "The token expires before it was issued."],
    ["sub missing", { sub: undefined }, "The token needs sub, the subject."],
    ["sub empty", { sub: "" }, SUB],
    ["sub null", { sub: null }, SUB],
    ["sub a number", { sub: 7 }, SUB],
    ["sub a list", { sub: ["ada"] }, SUB],
    ["sub an object", { sub: { toString: "ada" } }, SUB],
    ["sub of 129 bytes", { sub: "a".repeat(129) }, SUB],
    ["sub of 43 letters with 3 bytes each", { sub: "€".repeat(43) }, SUB],
    ["sub with half a letter", { sub: "ada\uD83D" }, SUB],
    ["jti empty", { jti: "" }, JTI],
    ["jti null", { jti: null }, JTI],
    ["jti a number", { jti: 7 }, JTI],
    ["jti of 129 bytes", { jti: "a".repeat(129) }, JTI],
    ["jti with half a letter", { jti: "\uDE00" }, JTI],
    ["aud missing", { aud: undefined }, AUDIENCE],
    ["aud null", { aud: null }, AUDIENCE],
    ["aud empty", { aud: "" }, AUDIENCE],
    ["aud another", { aud: "shop" }, AUDIENCE],
    ["aud in capitals", { aud: "Fanwire" }, AUDIENCE],
    ["aud with a space", { aud: "fanwire " }, AUDIENCE],
    ["aud a longer one", { aud: "fanwire-admin" }, AUDIENCE],
    ["aud an empty list", { aud: [] }, AUDIENCE],
    ["aud a list of others", { aud: ["shop", "fanwire-admin"] }, AUDIENCE],
    ["aud a list in a list", { aud: [["fanwire"]] }, AUDIENCE],
    ["aud an object", { aud: { fanwire: true } }, AUDIENCE],
    ["iss missing", { iss: undefined }, "The token needs iss, the issuer."],
    ["iss a list", { iss: ["fanwire"] }, "The token needs iss, the issuer."],
    ["iss null", { iss: null }, "The token needs iss, the issuer."],
    ["iss another", { iss: "evil" }, "The token is of an issuer that this hub does not know."],
    ["iss empty", { iss: "" }, "The token is of an issuer that this hub does not know."],
    [
      "iss __proto__",
      { iss: "__proto__" },
      "The token is of an issuer that this hub does not know.",
    ],
  ])("J4 sec/10 %s is refused", async (_, claims, text) => {
    expect(await gate().refusalOf(tokenOf(ed, claims))).toMatchObject({
      name: "unauthenticated",
      text,
    });
  });

  test.each(["1e400", "-1e400", "99999999999999999999999"])(
    "J4 sec/10 exp %s, as no program of ours would write it, is refused",
    async (exp) => {
      const payload = JSON.stringify(claimsWith({ exp: 0 })).replace('"exp":0', `"exp":${exp}`);
      const token = compact({ alg: "EdDSA", kid: ed.kid }, payload, ed.sign);
      const { name } = await gate().refusalOf(token);
      expect(name).toBe(exp.startsWith("-") ? "token-expired" : "unauthenticated");
    },
  );

  test.each<[string, object]>([
    ["a sub of 1 byte", { sub: "a" }],
    ["a sub of 128 bytes", { sub: "a".repeat(128) }],
    ["a sub of 32 letters with 4 bytes each", { sub: "😀".repeat(32) }],
    ["a jti of 128 bytes", { jti: "j".repeat(128) }],
    ["the hub's audience in a list", { aud: ["shop", "fanwire"] }],
    ["claims that the hub does not know", { name: "Ada", roles: ["x"], constructor: 1 }],
    ["a life of exactly as long as it may be", { iat: now, exp: now + DAY }],
    ["a life that began long ago", { iat: now - DAY + 1, exp: now + 1 }],
  ])("J4 %s is good", async (_, claims) => {
    expect(await gate().verify(tokenOf(ed, claims))).not.toHaveProperty("text");
  });

  test("J4 sec/10 a life of a second more than tokenAgeMaxMs is refused, and the sentence says by how much", async () => {
    expect(await gate().refusalOf(tokenOf(ed, { exp: now + DAY + 1 }))).toMatchObject({
      name: "unauthenticated",
      text: "The token lives 86401 s, and at most 86400 s are allowed.",
    });
    const months = gate({ ageMaxMs: 40 * DAY * 1000 });
    expect(await months.claimsOf(tokenOf(ed, { exp: now + 40 * DAY }))).toMatchObject({
      expiresAt: (now + 40 * DAY) * 1000,
    });
    expect(await months.refusalOf(tokenOf(ed, { exp: now + 40 * DAY + 1 }))).toMatchObject({
      name: "unauthenticated",
    });
  });

  const EXPIRED = "The token has expired; fetch a fresh one.";
  const EARLY = "The token is not good yet (nbf).";
  const FUTURE = "The token was issued in the future.";
  test.each<[string, object, number, string | undefined]>([
    ["exp", { iat: now - 100, exp: now - 9 }, 10_000, undefined],
    ["exp", { iat: now - 100, exp: now - 10 }, 10_000, EXPIRED],
    ["exp", { iat: now - 100, exp: now - 11 }, 10_000, EXPIRED],
    ["exp", { iat: now - 100, exp: now + 1 }, 0, undefined],
    ["exp", { iat: now - 100, exp: now }, 0, EXPIRED],
    ["exp", { iat: now - 100, exp: now - 1 }, 0, EXPIRED],
    ["exp", { iat: 0, exp: 1 }, 10_000, EXPIRED],
    ["exp", { iat: 0, exp: 0 }, 10_000, EXPIRED],
    ["exp", { iat: -2, exp: -1 }, 10_000, EXPIRED],
    ["nbf", { nbf: now + 9 }, 10_000, undefined],
    ["nbf", { nbf: now + 10 }, 10_000, undefined],
    ["nbf", { nbf: now + 11 }, 10_000, EARLY],
    ["nbf", { nbf: now }, 0, undefined],
    ["nbf", { nbf: now + 1 }, 0, EARLY],
    ["iat", { iat: now + 69, exp: now + 100 }, 10_000, undefined],
    ["iat", { iat: now + 70, exp: now + 100 }, 10_000, undefined],
    ["iat", { iat: now + 71, exp: now + 100 }, 10_000, FUTURE],
    ["iat", { iat: now + 60, exp: now + 100 }, 0, undefined],
    ["iat", { iat: now + 61, exp: now + 100 }, 0, FUTURE],
  ])(
    "J4 sec/10 %s: of %j at a tolerance of %i ms is said: %s",
    async (_, claims, toleranceMs, text) => {
      const answer = await gate({ toleranceMs }).verify(tokenOf(ed, claims));
      expect("text" in answer ? answer.text : undefined).toBe(text);
      if ("text" in answer)
        expect(answer.name).toBe(text === EXPIRED ? "token-expired" : "unauthenticated");
    },
  );

  test("J4 sec/10 a token is good to its last millisecond", async () => {
    const g = gate({ toleranceMs: 0 });
    const token = tokenOf(ed, { exp: now + 60 });
    g.time = (now + 60) * 1000 - 1;
    expect(await g.verify(token)).not.toHaveProperty("text");
    g.time++;
    expect(await g.refusalOf(token)).toMatchObject({ name: "token-expired" });
  });

  test("J4 an audience is no prefix: a token is for those whose name it has, in both directions", async () => {
    const clients = gate();
    const administrators = gate({ audience: "fanwire-admin" });
    const one = tokenOf(ed, { aud: "fanwire" });
    const other = tokenOf(ed, { aud: "fanwire-admin" });
    const both = tokenOf(ed, { aud: ["fanwire", "fanwire-admin"] });
    expect(await clients.refusalOf(other)).toMatchObject({ text: AUDIENCE });
    expect(await administrators.refusalOf(one)).toMatchObject({ text: AUDIENCE });
    for (const [g, token] of [
      [clients, one],
      [clients, both],
      [administrators, other],
      [administrators, both],
    ] as const)
      expect(await g.verify(token)).not.toHaveProperty("text");
  });
});

describe("sec/9", () => {
  const [mine, theirs] = [signerOf("EdDSA", "1"), signerOf("EdDSA", "1")];
  const two = (): Gate =>
    new Gate(
      new Map([
        ["https://mine.example", new Source(mine)],
        ["https://theirs.example", new Source(theirs)],
      ]),
    );

  test("sec/9 two issuers whose keys have the same name do not mix", async () => {
    const g = two();
    const good = tokenOf(mine, { iss: "https://mine.example" });
    expect(await g.claimsOf(good)).toMatchObject({ issuer: "https://mine.example" });
    expect(await g.refusalOf(tokenOf(theirs, { iss: "https://mine.example" }))).toMatchObject({
      name: "unauthenticated",
      text: "The token's signature is not good.",
    });
    expect(await g.claimsOf(tokenOf(theirs, { iss: "https://theirs.example" }))).toMatchObject({
      issuer: "https://theirs.example",
    });
    expect(await g.refusalOf(tokenOf(mine, { iss: "https://theirs.example" }))).toMatchObject({
      text: "The token's signature is not good.",
    });
  });

  test.each([
    "https://mine.example/",
    "https://MINE.example",
    "http://mine.example",
    "https://mine.example.evil.example",
    "https://theirs.example@mine.example",
    " https://mine.example",
  ])(
    "sec/8 an issuer is compared letter for letter, and never asked for anything: %s",
    async (iss) => {
      expect(await two().refusalOf(tokenOf(mine, { iss }))).toMatchObject({
        text: "The token is of an issuer that this hub does not know.",
      });
    },
  );

  test("sec/9 an issuer that stands in a token twice is the last, for the keys and for the claims", async () => {
    const payload = JSON.stringify(claimsWith({ iss: "https://mine.example" })).replace(
      "{",
      '{"iss":"https://theirs.example",',
    );
    const token = compact({ alg: "EdDSA", kid: "1" }, payload, theirs.sign);
    expect(await two().refusalOf(token)).toMatchObject({
      text: "The token's signature is not good.",
    });
  });
});

describe("W4", () => {
  test("W4 a token with a right that the hub does not understand is refused as a whole", async () => {
    expect(
      await gate().refusalOf(tokenOf(ed, { fanwire: { sub: ["a"], deny: ["b"] } })),
    ).toMatchObject({
      name: "unauthenticated",
      text: "fanwire may hold sub, pub, presence, call, serve, queue, limits, and nothing else.",
    });
  });

  test("W4 tokens that grant the same share one object, whoever bears them, and others do not", async () => {
    const g = gate();
    const rights = { sub: ["prices.**", "user.{sub}.**"], limits: { connections: 5 } };
    const first = await g.claimsOf(tokenOf(ed, { sub: "ada", fanwire: rights }));
    const second = await g.claimsOf(tokenOf(ed, { sub: "bob", fanwire: rights }));
    const third = await g.claimsOf(tokenOf(ed, { sub: "bob", fanwire: { sub: ["prices.**"] } }));
    expect(second.grants).toBe(first.grants);
    expect(third.grants).not.toBe(first.grants);
    expect([first.values, second.values, third.values]).toEqual([["ada"], ["bob"], []]);
    const [without, alsoWithout] = [
      await g.claimsOf(tokenOf(ed, { jti: "1" })),
      await g.claimsOf(tokenOf(ed, { jti: "2" })),
    ];
    expect(alsoWithout.grants).toBe(without.grants);
  });

  test("W4 of a thousand different grants the one that was not asked for longest is no longer shared", async () => {
    const g = gate();
    const of = async (i: number) =>
      (await g.claimsOf(tokenOf(ed, { jti: crypto.randomUUID(), fanwire: { sub: [`t${i}`] } })))
        .grants;
    const first = await of(0);
    const second = await of(1);
    for (let i = 2; i < 1000; i++) await of(i);
    expect(await of(0)).toBe(first);
    await of(1000);
    expect(await of(0)).toBe(first);
    expect(await of(1)).not.toBe(second);
    expect(await of(1)).toEqual(second);
  });
});
