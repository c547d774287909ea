import { describe, expect, test } from "vitest";
import type { AuthOptions } from "./auth-options.ts";
import { resolveIssuers } from "./auth-options.ts";
import { signerOf } from "./auth/tokens.testkit.ts";
import { createHub } from "./hub.ts";
import { resolveOptions } from "./options.ts";

const { jwk, privateJwk } = signerOf("EdDSA");
const JWKS = "https://login.example/.well-known/jwks.json";

describe("O1", () => {
  test("O1 keys are of the issuer fanwire, unless another is named", () => {
    expect(resolveIssuers({ keys: ["keys.json", jwk] })).toEqual([
      { issuer: "fanwire", keys: ["keys.json", jwk] },
    ]);
    expect(resolveIssuers({ issuer: "https://login.example", jwks: JWKS })).toEqual([
      { issuer: "https://login.example", jwks: new URL(JWKS) },
    ]);
  });

  test("O1 more issuers have keys of their own", () => {
    expect(
      resolveIssuers({
        keys: [jwk],
        issuers: [
          { issuer: "https://a.example", jwks: JWKS },
          { issuer: "https://b.example", keys: ["b.json"], jwks: undefined } as never,
        ],
      }),
    ).toEqual([
      { issuer: "fanwire", keys: [jwk] },
      { issuer: "https://a.example", jwks: new URL(JWKS) },
      { issuer: "https://b.example", keys: ["b.json"] },
    ]);
    expect(
      resolveIssuers({ issuers: [{ issuer: "a", keys: [jwk], jwks: null }] } as never),
    ).toEqual([{ issuer: "a", keys: [jwk] }]);
  });

  test.each<[string, object]>([
    ["nothing", {}],
    ["an empty list of keys", { keys: [] }],
    ["an empty list of issuers", { issuers: [] }],
    ["nulls, as a file has them", { keys: null, jwks: null, issuer: null }],
  ])("O1 with %s nobody is asked for a token", (_, auth) => {
    expect(resolveIssuers(auth)).toEqual([]);
    expect(resolveOptions({ auth })).toMatchObject({ issuers: [], audience: "fanwire" });
  });

  const URL_SENTENCE =
    ".jwks must be an https URL without a password, like https://login.example/.well-known/jwks.json.";
  test.each<[unknown, string]>([
    [7, "auth must be an object."],
    [{ key: jwk }, 'There is no option "auth.key".'],
    [{ secret: "s" }, 'There is no option "auth.secret".'],
    [{ keys: "keys.json" }, "auth.keys must be a list of texts."],
    [{ keys: { 0: "keys.json" } }, "auth.keys must be a list of texts."],
    [{ keys: [7] }, "auth.keys must be a list of texts."],
    [{ keys: [""] }, "auth.keys must be a list of texts."],
    [{ keys: [null] }, "A key must be an object: a JSON Web Key, { pem } or { secret }."],
    [{ keys: [{}] }, "The JSON Web Key cannot be read."],
    [{ keys: [{ secret: "s" }] }, "A secret must have at least 32 bytes, not 1."],
    [{ keys: ["there/is/none.json"] }, "there/is/none.json holds no key that can be used: ENOENT"],
    [{ keys: [jwk], jwks: JWKS }, "auth needs keys or jwks, and not both."],
    [{ keys: [jwk], issuer: "" }, "auth.issuer must be a text"],
    [{ keys: [jwk], issuer: 7 }, "auth.issuer must be a text"],
    [{ keys: [jwk], audience: "" }, "auth.audience must be a text"],
    [{ keys: [jwk], audience: ["a"] }, "auth.audience must be a text"],
    ...[
      "login.example/keys",
      "http://login.example/keys",
      "ftp://login.example/keys",
      "file:///etc/keys.json",
      "data:application/json,{}",
      "https://user:hunter2@login.example/keys",
      "https://user@login.example/keys",
      "https://:hunter2@login.example/keys",
      "https://",
      "/keys.json",
    ].map((jwks): [unknown, string] => [{ jwks }, `auth${URL_SENTENCE}`]),
    [{ jwks: "" }, "auth.jwks must be a text"],
    [{ jwks: 7 }, "auth.jwks must be a text"],
    [{ jwks: [JWKS] }, "auth.jwks must be a text"],
    [{ issuers: "a" }, "auth.issuers must be a list."],
    [{ issuers: { a: { keys: [jwk] } } }, "auth.issuers must be a list."],
    [{ issuers: null }, "auth.issuers must be a list."],
    [
      { issuers: [null] },
      'auth.issuers[0] must be an object like { "issuer": "https://login.example", "keys": ["keys.json"] }.',
    ],
    [{ issuers: ["a"] }, "auth.issuers[0] must be an object like"],
    [
      { issuers: [{ issuer: "a", keys: [jwk], audience: "b" }] },
      'auth.issuers[0] has no "audience": it may hold issuer, keys and jwks.',
    ],
    [
      {
        issuers: [
          { issuer: "a", keys: [jwk] },
          { name: "b", keys: [jwk] },
        ],
      },
      'auth.issuers[1] has no "name": it may hold issuer, keys and jwks.',
    ],
    [
      { issuers: [{ keys: [jwk] }] },
      "auth.issuers[0].issuer must be a text, the iss of its tokens.",
    ],
    [
      { issuers: [{ issuer: "", keys: [jwk] }] },
      "auth.issuers[0].issuer must be a text, the iss of its tokens.",
    ],
    [{ issuers: [{ issuer: "a" }] }, "auth.issuers[0] needs keys or jwks, and not both."],
    [{ issuers: [{ issuer: "a", keys: [] }] }, "auth.issuers[0] needs keys or jwks, and not both."],
    [
      { issuers: [{ issuer: "a", keys: null }] },
      "auth.issuers[0] needs keys or jwks, and not both.",
    ],
    [
      { issuers: [{ issuer: "a", keys: [jwk], jwks: JWKS }] },
      "auth.issuers[0] needs keys or jwks, and not both.",
    ],
    [{ issuers: [{ issuer: "a", keys: "a.json" }] }, "auth.issuers[0].keys must be a list."],
    [{ issuers: [{ issuer: "a", keys: {} }] }, "auth.issuers[0].keys must be a list."],
    [{ issuers: [{ issuer: "a", keys: 7 }] }, "auth.issuers[0].keys must be a list."],
    [{ issuers: [{ issuer: "a", keys: [7] }] }, "A key must be an object"],
    [{ issuers: [{ issuer: "a", jwks: "http://a.example" }] }, `auth.issuers[0]${URL_SENTENCE}`],
    [{ issuers: [{ issuer: "a", jwks: 7 }] }, `auth.issuers[0]${URL_SENTENCE}`],
    [{ issuers: [{ issuer: "a", jwks: "" }] }, `auth.issuers[0]${URL_SENTENCE}`],
    [
      { keys: [jwk], issuers: [{ issuer: "fanwire", keys: [jwk] }] },
      'auth has the issuer "fanwire" twice: give it all its keys in one place.',
    ],
    [
      {
        issuers: [
          { issuer: "a", keys: [jwk] },
          { issuer: "a", jwks: JWKS },
        ],
      },
      'auth has the issuer "a" twice: give it all its keys in one place.',
    ],
    [
      { tokenAgeMaxMs: 999 },
      "auth.tokenAgeMaxMs must be a whole number (ms) from 1000 to 31622400000, not 999.",
    ],
    [
      { tokenToleranceMs: 600_001 },
      "auth.tokenToleranceMs must be a whole number (ms) from 0 to 600000",
    ],
    [
      { tokenGraceMs: -1 },
      "auth.tokenGraceMs must be a whole number (ms) from 0 to 86400000, not -1.",
    ],
  ])("O1 auth %j stops the start", (auth, sentence) => {
    const start = () => createHub({ auth: auth as AuthOptions, figuresMs: 0 });
    expect(start).toThrow(TypeError);
    expect(start).toThrow(sentence);
    expect(start).not.toThrow(/hunter2/u);
  });

  test("O1 a private key is taken as what it verifies with", () => {
    const options = resolveOptions({ auth: { keys: [privateJwk], issuer: "a" } });
    expect(options).toMatchObject({
      issuer: "a",
      issuers: [{ issuer: "a" }],
      tokenAgeMaxMs: 86_400_000,
      tokenToleranceMs: 10_000,
      tokenGraceMs: 25_000,
    });
  });
});
