// A worker's own token: it takes jobs of the one queue, and tells what it has done.
import { readFile } from "node:fs/promises";
import { signToken, type KeyInput } from "@fanwire/server";
import { QUEUE } from "../jobs.ts";

const LIMITS = { publishPerSecond: 10_000, publishBytesPerSecond: 8_388_608 };

/** `keyFile` is read each time, as the publisher does. */
export async function workerToken(
  keyFile: string,
  subject: string,
  seconds: number,
): Promise<string> {
  const key = JSON.parse(await readFile(keyFile, "utf8")) as KeyInput;
  const fanwire = { pub: ["jobs.done"], queue: { consume: [QUEUE] }, limits: LIMITS };
  return signToken(key, { sub: subject, ttl: seconds, fanwire });
}
