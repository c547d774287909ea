import { inspect } from "node:util";
import { describe, expect, test, vi } from "vitest";
import { FixedKeys } from "./key-files.ts";
import { KeysUnavailable, type KeySource } from "./key-set.ts";
import { Gate, now, part, signerOf, Source, tokenOf } from "./tokens.testkit.ts";

const hs = signerOf("HS256");
const ed = signerOf("EdDSA");

/** Tokens that differ in their id alone. */
const tokens = (count: number, signer = hs): string[] =>
  Array.from({ length: count }, (_, i) => tokenOf(signer, { jti: `t${i}` }));

/** Verifications that wait until the test lets them go on. */
function held() {
  const verify = crypto.subtle.verify.bind(crypto.subtle);
  const waiting: (() => void)[] = [];
  const state = { begun: 0, running: 0, most: 0 };
  const spy = vi.spyOn(crypto.subtle, "verify").mockImplementation(async (...args) => {
    state.begun++;
    state.running++;
    state.most = Math.max(state.most, state.running);
    await new Promise<void>((resolve) => waiting.push(resolve));
    state.running--;
    return verify(...args);
  });
  return {
    state,
    /** Lets one go on; the first that came. */
    release: () => waiting.shift()!(),
    /** Lets all go on, also those that come later. */
    async releaseAll(done: Promise<unknown>): Promise<void> {
      const end = { isReached: false };
      void done.finally(() => (end.isReached = true));
      while (!end.isReached) {
        waiting.shift()?.();
        await new Promise(setImmediate);
      }
    },
    [Symbol.dispose]: () => spy.mockRestore(),
  };
}

describe("J11", () => {
  test("J11 sec/55 eight tokens are verified at a time, the others wait for their turn", async () => {
    using verifications = held();
    const { state } = verifications;
    const gate = new Gate(new Source(hs));
    const answers = Promise.all(tokens(40).map((token) => gate.verify(token)));
    await expect.poll(() => state.begun).toBe(8);
    verifications.release();
    verifications.release();
    await expect.poll(() => state.begun).toBe(10);
    await verifications.releaseAll(answers);
    expect(state).toEqual({ begun: 40, running: 0, most: 8 });
    expect((await answers).filter((answer) => "text" in answer)).toEqual([]);
    const more = Promise.all(tokens(80).map((token) => gate.verify(token)));
    await verifications.releaseAll(more);
    expect(state).toEqual({ begun: 80, running: 0, most: 8 });
  });

  test("J11 one that is not good makes room as well", async () => {
    using verifications = held();
    const gate = new Gate(new Source(hs));
    const forged = tokens(30, { ...signerOf("HS256"), kid: hs.kid });
    const answers = Promise.all([...forged, ...tokens(10)].map((token) => gate.verify(token)));
    await verifications.releaseAll(answers);
    expect(verifications.state).toEqual({ begun: 40, running: 0, most: 8 });
    expect((await answers).map((answer) => "text" in answer)).toEqual([
      ...Array.from({ length: 30 }, () => true),
      ...Array.from({ length: 10 }, () => false),
    ]);
  });

  test("J11 sec/55 what no key can be of is refused without a turn, while all are taken", async () => {
    using verifications = held();
    const { state } = verifications;
    const gate = new Gate(new Source(hs));
    const answers = Promise.all(tokens(8).map((token) => gate.verify(token)));
    await expect.poll(() => state.begun).toBe(8);
    for (let i = 0; i < 5000; i++) {
      const { name } = await gate.refusalOf(tokenOf(hs, {}, { kid: `k${i}` }));
      if (name !== "unauthenticated") expect.unreachable(name);
    }
    expect(await gate.refusalOf("x".repeat(5000))).toMatchObject({ name: "unauthenticated" });
    expect(state.begun).toBe(8);
    await verifications.releaseAll(answers);
  });

  test("J11 a token that comes several times at once is verified once", async () => {
    using verifications = held();
    const source = new Source(hs);
    const gate = new Gate(source);
    const [token] = tokens(1) as [string];
    const answers = Promise.all(Array.from({ length: 100 }, () => gate.verify(token)));
    await verifications.releaseAll(answers);
    expect(verifications.state.begun).toBe(1);
    expect(source.lookups).toBe(1);
    expect(new Set(await answers).size).toBe(1);
  });

  test("J11 a token that was found good is remembered, and one that was not is looked at again", async () => {
    const source = new Source(hs);
    const gate = new Gate(source);
    const [token] = tokens(1) as [string];
    const claims = await gate.claimsOf(token);
    for (let i = 0; i < 5; i++) expect(await gate.claimsOf(token)).toBe(claims);
    expect(source.lookups).toBe(1);
    const forged = tokenOf({ ...signerOf("HS256"), kid: hs.kid });
    await gate.refusalOf(forged);
    await gate.refusalOf(forged);
    expect(source.lookups).toBe(3);
  });

  test("J11 what differs in one letter is another token", async () => {
    const gate = new Gate(new Source(hs));
    const [token] = tokens(1) as [string];
    await gate.claimsOf(token);
    const [header, , signature] = token.split(".");
    const payload = Buffer.from(token.split(".")[1]!, "base64url").toString();
    const root = part(payload.replace('"ada"', '"bda"'));
    expect(await gate.refusalOf(`${header}.${root}.${signature}`)).toMatchObject({
      text: "The token's signature is not good.",
    });
  });

  test("J11 it is not remembered longer than it is good", async () => {
    const source = new Source(hs);
    const gate = new Gate(source, { toleranceMs: 0 });
    const token = tokenOf(hs, { exp: now + 60 });
    await gate.claimsOf(token);
    gate.time += 59_999;
    await gate.claimsOf(token);
    expect(source.lookups).toBe(1);
    gate.time++;
    expect(await gate.refusalOf(token)).toMatchObject({ name: "token-expired" });
  });

  test("J11 10,000 are remembered; one more, and the one that was not seen longest is forgotten", async () => {
    const source = new Source(hs);
    const gate = new Gate(source);
    const all = tokens(10_001);
    const [first, second] = all as [string, string];
    for (const token of all.slice(0, 10_000)) await gate.claimsOf(token);
    await gate.claimsOf(first);
    await gate.claimsOf(second);
    expect(source.lookups).toBe(10_000);
    await gate.claimsOf(first);
    await gate.claimsOf(all[10_000]!); // the third goes
    expect(source.lookups).toBe(10_001);
    await gate.claimsOf(first);
    await gate.claimsOf(second);
    await gate.claimsOf(all[3]!);
    expect(source.lookups).toBe(10_001);
    await gate.claimsOf(all[2]!);
    expect(source.lookups).toBe(10_002);
  });

  test("J13 who prints what verifies tokens sees neither a token nor a key", async () => {
    const gate = new Gate(new FixedKeys([hs.jwk]));
    const token = tokenOf(hs, { jti: "1" });
    await gate.claimsOf(token);
    const seen = inspect(gate, { depth: null, showHidden: true });
    expect(seen).not.toContain(hs.jwk.k);
    for (const piece of token.split(".")) expect(seen).not.toContain(piece);
  });
});

