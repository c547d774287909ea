import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { KeysUnavailable } from "./key-set.ts";
import { type Fetch, RemoteKeys } from "./remote-keys.ts";
import { Gate, now, type Signer, signerOf, tokenOf } from "./tokens.testkit.ts";

const URL_OF_KEYS = new URL("https://login.example/keys.json");
const [ed, es, rs, hs] = [
  signerOf("EdDSA"),
  signerOf("ES256"),
  signerOf("RS256"),
  signerOf("HS256"),
];

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** What answers for the issuer, in good and in bad faith. */
type Answer = (response: ServerResponse, request: IncomingMessage) => void;

let answer: Answer;
let requests: IncomingMessage[] = [];
const server = createServer((request, response) => {
  requests.push(request);
  answer(response, request);
});
beforeAll(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
afterEach(() => {
  requests = [];
  vi.restoreAllMocks();
  vi.useRealTimers();
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** The issuer's host is this machine; everything else is as it is for any host. */
const here: Fetch = (url, init) => {
  const { port } = server.address() as AddressInfo;
  return fetch(new URL(url.pathname, `http://127.0.0.1:${port}`), init);
};

const setOf = (...signers: Signer[]): string =>
  JSON.stringify({ keys: signers.map(({ jwk }) => jwk) });
const send =
  (body: string, status = 200, headers: Record<string, string> = {}): Answer =>
  (response) =>
    response.writeHead(status, headers).end(body);
const down: Answer = (response) => response.destroy();

/** The keys of the issuer, at a time that the test moves. */
class Issuer {
  time: number = now * 1000;
  readonly failures: string[] = [];
  readonly keys: RemoteKeys;

  constructor(fetchKeys: Fetch = here) {
    this.keys = new RemoteKeys(
      URL_OF_KEYS,
      (sentence) => this.failures.push(sentence),
      fetchKeys,
      () => this.time,
    );
  }

  /** Whether a key of this name is found. */
  async has(name: string): Promise<boolean> {
    return (await this.keys.find(name, name)) !== undefined;
  }
}

const WHY = "The keys of https://login.example could not be fetched: ";

/** Asks for a key, of which nothing can be had. */
async function failureOf(issuer: Issuer): Promise<string> {
  await expect(issuer.keys.find("EdDSA", "EdDSA")).rejects.toThrow(KeysUnavailable);
  expect(issuer.failures).toHaveLength(1);
  expect(issuer.failures[0]!.startsWith(WHY)).toBe(true);
  return issuer.failures[0]!.slice(WHY.length);
}

describe("J6", () => {
  test("J6 tokens are verified by what the issuer publishes, which is asked for when the first token comes", async () => {
    answer = send(setOf(ed, es));
    const issuer = new Issuer();
    expect(requests).toHaveLength(0);
    const gate = new Gate(issuer.keys);
    await gate.claimsOf(tokenOf(ed));
    await gate.claimsOf(tokenOf(es));
    expect(await gate.refusalOf(tokenOf(rs))).toMatchObject({ name: "unauthenticated" });
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({ method: "GET", url: "/keys.json" });
    expect(requests[0]!.headers.accept).toContain("application/jwk-set+json");
    expect(requests[0]!.headers).not.toHaveProperty("authorization");
    expect(issuer.failures).toEqual([]);
  });

  test("J6 keys that are not for signatures are ignored, as are secrets and private keys that everybody can read", async () => {
    const enc = { ...rs.jwk, kid: "enc", use: "enc" };
    answer = send(JSON.stringify({ keys: [enc, hs.jwk, es.privateJwk, ed.jwk, { kty: "XYZ" }] }));
    const gate = new Gate(new Issuer().keys);
    await gate.claimsOf(tokenOf(ed));
    for (const token of [tokenOf(hs), tokenOf(es), tokenOf({ ...rs, kid: "enc" })])
      expect(await gate.refusalOf(token)).toMatchObject({
        name: "unauthenticated",
        text: "The token is signed by no key of its issuer.",
      });
  });

  test("J6 sec/9 many tokens at once cause one request", async () => {
    const waiting: ServerResponse[] = [];
    answer = (response) => waiting.push(response);
    const issuer = new Issuer();
    const found = Promise.all(Array.from({ length: 500 }, () => issuer.has("EdDSA")));
    await expect.poll(() => waiting.length).toBe(1);
    waiting[0]!.end(setOf(ed));
    expect(new Set(await found)).toEqual(new Set([true]));
    expect(requests).toHaveLength(1);
  });

  test("J6 sec/9 10,000 tokens with names of their own cause one request in half a minute", async () => {
    answer = send(setOf(ed));
    const issuer = new Issuer();
    const gate = new Gate(issuer.keys);
    await gate.claimsOf(tokenOf(ed));
    issuer.time += 30 * SECOND;
    for (let i = 0; i < 10_000; i++)
      if (await issuer.has(randomUUID())) expect.unreachable("A name that nobody has.");
    expect(requests).toHaveLength(2);
    await gate.claimsOf(tokenOf(ed, { jti: "2" }));
    issuer.time += 29_999;
    expect(await issuer.has("ES256")).toBe(false);
    expect(requests).toHaveLength(2);
    issuer.time++;
    expect(await issuer.has("ES256")).toBe(false);
    expect(requests).toHaveLength(3);
  });

  test("J6 a key of an unknown name is found once the issuer publishes it", async () => {
    answer = send(setOf(ed));
    const issuer = new Issuer();
    const gate = new Gate(issuer.keys);
    await gate.claimsOf(tokenOf(ed));
    answer = send(setOf(ed, es));
    expect(await gate.refusalOf(tokenOf(es))).toMatchObject({ name: "unauthenticated" });
    issuer.time += 30 * SECOND;
    await gate.claimsOf(tokenOf(es));
    await gate.claimsOf(tokenOf(ed));
  });

  test("J6 keys are asked for again after 10 min, and those that are gone are no longer good", async () => {
    answer = send(setOf(ed, es));
    const issuer = new Issuer();
    const gate = new Gate(issuer.keys);
    const [stays, goes] = [tokenOf(ed), tokenOf(es)];
    await gate.claimsOf(stays);
    await gate.claimsOf(goes);
    const key = await issuer.keys.find("EdDSA", "EdDSA");
    answer = send(setOf(ed, rs));
    issuer.time += 10 * MINUTE;
    await issuer.has("EdDSA");
    expect(requests).toHaveLength(1);
    issuer.time++;
    await gate.claimsOf(tokenOf(ed, { jti: "2" }));
    expect(requests).toHaveLength(2);
    expect(await gate.refusalOf(goes)).toMatchObject({ name: "unauthenticated" });
    await gate.claimsOf(tokenOf(rs));
    await gate.claimsOf(stays);
    expect(await issuer.keys.find("EdDSA", "EdDSA")).toBe(key);
  });

  test("J6 sec/9 while the issuer is down for an hour, logins go on", async () => {
    answer = send(setOf(ed));
    const issuer = new Issuer();
    const gate = new Gate(issuer.keys);
    await gate.claimsOf(tokenOf(ed));
    answer = down;
    for (let minute = 1; minute <= 60; minute++) {
      issuer.time += MINUTE;
      await gate.claimsOf(tokenOf(ed, { jti: `t${minute}` }));
    }
    expect(issuer.failures).toHaveLength(50);
    answer = send(setOf(ed, es));
    issuer.time += MINUTE;
    await gate.claimsOf(tokenOf(es));
    expect(issuer.failures).toHaveLength(50);
  });

  test("J6 the last keys hold for 24 hours, also for tokens that are remembered, and come back with the issuer", async () => {
    answer = send(setOf(ed));
    const issuer = new Issuer();
    const gate = new Gate(issuer.keys);
    const token = tokenOf(ed);
    await gate.claimsOf(token);
    answer = down;
    issuer.time += 24 * HOUR;
    await gate.claimsOf(token);
    await gate.claimsOf(tokenOf(ed, { jti: "2" }));
    issuer.time++;
    for (const one of [token, tokenOf(ed, { jti: "3" }), tokenOf(es)])
      expect(await gate.refusalOf(one)).toMatchObject({ name: "internal", retryAfterMs: 5000 });
    answer = send(setOf(ed));
    issuer.time += 30 * SECOND;
    await gate.claimsOf(token);
  });

  test("J6 an issuer that is down from the start is asked every half minute, until it answers", async () => {
    answer = down;
    const issuer = new Issuer();
    const gate = new Gate(issuer.keys);
    for (let i = 0; i < 60; i++) {
      expect(await gate.refusalOf(tokenOf(ed))).toMatchObject({ name: "internal" });
      issuer.time += SECOND;
    }
    expect(requests).toHaveLength(2);
    answer = send(setOf(ed));
    await gate.claimsOf(tokenOf(ed));
  });

  test("J6 a bad answer does not replace keys that were good", async () => {
    answer = send(setOf(ed));
    const issuer = new Issuer();
    await issuer.has("EdDSA");
    for (const body of ["", "{}", '{"keys":7}', "<html>", setOf(ed).slice(0, -1)]) {
      answer = send(body);
      issuer.time += 11 * MINUTE;
      expect(await issuer.has("EdDSA")).toBe(true);
    }
    expect(issuer.failures).toHaveLength(5);
    answer = send('{"keys":[]}');
    issuer.time += 11 * MINUTE;
    expect(await issuer.has("EdDSA")).toBe(false);
  });

  test("J6 a clock that is set back does not keep fresh keys away", async () => {
    vi.useFakeTimers({ toFake: ["Date", "performance"] });
    answer = send(setOf(ed));
    const keys = new RemoteKeys(URL_OF_KEYS, () => {}, here);
    expect(await keys.find("EdDSA", "EdDSA")).toBeDefined();
    answer = send(setOf(ed, es));
    vi.setSystemTime(Date.now() - 24 * HOUR);
    vi.advanceTimersByTime(30 * SECOND);
    expect(await keys.find("ES256", "ES256")).toBeDefined();
  });
});

describe("sec/8", () => {
  test("sec/8 nothing of a token says where keys come from", async () => {
    answer = send(setOf(ed));
    const fetched = vi.fn(here);
    const issuer = new Issuer(fetched);
    const gate = new Gate(issuer.keys);
    for (const [claims, header] of [
      [{ iss: "http://169.254.169.254/latest/meta-data" }, {}],
      [{ iss: "https://evil.example" }, {}],
      [{ aud: "https://evil.example" }, {}],
      [{}, { jku: "https://evil.example/keys.json" }],
      [{}, { x5u: "https://evil.example/keys.pem" }],
      [{}, { kid: "https://evil.example/keys.json" }],
      [{}, { kid: "../../admin/keys.json" }],
    ]) {
      issuer.time += MINUTE;
      await gate.refusalOf(tokenOf(ed, claims, header));
    }
    expect(fetched).toHaveBeenCalled();
    for (const [url] of fetched.mock.calls) expect(url.href).toBe(URL_OF_KEYS.href);
    for (const { url } of requests) expect(url).toBe("/keys.json");
  });

  test.each([301, 302, 303, 307, 308])("sec/8 a redirect (%i) is not followed", async (status) => {
    answer = (response, { url }) =>
      url === "/keys.json"
        ? response.writeHead(status, { Location: "/others.json" }).end()
        : response.end(setOf(ed));
    expect(await failureOf(new Issuer())).toBe(`it answered ${status}, not 200.`);
    expect(requests.map(({ url }) => url)).toEqual(["/keys.json"]);
  });

  test.each([201, 203, 206, 400, 401, 403, 404, 429, 500, 503])(
    "sec/8 the status %i is no answer, whatever comes with it",
    async (status) => {
      answer = send(setOf(ed), status);
      expect(await failureOf(new Issuer())).toBe(`it answered ${status}, not 200.`);
    },
  );

  test("sec/8 an answer of 65,536 bytes is read, one of 65,537 is not", async () => {
    const padded = (bytes: number): string => setOf(ed).padEnd(bytes);
    answer = send(padded(65_536));
    expect(await new Issuer().has("EdDSA")).toBe(true);
    answer = send(padded(65_537));
    expect(await failureOf(new Issuer())).toBe("it answered with more than 65536 bytes.");
  });

  test("sec/8 an answer without end is cut off, and the connection with it", async () => {
    let [sent, isOver] = [0, false];
    answer = (response) => {
      response.on("close", () => (isOver = true));
      const chunk = Buffer.alloc(65_536, " ");
      const pour = (): void => {
        while (!response.destroyed && sent < 1_073_741_824) {
          sent += chunk.length;
          if (!response.write(chunk)) return;
        }
      };
      response.on("drain", pour);
      pour();
    };
    expect(await failureOf(new Issuer())).toBe("it answered with more than 65536 bytes.");
    await expect.poll(() => isOver).toBe(true);
    expect(sent).toBeLessThan(1_073_741_824);
  });

  test("sec/8 an answer is as long as what it unpacks to", async () => {
    const packed = gzipSync(setOf(ed).padEnd(50_000_000));
    expect(packed.length).toBeLessThan(65_536);
    answer = (response) => response.writeHead(200, { "Content-Encoding": "gzip" }).end(packed);
    expect(await failureOf(new Issuer())).toBe("it answered with more than 65536 bytes.");
  });

  const head: Answer = (response) => response.flushHeaders();
  const half: Answer = (response) => response.write(setOf(ed).slice(0, 40));
  test.each<[string, Answer, boolean]>([
    ["that never comes", () => {}, false],
    ["that stops after its head", head, true],
    ["that stops in the middle", half, true],
  ])("sec/8 an answer %s is waited for no longer than 5 s", async (_, stall, hasBegun) => {
    const timeout = new AbortController();
    const up = (): void => timeout.abort(new DOMException("It took too long.", "TimeoutError"));
    const asked = vi.spyOn(AbortSignal, "timeout").mockReturnValue(timeout.signal);
    answer = (response, request) => {
      stall(response, request);
      if (!hasBegun) up();
    };
    const issuer = new Issuer(async (url, init) => {
      const response = await here(url, init);
      setImmediate(up);
      return response;
    });
    expect(await failureOf(issuer)).toBe("it did not answer within 5 s.");
    expect(asked.mock.calls).toEqual([[5000]]);
    expect(requests).toHaveLength(1);
  });

  test.each([
    ["nothing", "", "it answered with what is no JSON."],
    ["a page", "<html>hunter2</html>", "it answered with what is no JSON."],
    [
      "JSON that is cut off",
      '{"keys":[{"kty":"oct","k":"hunter2',
      "it answered with what is no JSON.",
    ],
    ["JSON behind something", `hunter2${setOf(ed)}`, "it answered with what is no JSON."],
    ["another object", '{"hunter2":[]}', "A JSON Web Key Set has a list named keys."],
    ["a list", "[]", "A JSON Web Key Set has a list named keys."],
    ["null", "null", "A JSON Web Key Set has a list named keys."],
    [
      "65 keys",
      setOf(...Array.from({ length: 65 }, () => ed)),
      "A JSON Web Key Set may have 64 keys, not 65.",
    ],
  ])("sec/8 J13 %s is no set of keys, and nothing of it is told", async (_, body, sentence) => {
    answer = send(body);
    const told = await failureOf(new Issuer());
    expect(told).toBe(sentence);
  });

  test("sec/8 a set that is 20,000 levels deep harms nothing", async () => {
    answer = send(`{"keys":[${"[".repeat(20_000)}${"]".repeat(20_000)}]}`);
    expect(await new Issuer().has("EdDSA")).toBe(false);
  });

  test("sec/8 a host that cannot be reached is told with the reason", async () => {
    answer = down;
    expect(await failureOf(new Issuer())).toMatch(/^fetch failed \([A-Z_]+\)\.$/u);
  });
});
