// What the hub of the demo remembers: the configuration file that it is started with.
import { QUEUE, QUEUE_SETTINGS } from "../jobs.ts";

const WEEK_MS = 7 * 86_400_000;

/** As `fanwire serve --config` reads it. */
export const HUB_CONFIG = {
  topics: [
    // the line of text is whatever was written last; of the drawing every piece counts, and so does each wipe between them
    { match: "board.text", state: true, durable: true },
    {
      match: "board.**",
      durable: true,
      history: { count: 100_000, bytes: 33_554_432, ageMs: WEEK_MS },
    },
    // ten minutes at ten a second, of each core and each interface; the longest, the busiest processes, come once a second
    { match: "host.**", history: { count: 6_400, bytes: 2_097_152, ageMs: 600_000 } },
    // which jobs there are, and who has done them: what the account of the Jobs page is made of
    {
      match: "jobs.sent",
      durable: true,
      history: { count: 1_000, bytes: 4_194_304, ageMs: WEEK_MS },
    },
    {
      match: "jobs.done",
      durable: true,
      history: { count: 100_000, bytes: 33_554_432, ageMs: WEEK_MS },
    },
    { match: "jobs.workers", state: true },
    { match: `$queue.${QUEUE}.stats`, history: { count: 720, bytes: 2_097_152, ageMs: 600_000 } },
    // enough for a cut of some seconds in the middle of a thousand jobs; beyond that the page looks into the queue
    {
      match: `$queue.${QUEUE}.jobs`,
      history: { count: 20_000, bytes: 4_194_304, ageMs: 60_000 },
    },
    { match: "$sys.hub", history: { count: 720, bytes: 1_048_576, ageMs: 600_000 } },
  ],
  queues: [{ name: QUEUE, ...QUEUE_SETTINGS }],
  limits: {
    // a page that is opened reads each topic back, some pages each, and a machine may have many cores
    subscribePerSecond: 1_000,
    subscribeBurst: 5_000,
  },
} as const;
