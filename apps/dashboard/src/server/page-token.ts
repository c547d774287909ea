// What a page may do: follow what it shows, draw on the board, be seen there, send jobs and see to their queue, and nothing else.
import { signToken, type KeyInput } from "@fanwire/server";
import { QUEUE } from "../jobs.ts";

const BOARD = ["board.strokes", "board.text"];
/** Where a page reads the hub's clock; one subject may have several tabs. */
const CLOCK = "page.{sub}.*.clock";

const RIGHTS = {
  // what begins with $ is the hub's own, and covered by no wildcard
  sub: ["host.**", "board.**", "$sys.hub", "jobs.*", `$queue.${QUEUE}.*`, CLOCK],
  pub: [...BOARD, "jobs.sent", CLOCK],
  presence: ["board"],
  queue: { send: [QUEUE], manage: [QUEUE] },
  // a pen draws once a frame, on screens of up to 240 frames a second; ten thousand jobs are sent at once
  limits: { publishPerSecond: 10_000, publishBytesPerSecond: 4_194_304 },
};

/** Makes tokens for pages. */
export type PageTokens = (subject: string) => Promise<string>;

export const pageTokens =
  (key: KeyInput, seconds: number): PageTokens =>
  (subject) =>
    signToken(key, { sub: subject, ttl: seconds, fanwire: RIGHTS });