describe("J5", () => {
  test("J5 a token of a key that is gone is not good from then on, though it was remembered", async () => {
    const source = new Source(hs, ed);
    const gate = new Gate(source);
    const [gone, stays] = [tokenOf(hs), tokenOf(ed)];
    await gate.claimsOf(gone);
    await gate.claimsOf(stays);
    source.keys = new Source(ed).keys;
    expect(await gate.refusalOf(gone)).toMatchObject({
      name: "unauthenticated",
      text: "The token is signed by no key of its issuer.",
    });
    await gate.claimsOf(stays);
  });

  test("J5 a key of the same name in its place does not make its tokens good", async () => {
    const source = new Source(ed);
    const gate = new Gate(source);
    const token = tokenOf(ed);
    await gate.claimsOf(token);
    const fresh = signerOf("EdDSA", ed.kid);
    source.keys = new Source(fresh).keys;
    expect(await gate.refusalOf(token)).toMatchObject({
      text: "The token's signature is not good.",
    });
    await gate.claimsOf(tokenOf(fresh));
  });
});

describe("J1", () => {
  const failing = (reason: Error): KeySource => ({
    find: () => Promise.reject(reason),
    has: () => false,
  });

  test("J1 a token that cannot be verified at the moment is refused for now, with a time to come back", async () => {
    const gate = new Gate(failing(new KeysUnavailable()));
    expect(await gate.refusalOf(tokenOf(ed))).toEqual({
      name: "internal",
      text: "The keys of the token's issuer cannot be had at the moment; try again.",
      retryAfterMs: 5000,
    });
  });

  test("J1 a fault of the hub's own is told as one, and not in its words", async () => {
    const gate = new Gate(failing(new Error("secret=hunter2")));
    expect(await gate.refusalOf(tokenOf(ed))).toEqual({
      name: "internal",
      text: "The token could not be verified; try again.",
      retryAfterMs: 1000,
    });
  });

  test("J1 keys that come back verify the token that they could not before", async () => {
    const source = new Source(ed);
    let isDown = true;
    const flaky: KeySource = {
      find: (id, algorithm) =>
        isDown ? Promise.reject(new KeysUnavailable()) : source.find(id, algorithm),
      has: (key) => source.has(key),
    };
    const gate = new Gate(flaky);
    const token = tokenOf(ed);
    expect(await gate.refusalOf(token)).toMatchObject({ name: "internal" });
    isDown = false;
    expect(await gate.claimsOf(token)).toMatchObject({ subject: "ada" });
  });

  test("J1 an expired token is told apart from one that is not good, and only when it is signed", async () => {
    const gate = new Gate(new Source(ed));
    const old = { iat: now - 100, exp: now - 50 };
    expect(await gate.refusalOf(tokenOf(ed, old))).toEqual({
      name: "token-expired",
      text: "The token has expired; fetch a fresh one.",
      retryAfterMs: null,
    });
    expect(await gate.refusalOf(tokenOf({ ...signerOf("EdDSA"), kid: ed.kid }, old))).toMatchObject(
      { name: "unauthenticated" },
    );
    expect(await gate.refusalOf(tokenOf(ed, { ...old, aud: "shop" }))).toMatchObject({
      name: "unauthenticated",
    });
  });
});
