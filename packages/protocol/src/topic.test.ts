import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  codeLevel,
  covers,
  decodeLevel,
  hasWildcard,
  isHubOwned,
  isPattern,
  isTopic,
  type Pattern,
  patternFault,
  topicFault,
} from "./topic.ts";

const LITERAL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_~:@=,;!()$-|";

describe("T1", () => {
  test("T1 every literal character may stand in a level", () => {
    expect(isTopic(LITERAL)).toBe(true);
    expect(isTopic("prices.EUR_USD.bid")).toBe(true);
  });

  test("T1 a lone % is the empty level", () => {
    expect(isTopic("a.%.b")).toBe(true);
    expect(topicFault("a.%%.b")).toContain("two upper-case hex digits");
  });

  test.each(["", ".", "a.", ".a", "a..b"])("T1 %j has an empty level", (name) => {
    expect(topicFault(name)).toContain("empty level");
  });

  test.each(["a b", "a/b", "é", "a\n", "a.#", "a+", "\u0000", "a'"])(
    "T1 %j has a character that must be coded",
    (name) => {
      expect(topicFault(name)).toContain("may not stand in a level uncoded");
    },
  );

  test("T1 every ASCII character outside the list is refused", () => {
    const allowed = Array.from({ length: 128 }, (_, c) => String.fromCharCode(c)).filter((c) =>
      isTopic(`x${c}x`),
    );
    expect(allowed.join("")).toBe(`${LITERAL}.`.split("").toSorted().join(""));
  });
});

describe("T2", () => {
  test("T2 bytes that may not stand literally are coded by two upper-case hex digits", () => {
    expect(isTopic("a%20b.%2F.%C3%A9.%2E.%25.%2A")).toBe(true);
  });

  test.each(["a%2fb", "%4", "%zz", "a%", "%G0"])("T2 %j is not a coded byte", (name) => {
    expect(isTopic(name)).toBe(false);
  });

  test("T2 a byte that may stand literally is never coded", () => {
    for (const c of LITERAL) {
      const coded = `%${c.charCodeAt(0).toString(16).toUpperCase()}`;
      expect(isTopic(coded), coded).toBe(false);
    }
  });
});

describe("T3", () => {
  const levels = (count: number): string => Array.from({ length: count }, () => "a").join(".");

  test("T3 a topic of 16 levels stands, one of 17 does not", () => {
    expect(isTopic(levels(16))).toBe(true);
    expect(topicFault(levels(17))).toBe("it has 17 levels and 16 are allowed");
    expect(isPattern(`${levels(15)}.**`)).toBe(true);
    expect(isPattern(`${levels(16)}.**`)).toBe(false);
  });

  test("T3 a topic of 255 bytes stands, one of 256 does not", () => {
    const name = `${"a".repeat(127)}.${"b".repeat(127)}`;
    expect(name).toHaveLength(255);
    expect(isTopic(name)).toBe(true);
    expect(topicFault(`${name}.`.replace(/\.$/u, "b"))).toBe(
      "it is 256 bytes long and 255 are allowed",
    );
  });

  test("T3 a level of 128 bytes stands, one of 129 does not", () => {
    expect(isTopic("a".repeat(128))).toBe(true);
    expect(topicFault("a".repeat(129))).toBe("a level is 129 bytes long and 128 are allowed");
  });

  test("T3 the hub's own first level is not counted", () => {
    expect(isTopic(`$presence.${levels(16)}`)).toBe(true);
    expect(isTopic(`$presence.${levels(17)}`)).toBe(false);
    expect(isTopic(`$presence.${"a".repeat(127)}.${"b".repeat(127)}`)).toBe(true);
    expect(isTopic(`$presence.${"a".repeat(127)}.${"b".repeat(128)}`)).toBe(false);
  });

  test("T3 a first level that begins with $ is the hub's own", () => {
    expect(isHubOwned("$sys.hub")).toBe(true);
    expect(isHubOwned("a.$sys")).toBe(false);
  });
});

