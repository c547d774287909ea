import type { Pattern } from "@fanwire/protocol";
import { describe, expect, test } from "vitest";
import { grantFor } from "../core/policy.ts";
import type { Claims, Right } from "../ports/authenticator.ts";
import { levelOf, parseGrants } from "./grants.ts";
import { claimsWith, Gate, signerOf, Source, tokenOf, compact } from "./tokens.testkit.ts";

const ed = signerOf("EdDSA");
const gate = new Gate(new Source(ed));

/** Whether a token with these claims grants the name. */
async function isGranted(claims: object, name: string, right: Right = "sub"): Promise<boolean> {
  return isGrantedBy(await gate.claimsOf(tokenOf(ed, claims)), name, right);
}

function isGrantedBy(claims: Claims, name: string, right: Right = "sub"): boolean {
  return grantFor(claims, right, name as Pattern) !== undefined;
}

describe("W4", () => {
  const RIGHTS =
    "fanwire may hold sub, pub, presence, call, serve, queue, limits, and nothing else.";
  const QUEUE = "fanwire.queue may hold send, consume, manage, and nothing else.";
  const LIMITS =
    "fanwire.limits may hold publishPerSecond, publishBytesPerSecond, newTopicsPerSecond, connections, subscriptions, patterns, and nothing else.";
  const whole = (name: string, max: number): string =>
    `fanwire.limits.${name} must be a whole number from 1 to ${max}.`;

  test.each<[unknown, string]>([
    [null, "fanwire must be an object."],
    [true, "fanwire must be an object."],
    ["**", "fanwire must be an object."],
    [7, "fanwire must be an object."],
    [["a.**"], "fanwire must be an object."],
    [{ deny: [] }, RIGHTS],
    [{ sub: ["a"], read: ["a"] }, RIGHTS],
    [{ subscribe: ["a"] }, RIGHTS],
    [{ Sub: ["a"] }, RIGHTS],
    [{ "sub ": ["a"] }, RIGHTS],
    [{ "": ["a"] }, RIGHTS],
    [{ constructor: ["a"] }, RIGHTS],
    [{ toString: ["a"] }, RIGHTS],
    [{ "queue.send": ["a"] }, RIGHTS],
    [JSON.parse('{"__proto__":{"sub":["**"]}}'), RIGHTS],
    ...(["sub", "pub", "presence", "call", "serve"] as const).flatMap(
      (name): [unknown, string][] => [
        [{ [name]: "a.**" }, `fanwire.${name} must be a list of patterns.`],
        [{ [name]: null }, `fanwire.${name} must be a list of patterns.`],
        [{ [name]: true }, `fanwire.${name} must be a list of patterns.`],
        [{ [name]: { 0: "a" } }, `fanwire.${name} must be a list of patterns.`],
        [{ [name]: [1] }, `fanwire.${name}[0] must be a text.`],
        [{ [name]: ["a", null] }, `fanwire.${name}[1] must be a text.`],
        [{ [name]: [["a"]] }, `fanwire.${name}[0] must be a text.`],
        [{ [name]: ["a..b"] }, `fanwire.${name}[0] is no pattern: it has an empty level`],
      ],
    ),
    [{ sub: [""] }, "fanwire.sub[0] is no pattern: it has an empty level"],
    [{ sub: ["a", "a b"] }, 'fanwire.sub[1] is no pattern: " " may not stand in a level uncoded.'],
    [{ sub: ["a/#"] }, 'fanwire.sub[0] is no pattern: "/" may not stand'],
    [{ sub: ["**.a"] }, "fanwire.sub[0] is no pattern: ** may only be the last level."],
    [{ sub: ["a*"] }, "fanwire.sub[0] is no pattern"],
    [{ sub: ["a.b*.c"] }, "fanwire.sub[0] is no pattern"],
    [{ sub: ["a.%2a"] }, "fanwire.sub[0] is no pattern: % must be followed by"],
    [{ sub: ["a.b".repeat(100)] }, "fanwire.sub[0] is no pattern: it has"],
    [{ sub: ["a.".repeat(16) + "a"] }, "it has 17 levels and 16 are allowed."],
    [{ sub: ["user.{}"] }, 'fanwire.sub[0] is no pattern: "{" may not stand'],
    [{ sub: ["user.{sub"] }, 'fanwire.sub[0] is no pattern: "{" may not stand'],
    [{ sub: ["user.sub}"] }, 'fanwire.sub[0] is no pattern: "}" may not stand'],
    [{ sub: ["user.{{sub}}"] }, 'fanwire.sub[0] is no pattern: "{" may not stand'],
    [{ sub: ["user.x{sub}"] }, 'fanwire.sub[0] is no pattern: "{" may not stand'],
    [{ sub: ["user.{sub}x"] }, 'fanwire.sub[0] is no pattern: "{" may not stand'],
    [{ sub: ["user.{sub}{sub}"] }, 'fanwire.sub[0] is no pattern: "{" may not stand'],
    [{ sub: ["user.{ sub}"] }, 'fanwire.sub[0] is no pattern: "{" may not stand'],
    [{ sub: ["user.{1}"] }, 'fanwire.sub[0] is no pattern: "{" may not stand'],
    [{ sub: ["user.{a.b}"] }, 'fanwire.sub[0] is no pattern: "{" may not stand'],
    [{ sub: ["user.{*}"] }, 'fanwire.sub[0] is no pattern: "{" may not stand'],
    [{ sub: ["user.${sub}"] }, 'fanwire.sub[0] is no pattern: "{" may not stand'],
    [{ queue: null }, "fanwire.queue must be an object."],
    [{ queue: [] }, "fanwire.queue must be an object."],
    [{ queue: ["a"] }, "fanwire.queue must be an object."],
    [{ queue: "a" }, "fanwire.queue must be an object."],
    [{ queue: { take: ["a"] } }, QUEUE],
    [{ queue: { sub: ["a"] } }, QUEUE],
    [{ queue: { send: "a" } }, "fanwire.queue.send must be a list of patterns."],
    [{ queue: { consume: [1] } }, "fanwire.queue.consume[0] must be a text."],
    [{ queue: { manage: ["a."] } }, "fanwire.queue.manage[0] is no pattern"],
    [{ limits: null }, "fanwire.limits must be an object."],
    [{ limits: [] }, "fanwire.limits must be an object."],
    [{ limits: 5 }, "fanwire.limits must be an object."],
    [{ limits: { payloadBytesMax: 1 } }, LIMITS],
    [{ limits: { constructor: 1 } }, LIMITS],
    [{ limits: { publishPerSecond: 0 } }, whole("publishPerSecond", 1_000_000)],
    [{ limits: { publishPerSecond: -1 } }, whole("publishPerSecond", 1_000_000)],
    [{ limits: { publishPerSecond: 1.5 } }, whole("publishPerSecond", 1_000_000)],
    [{ limits: { publishPerSecond: "50" } }, whole("publishPerSecond", 1_000_000)],
    [{ limits: { publishPerSecond: null } }, whole("publishPerSecond", 1_000_000)],
    [{ limits: { publishPerSecond: 1_000_001 } }, whole("publishPerSecond", 1_000_000)],
    [{ limits: { publishBytesPerSecond: 2 ** 30 + 1 } }, whole("publishBytesPerSecond", 2 ** 30)],
    [{ limits: { newTopicsPerSecond: 1e300 } }, whole("newTopicsPerSecond", 1_000_000)],
    [{ limits: { connections: true } }, whole("connections", 1_000_000)],
    [{ limits: { subscriptions: [1] } }, whole("subscriptions", 1_000_000)],
    [{ limits: { patterns: 1_000_001 } }, whole("patterns", 1_000_000)],
  ])("W4 %j refuses the token", async (fanwire, sentence) => {
    const refused = await gate.refusalOf(
      compact({ alg: "EdDSA", kid: ed.kid }, claimsWith({ fanwire }), ed.sign),
    );
    expect(refused.name).toBe("unauthenticated");
    expect(refused.text).toContain(sentence);
    expect(refused.text).toMatch(/\.$/u);
  });

  test("W4 what is granted is what was written, right by right", async () => {
    const fanwire = {
      sub: ["a.*"],
      pub: ["b"],
      presence: ["c.**"],
      call: ["d"],
      serve: ["e"],
      queue: { send: ["f"], consume: ["g"], manage: ["h"] },
      limits: { publishPerSecond: 1_000_000, patterns: 1 },
    };
    const claims = await gate.claimsOf(tokenOf(ed, { fanwire }));
    expect(claims.grants.limits).toEqual({ publishPerSecond: 1_000_000, patterns: 1 });
    const names = {
      sub: "a.x",
      pub: "b",
      presence: "c.x.y",
      call: "d",
      serve: "e",
      "queue.send": "f",
      "queue.consume": "g",
      "queue.manage": "h",
    };
    for (const right of Object.keys(names) as Right[])
      for (const [of, name] of Object.entries(names))
        expect(isGrantedBy(claims, name, right), `${right} of ${name}`).toBe(of === right);
    expect(claims.grants.rights.sub).toEqual([{ text: "a.*", levels: ["a", "*"], isWild: true }]);
    expect(claims.grants.rights.pub).toEqual([{ text: "b", levels: ["b"], isWild: false }]);
  });

  test.each<[string, object]>([
    ["no claim", {}],
    ["a claim that is left empty", { fanwire: {} }],
    ["empty lists", { fanwire: { sub: [], pub: [], queue: {}, limits: {} } }],
  ])("W4 %s grants nothing", async (_, claims) => {
    const { grants, values } = await gate.claimsOf(tokenOf(ed, claims));
    expect(Object.values(grants.rights).flat()).toEqual([]);
    expect(Object.keys(grants.rights)).toHaveLength(8);
    expect(grants.limits).toEqual({});
    expect(values).toEqual([]);
  });
});

