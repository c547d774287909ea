import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type TicketClaims, ticketClaims } from "./ticket-claims.ts";

const NOW = 1_800_000_000;
const DAY_MS = 86_400_000;
const of = (claims: object, ageMaxMs = DAY_MS) =>
  ticketClaims(claims as TicketClaims, "fanwire", ageMaxMs);

describe("J10", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: NOW * 1000 + 999 }));
  afterEach(() => void vi.useRealTimers());

  test("J10 a ticket needs a subject alone, and lets in for an hour", () => {
    const claims = of({ sub: "ada" });
    expect(claims).toMatchObject({
      issuer: "fanwire",
      subject: "ada",
      tokenId: null,
      keyId: null,
      issuedAt: NOW * 1000,
      expiresAt: (NOW + 3600) * 1000,
      values: [],
    });
    expect(Object.values(claims.grants.rights).flat()).toEqual([]);
  });

  test("J10 it lets in no longer than a token may", () => {
    expect(of({ sub: "ada" }, 60_500).expiresAt).toBe((NOW + 60) * 1000);
    expect(of({ sub: "ada", exp: NOW + 60 }, 60_500).expiresAt).toBe((NOW + 60) * 1000);
    expect(() => of({ sub: "ada", exp: NOW + 61 }, 60_500)).toThrow(
      "A ticket lives 61 s, and at most 60.5 s are allowed.",
    );
  });

  test("J10 it carries rights, an id and the values of its claims, as a token does", () => {
    const fanwire = { sub: ["user.{sub}.**", "team.{team}"], limits: { connections: 3 } };
    expect(of({ sub: "a.b", jti: "t1", team: "red", fanwire })).toMatchObject({
      subject: "a.b",
      tokenId: "t1",
      grants: { limits: { connections: 3 } },
      values: ["a%2Eb", "red"],
    });
  });

  test("J10 nobody says when it was made, or by whom", () => {
    const said = { sub: "ada", iat: NOW - 5000, iss: "evil", aud: "evil", keyId: "k" };
    expect(of(said)).toMatchObject({ issuer: "fanwire", issuedAt: NOW * 1000, keyId: null });
  });

  test.each<[object, string]>([
    [{}, "A ticket needs sub, a text of 1 to 128 bytes."],
    [{ sub: "" }, "A ticket needs sub, a text of 1 to 128 bytes."],
    [{ sub: 7 }, "A ticket needs sub, a text of 1 to 128 bytes."],
    [{ sub: "a".repeat(129) }, "A ticket needs sub, a text of 1 to 128 bytes."],
    [{ sub: "ada", jti: "" }, "A ticket needs jti, a text of 1 to 128 bytes."],
    [{ sub: "ada", exp: NOW }, "A ticket expires before it was issued."],
    [{ sub: "ada", exp: NOW + 0.5 }, "A ticket needs exp, in whole seconds since 1970."],
    [{ sub: "ada", exp: (NOW + 60) * 1000 }, "A ticket needs exp, in whole seconds since 1970."],
    [{ sub: "ada", exp: "soon" }, "A ticket needs exp, in whole seconds since 1970."],
    [{ sub: "ada", exp: NOW + 86_401 }, "A ticket lives 86401 s, and at most 86400 s are allowed."],
    [{ sub: "ada", nbf: NOW + 2 }, "A ticket is not good yet (nbf)."],
    [
      { sub: "ada", fanwire: { read: ["a"] } },
      "fanwire may hold sub, pub, presence, call, serve, queue, limits, and nothing else.",
    ],
    [{ sub: "ada", fanwire: "**" }, "fanwire must be an object."],
    [
      { sub: "ada", fanwire: { sub: ["a..b"] } },
      "fanwire.sub[0] is no pattern: it has an empty level",
    ],
  ])("J10 no ticket is made of %j", (claims, sentence) => {
    expect(() => of(claims)).toThrow(TypeError);
    expect(() => of(claims)).toThrow(sentence);
  });
});
