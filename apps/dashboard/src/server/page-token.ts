// What a page may do: follow what it shows, draw on the board, be seen there, and nothing else.
import { signToken, type KeyInput } from "@fanwire/server";

const BOARD = ["board.strokes", "board.text"];
/** Where a page reads the hub's clock; one subject may have several tabs. */
const CLOCK = "page.{sub}.*.clock";

const RIGHTS = {
  // what begins with $ is the hub's own, and covered by no wildcard
  sub: ["host.**", "board.**", "$sys.hub", CLOCK],
  pub: [...BOARD, CLOCK],
  presence: ["board"],
  // a pen draws once a frame, on screens of up to 240 frames a second
  limits: { publishPerSecond: 500, publishBytesPerSecond: 1_048_576 },
};

/** Makes tokens for pages. */
export type PageTokens = (subject: string) => Promise<string>;

export const pageTokens =
  (key: KeyInput, seconds: number): PageTokens =>
  (subject) =>
    signToken(key, { sub: subject, ttl: seconds, fanwire: RIGHTS });
