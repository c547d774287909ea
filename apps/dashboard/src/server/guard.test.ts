import { expect, test } from "vitest";
import { mayAsk } from "./guard.ts";

test.each(["localhost", "localhost:8420", "127.0.0.1:8420", "[::1]:8420"])(
  "%s is this machine",
  (host) => {
    expect(mayAsk({ host })).toBe(true);
    expect(mayAsk({ host, origin: `http://${host}` })).toBe(true);
  },
);

test.each([
  undefined,
  "",
  "evil.example",
  "localhost.evil.example",
  "127.0.0.1.nip.io",
  "a@localhost",
])("Host %s is not", (host) => {
  expect(mayAsk({ host })).toBe(false);
});

test.each(["http://evil.example", "http://localhost:9", "null", "https://localhost:8420"])(
  "a page of %s may not ask",
  (origin) => {
    expect(mayAsk({ host: "localhost:8420", origin })).toBe(false);
  },
);