describe("T4", () => {
  test("T4 * stands for one level and ** for a last one", () => {
    for (const p of ["*", "**", "a.*", "a.*.b", "a.**", "*.*.**", "a.b"])
      expect(isPattern(p), p).toBe(true);
    expect(patternFault("a.**.b")).toBe("** may only be the last level");
    expect(patternFault("a*")).toContain("may not stand");
    expect(patternFault("*a")).toBe("* must be a whole level");
    expect(patternFault("a.***")).toBe("* must be a whole level");
    expect(topicFault("a.*")).toBe("a topic has no wildcards");
  });

  test("T4 a pattern without wildcards is the topic", () => {
    expect(hasWildcard("a.b")).toBe(false);
    expect(hasWildcard("a.*")).toBe(true);
  });

  test.each([
    ["a.**", "a", true],
    ["a.**", "a.b.c", true],
    ["a.**", "ab", false],
    ["a.*", "a", false],
    ["a.*", "a.b", true],
    ["a.*", "a.b.c", false],
    ["*", "a", true],
    ["**", "a", true],
    ["**", "a.b", true],
    ["*.*", "a", false],
    ["a.%", "a.%", true],
    ["a.*", "a.%", true],
  ])("T4 whether %s matches %s is %s", (pattern, topic, matches) => {
    expect(covers(pattern as Pattern, topic as Pattern)).toBe(matches);
  });
});

describe("T5", () => {
  test("T5 a wildcard never matches a first level of the hub's own", () => {
    expect(covers("**" as Pattern, "$sys.hub" as Pattern)).toBe(false);
    expect(covers("*.hub" as Pattern, "$sys.hub" as Pattern)).toBe(false);
    expect(covers("$sys.**" as Pattern, "$sys.hub" as Pattern)).toBe(true);
    expect(covers("a.*" as Pattern, "a.$b" as Pattern)).toBe(true);
  });
});

describe("T6", () => {
  const topics: string[] = [];
  for (const a of ["a", "b", "$s"])
    for (const b of ["", ".a", ".b"])
      for (const c of b === "" ? [""] : ["", ".a", ".b"]) topics.push(a + b + c);
  const patterns: string[] = [];
  const level = ["a", "*"];
  for (const a of [...level, "$s", "**"]) {
    patterns.push(a);
    if (a === "**") continue;
    for (const b of [...level, "**"]) {
      patterns.push(`${a}.${b}`);
      if (b !== "**") for (const c of [...level, "**"]) patterns.push(`${a}.${b}.${c}`);
    }
  }
  // four levels below every prefix stand for "arbitrarily deep" in a world of patterns of three levels
  const deep = [...topics, ...topics.map((t) => `${t}.b`), ...topics.map((t) => `${t}.b.b`)];
  const matched = (p: string): Set<string> =>
    new Set(deep.filter((t) => matches(p.split("."), t.split("."))));

  test("T6 covers(a, b) is true exactly when every topic that b matches is matched by a", () => {
    for (const a of patterns)
      for (const b of patterns) {
        const wide = matched(a);
        const expected = [...matched(b)].every((t) => wide.has(t));
        expect(covers(a as Pattern, b as Pattern), `covers(${a}, ${b})`).toBe(expected);
      }
  });

  /** The definition, written another way. */
  function matches(pattern: string[], topic: string[]): boolean {
    if (topic[0]?.startsWith("$") === true && pattern[0]?.startsWith("*") === true) return false;
    const [p, ...restOfPattern] = pattern;
    const [t, ...restOfTopic] = topic;
    if (p === "**") return true;
    if (p === undefined || t === undefined) return p === t;
    return (p === "*" || p === t) && matches(restOfPattern, restOfTopic);
  }
});

describe("T7", () => {
  test("T7 any text can be one level and comes back", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 10 }), (text) => {
        const level = codeLevel(text);
        fc.pre(level.length <= 128);
        expect(isTopic(level)).toBe(true);
        expect(decodeLevel(level)).toBe(Buffer.from(text).toString());
      }),
    );
  });

  test("T7 text cannot add a level or a wildcard", () => {
    expect(codeLevel("a.b")).toBe("a%2Eb");
    expect(codeLevel("**")).toBe("%2A%2A");
    expect(codeLevel("")).toBe("%");
    expect(codeLevel("%")).toBe("%25");
    expect(codeLevel("Zürich")).toBe("Z%C3%BCrich");
  });
});
