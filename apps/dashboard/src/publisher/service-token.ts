// The publisher's own token: it has a key, so it signs one whenever the client asks.
import { readFile } from "node:fs/promises";
import { signToken, type KeyInput } from "@fanwire/server";

/** A machine of many cores tells of each of them ten times a second. */
const LIMITS = {
  publishPerSecond: 100_000,
  publishBytesPerSecond: 67_108_864,
  newTopicsPerSecond: 10_000,
};
const CLOCK = "publisher.{sub}.clock";

/** `keyFile` is read each time: whoever replaces it need not start the publisher again. */
export async function serviceToken(
  keyFile: string,
  subject: string,
  seconds: number,
): Promise<string> {
  const key = JSON.parse(await readFile(keyFile, "utf8")) as KeyInput;
  const fanwire = { sub: [CLOCK], pub: ["host.**", CLOCK], limits: LIMITS };
  return signToken(key, { sub: subject, ttl: seconds, fanwire });
}
