import { expect, test } from "vitest";
import { upgradeHead } from "./request-head.ts";

test("the hub sees its own path, Host and Origin, and everything else as it came", () => {
  const head = upgradeHead(
    [
      "Host",
      "localhost:8420",
      "Upgrade",
      "websocket",
      "origin",
      "http://localhost:8420",
      "Sec-WebSocket-Key",
      "dGhlIHNhbXBsZSBub25jZQ==",
    ],
    7400,
  );
  expect(head).toBe(
    "GET / HTTP/1.1\r\nHost: localhost:7400\r\nUpgrade: websocket\r\nOrigin: http://localhost:7400\r\n" +
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  );
});

test("without an Origin none is invented", () => {
  expect(upgradeHead(["Host", "localhost"], 1)).toBe("GET / HTTP/1.1\r\nHost: localhost:1\r\n\r\n");
});
