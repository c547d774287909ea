import { type IncomingMessage } from "node:http";
import { describe, expect, test } from "vitest";
import { createHub } from "../hub.ts";
import { clientAddress, neighbourhood, proxyList } from "./client-address.ts";

function addressOf(remoteAddress: string, told: string | undefined, ...proxies: string[]): string {
  const request = { socket: { remoteAddress }, headers: { "x-forwarded-for": told } };
  return clientAddress(request as unknown as IncomingMessage, proxyList(proxies));
}

describe("E12", () => {
  test.each<[string, string | undefined, string, string]>([
    ["nothing is told", undefined, "10.0.0.1", "10.0.0.1"],
    ["an empty list", "", "10.0.0.1", "10.0.0.1"],
    ["one hop", "203.0.113.9", "10.0.0.1", "203.0.113.9"],
    ["what a client has made up before it", "1.1.1.1, 203.0.113.9", "10.0.0.1", "203.0.113.9"],
    ["two proxies", "203.0.113.9, 10.0.0.2", "10.0.0.1", "203.0.113.9"],
    ["proxies all the way", "10.0.0.3, 10.0.0.2", "10.0.0.1", "10.0.0.3"],
    ["a hop that is no address", "203.0.113.9, unknown", "10.0.0.1", "10.0.0.1"],
    ["a hop with a port", "203.0.113.9:4711", "10.0.0.1", "203.0.113.9"],
    ["IPv6", "2001:db8::9", "10.0.0.1", "2001:db8::9"],
    ["IPv6 with brackets and a port", "[2001:db8::9]:4711", "10.0.0.1", "2001:db8::9"],
    ["IPv6 with a zone", "fe80::1%eth0", "10.0.0.1", "fe80::1"],
    ["IPv4 in IPv6", "::ffff:203.0.113.9", "::ffff:10.0.0.1", "203.0.113.9"],
    ["a proxy by IPv6", "203.0.113.9", "fd00::1", "203.0.113.9"],
    ["a stranger who says so", "203.0.113.9", "198.51.100.7", "198.51.100.7"],
    ["a stranger behind a proxy", "1.1.1.1, 198.51.100.7, 10.0.0.2", "10.0.0.1", "198.51.100.7"],
  ])("E12 sec/57 %s", (_name, told, remote, expected) => {
    expect(addressOf(remote, told, "10.0.0.0/8", "fd00::1")).toBe(expected);
  });

  test("E12 sec/57 without trusted proxies nothing that is told is believed", () => {
    expect(addressOf("127.0.0.1", "203.0.113.9")).toBe("127.0.0.1");
  });

  test.each([
    ["203.0.113.9", "203.0.113.9"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:0DB8:0001:0002::", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["2001:db8:1::5:6:7:8", "2001:db8:1:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["1::", "1:0:0:0::/64"],
  ])("E12 %s lives in %s", (address, expected) => {
    expect(neighbourhood(address)).toBe(expected);
  });

  test.each(["proxy.example", "10.0.0.0/33", "10.0.0.0/8/8", "10.0.0.0/", "fd00::/129", "1.2.3"])(
    "E12 the proxy %j stops the start",
    (proxy) => {
      expect(() => createHub({ trustProxy: [proxy] })).toThrow("trustProxy must be a list");
    },
  );
});
