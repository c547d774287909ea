// What the hub of the demo remembers: the configuration file that it is started with.

/** As `fanwire serve --config` reads it. */
export const HUB_CONFIG = {
  topics: [
    // the line of text is whatever was written last; of the drawing every piece counts, and so does each wipe between them
    { match: "board.text", state: true, durable: true },
    {
      match: "board.**",
      durable: true,
      history: { count: 100_000, bytes: 33_554_432, ageMs: 7 * 86_400_000 },
    },
    // ten minutes at ten a second, of each core and each interface; the longest, the busiest processes, come once a second
    { match: "host.**", history: { count: 6_400, bytes: 2_097_152, ageMs: 600_000 } },
    { match: "$sys.hub", history: { count: 720, bytes: 1_048_576, ageMs: 600_000 } },
  ],
  limits: {
    // a page that is opened reads each topic back, some pages each, and a machine may have many cores
    subscribePerSecond: 1_000,
    subscribeBurst: 5_000,
  },
} as const;
