// From where a request comes: the address of its socket, or, behind proxies that are trusted, the one that they were asked from.

import type { IncomingMessage } from "node:http";
import { BlockList, isIP, isIPv6 } from "node:net";

/** Makes the list of trusted proxies. Throws a TypeError for what is neither an address nor a network. */
export function proxyList(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = "", bits, ...rest] = entry.split("/");
    const family = isIPv6(address) ? "ipv6" : "ipv4";
    const length = bits === undefined ? undefined : Number(bits);
    const max = family === "ipv6" ? 128 : 32;
    const isFit =
      isIP(address) > 0 &&
      rest.length === 0 &&
      (length === undefined || (/^\d+$/u.test(bits!) && length <= max));
    if (!isFit)
      throw new TypeError(
        `trustProxy must be a list of addresses and networks like 10.0.0.0/8, and ${JSON.stringify(entry)} is neither.`,
      );
    if (length === undefined) list.addAddress(address, family);
    else list.addSubnet(address, length, family);
  }
  return list;
}

/**
 * Walks the list of hops from the nearest on, as long as each is trusted: what stands beyond the first that is not, anybody can have
 * written.
 */
export function clientAddress(request: IncomingMessage, trusted: BlockList): string {
  let address = plain(request.socket.remoteAddress ?? "");
  const told = request.headers["x-forwarded-for"];
  const hops = (Array.isArray(told) ? told.join(",") : (told ?? ""))
    .split(",")
    .map((hop) => hop.trim());
  while (hops.length > 0 && isTrusted(address, trusted)) {
    const hop = plain(hops.pop()!);
    if (isIP(hop) === 0) break;
    address = hop;
  }
  return address;
}

/** What one household or company has: of IPv6 the first 64 bits, else the address itself. */
export function neighbourhood(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = "", tail] = address.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  const groups = [...left, ...Array.from({ length: zeros }, () => "0"), ...right];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":")}::/64`;
}

function isTrusted(address: string, trusted: BlockList): boolean {
  return isIP(address) > 0 && trusted.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}

/** IPv4 inside IPv6 as what it is, and without the brackets, the port and the zone that some write. */
function plain(address: string): string {
  const bare = address
    .replace(/^\[([^\]]*)\](?::\d+)?$/u, "$1")
    .replace(/^([^:]+):\d+$/u, "$1")
    .replace(/%.*$/u, "");
  return bare.replace(/^::ffff:(?=\d+\.)/iu, "");
}