describe("W2", () => {
  const grant = { sub: ["user.{sub}.**"] };

  test("W2 a variable is one level, wherever it stands", async () => {
    const claims = { fanwire: { sub: ["{team}.{sub}", "a.{team}.**"] }, team: "red" };
    expect(await isGranted(claims, "red.ada")).toBe(true);
    expect(await isGranted(claims, "ada.red")).toBe(false);
    expect(await isGranted(claims, "red.bob")).toBe(false);
    expect(await isGranted(claims, "a.red.x.y")).toBe(true);
    expect(await isGranted(claims, "a.blue.x")).toBe(false);
    expect(await isGranted(claims, "a.{team}.x")).toBe(false);
  });

  test("W2 a claim that is used several times has one value", async () => {
    const fanwire = { sub: ["a.{sub}", "{sub}.{team}"], pub: ["{team}.{sub}"] };
    const { values } = await gate.claimsOf(tokenOf(ed, { fanwire, team: "red" }));
    expect(values).toEqual(["ada", "red"]);
  });

  test.each<[string, string]>([
    ["*", "%2A"],
    ["**", "%2A%2A"],
    ["a.b", "a%2Eb"],
    ["a.**", "a%2E%2A%2A"],
    [".", "%2E"],
    ["..", "%2E%2E"],
    ["a/b", "a%2Fb"],
    ["{sub}", "%7Bsub%7D"],
    ["%", "%25"],
    ["%2A", "%252A"],
    [" ", "%20"],
    ["a\0b", "a%00b"],
    ["a\nb", "a%0Ab"],
    ["$sys", "$sys"],
    ["ädä", "%C3%A4d%C3%A4"],
    ["a\u0308", "a%CC%88"],
    ["\u202Eada", "%E2%80%AEada"],
    ["😀", "%F0%9F%98%80"],
    ["__proto__", "__proto__"],
    ["constructor", "constructor"],
    ["ada@example.com", "ada@example%2Ecom"],
    ["https://login.example/ada", "https:%2F%2Flogin%2Eexample%2Fada"],
    ["a".repeat(128), "a".repeat(128)],
  ])("W2 sec/19 sub %j grants the level %s and nothing else", async (sub, level) => {
    const claims = { sub, fanwire: grant };
    expect(await isGranted(claims, `user.${level}.x`)).toBe(true);
    expect(await isGranted(claims, `user.${level}.**`)).toBe(true);
    for (const name of [
      "user.**",
      "user.*.x",
      "user.*.**",
      "user.a.b",
      "user.a.b.x",
      "user.a.x",
      "user.%.x",
      "user.x",
      "**",
      "$sys.hub",
      "$sys.**",
    ])
      expect(await isGranted(claims, name), name).toBe(false);
  });

  test.each<[string, unknown]>([
    ["missing", undefined],
    ["empty", ""],
    ["null", null],
    ["a number", 7],
    ["a number with a fraction", 1.5],
    ["true", true],
    ["a list", ["red"]],
    ["an object", { toString: "red" }],
    ["300 characters long", "r".repeat(300)],
    ["of 129 bytes", "r".repeat(129)],
    ["of 128 bytes that are longer as a level", "é".repeat(64)],
    ["half a letter", "\uD83D"],
    ["a text with half a letter", "red\uDE00"],
  ])(
    "W2 sec/19 a claim that is %s makes its grant allow nothing, and no other",
    async (_, team) => {
      const fanwire = { sub: ["t.{team}", "t.{team}.**", "{team}", "own.{sub}"] };
      const claims = await gate.claimsOf(tokenOf(ed, { fanwire, team }));
      expect(claims.values).toEqual([null, "ada"]);
      for (const name of [
        "t",
        "t.x",
        "t.%",
        "t.null",
        "t.undefined",
        "t.7",
        "t.true",
        "t.**",
        "t.*",
      ])
        expect(isGrantedBy(claims, name), name).toBe(false);
      for (const name of ["t.%EF%BF%BD", "t.red%EF%BF%BD", "t.red", "null", "%", "7"])
        expect(isGrantedBy(claims, name), name).toBe(false);
      expect(isGrantedBy(claims, "own.ada")).toBe(true);
    },
  );

  test.each(["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"])(
    "W2 sec/19 {%s} is a claim as any other: nothing when it is missing, and what it says when it is there",
    async (name) => {
      const fanwire = { sub: [`t.{${name}}.**`, `{${name}}`] };
      const missing = await gate.claimsOf(tokenOf(ed, { fanwire }));
      expect(missing.values).toEqual([null]);
      const payload = JSON.stringify(claimsWith({ fanwire })).replace("{", `{"${name}":"red",`);
      const there = await gate.claimsOf(compact({ alg: "EdDSA", kid: ed.kid }, payload, ed.sign));
      expect(there.values).toEqual(["red"]);
      expect(isGrantedBy(there, "t.red.x")).toBe(true);
      const nested = payload.replace('"red"', '{"toString":"red"}');
      const object = await gate.claimsOf(compact({ alg: "EdDSA", kid: ed.kid }, nested, ed.sign));
      expect(object.values).toEqual([null]);
      expect({}).not.toHaveProperty("red");
    },
  );

  test("W2 sec/22 a value never makes a topic of the hub's own", async () => {
    for (const sub of ["$sys", "$queue", "$presence", "$"]) {
      const claims = { sub, fanwire: { sub: ["{sub}.**", "{sub}"], pub: ["{sub}.**"] } };
      for (const name of [`${sub}.hub`, `${sub}.**`, sub, "**"])
        expect(await isGranted(claims, name), name).toBe(false);
    }
    expect(await isGranted({ fanwire: { sub: ["$sys.{sub}"] } }, "$sys.ada")).toBe(true);
  });

  test("W2 names of claims may have a namespace", async () => {
    const claims = { fanwire: { sub: ["{https://x/team}", "{a:b}", "{_a-b}"] } };
    const more = { "https://x/team": "red", "a:b": "green", "_a-b": "blue" };
    const { values } = await gate.claimsOf(tokenOf(ed, { ...claims, ...more }));
    expect(values).toEqual(["red", "green", "blue"]);
  });

  test("W2 two values are never one level", () => {
    const texts = ["a.b", "a%2Eb", "a%2eb", "ab", "AB", "ä", "a\u0308", "\uFFFD", " ", "%20", "+"];
    const levels = texts.map(levelOf);
    expect(new Set(levels).size).toBe(texts.length);
    expect(levelOf("\uD800")).toBeNull();
  });

  test("W2 a pattern is parsed once, its variables are those that it names", () => {
    expect(parseGrants({ sub: ["{a}.{b}", "{b}.{a}"], pub: ["x.{c}"] })).toMatchObject({
      variables: ["a", "b", "c"],
      grants: {
        rights: { sub: [{ levels: [0, 1] }, { levels: [1, 0] }], pub: [{ levels: ["x", 2] }] },
      },
    });
  });
});
