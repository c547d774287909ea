/** The hub of the demo is on this machine and is started again at once: nobody need wait for it as for one far away. */
export const BACKOFF = { minMs: 200, maxMs: 4_000 };
