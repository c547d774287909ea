// The whole table of opcodes. A number is never used again for something else.

/** Client to hub: 1–31. 24–31 are kept for request and reply. */
export const up = {
  HELLO: 1,
  AUTH: 2,
  SUBSCRIBE: 3,
  UNSUBSCRIBE: 4,
  PUBLISH: 5,
  READ: 6,
  PONG: 7,
  PING: 8,
  SEEN: 9,
  ENTER: 10,
  LEAVE: 11,
  SEND: 16,
  SEND_MANY: 17,
  CONSUME: 18,
  CREDIT: 19,
  SETTLE: 20,
  CANCEL: 21,
  MANAGE: 22,
} as const;

/** Hub to client: 33–63. 45 is kept for a position past filtered publications, 52–55 for queues, 56–63 for request and reply. */
export const down = {
  WELCOME: 33,
  OK: 34,
  REFUSED: 35,
  PUBLICATION: 36,
  PATTERN_PUBLICATION: 37,
  GAP: 38,
  ENDED: 39,
  CAUGHT_UP: 40,
  PING: 41,
  PONG: 42,
  MOVING: 43,
  MARK: 44,
  HISTORY: 46,
  DELIVERY: 48,
  LOST: 49,
  ACTIVE: 50,
  STOPPED: 51,
} as const;
