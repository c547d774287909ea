import { describe, expect, test } from "vitest";
import { createHub } from "../hub.ts";
import { exchange, upgradeHead } from "./raw-client.testkit.ts";

describe("E10", () => {
  test("E10 the answer of the standard's own example", async () => {
    await using hub = createHub({ port: 0, figuresMs: 0 });
    await hub.listen();
    const answer = await exchange(hub.port!, upgradeHead("/"), "\r\n\r\n");
    expect(answer).toContain("HTTP/1.1 101 Switching Protocols\r\n");
    expect(answer).toContain("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n");
    expect(answer).toContain("Sec-WebSocket-Protocol: fanwire.1\r\n");
    await hub.close(0);
  });

  test.each<[string, Record<string, string | undefined>, string]>([
    ["another protocol", { Upgrade: "h2c" }, "400 Bad Request"],
    ["no key", { "Sec-WebSocket-Key": undefined }, "400 Bad Request"],
    ["a key of 15 bytes", { "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25j" }, "400 Bad Request"],
    [
      "a key that is no base64",
      { "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=!" },
      "400 Bad Request",
    ],
    ["version 8", { "Sec-WebSocket-Version": "8" }, "426 Upgrade Required"],
    ["no version", { "Sec-WebSocket-Version": undefined }, "426 Upgrade Required"],
  ])("E10 %s is answered with a status and a sentence", async (_name, headers, status) => {
    const hub = createHub({ port: 0, figuresMs: 0 });
    await hub.listen();
    const answer = await exchange(hub.port!, upgradeHead("/", headers));
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status}\r\n`, "u"));
    if (status.startsWith("426")) expect(answer).toContain("Sec-WebSocket-Version: 13\r\n");
    expect(answer).toMatch(/\r\n\r\n\S.*\.\n$/u);
    await hub.close(0);
  });
});
