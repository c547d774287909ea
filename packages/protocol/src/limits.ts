// Every bound of the wire that is the same for all hubs. What a hub may set lower or higher is told in WELCOME (see `limits` there).

/** A topic or pattern, in bytes, the hub's own first level (`$sys`, `$presence`) not counted. */
export const topicBytesMax = 255;

/** Levels of a topic, the hub's own first one not counted: bounds the walk through a trie of patterns. */
export const levelsMax = 16;

/** One level of a topic, and the name of a queue, in bytes. */
export const levelBytesMax = 128;

/** Arrays and maps inside each other in a frame, the frame itself being the first. PUBLISH needs three, SUBSCRIBE four. */
export const envelopeDepthMax = 4;

/** Integers of the envelope lie within ± this: what a float64 holds exactly. */
export const integerMax: number = Number.MAX_SAFE_INTEGER;

/** Containers inside each other in a payload of the built-in codec. */
export const payloadDepthMax = 32;

/** `key` in a publication's meta, in UTF-8 bytes. */
export const keyBytesMax = 128;

/** `from` in a publication's tail, in UTF-8 bytes. */
export const fromBytesMax = 128;

/** An application's id of a publication, in UTF-8 bytes. */
export const publicationIdBytesMax = 64;

/** Headers (`h`) of a publication. */
export const headersMax = 16;

/** The whole meta of a publication, encoded, in bytes: a batch has room for a payload of full size and 4 KiB. */
export const metaBytesMax = 4096;

/** What a member of a topic says of itself (ENTER), in bytes. */
export const memberBytesMax = 2048;

/** A mark, in bytes. */
export const markBytesMax = 64;

/** "The last n" in SUBSCRIBE. */
export const lastMax = 1_000_000;

/** Topics named beside a mark in one SUBSCRIBE entry. */
export const markTopicsMax = 1024;

/** Publications one READ may ask for. */
export const readCountMax = 1000;

/** An application's id of a job, in UTF-8 bytes. */
export const jobIdBytesMax = 64;

/** The group of a job, in UTF-8 bytes. */
export const jobGroupBytesMax = 128;

/** Priorities of jobs: 0 … this, the highest first. */
export const jobPriorityMax = 9;

/** The priority of a job that says none. */
export const jobPriorityDefault = 4;

/** A job may be put off by this, and live as long, in milliseconds: a year. */
export const jobDelayMsMax = 31_536_000_000;

/** Jobs of one SEND_MANY. */
export const sendCountMax = 1000;

/** Settlements of one SETTLE. */
export const settleCountMax = 1000;

/** What a settlement says of a failure or of its progress, in UTF-8 bytes. */
export const jobNoteBytesMax = 1024;

/** A touched lease lasts at most this long, in milliseconds: half a day. */
export const leaseMsMax = 43_200_000;

/** How many jobs a consumer may hold. */
export const creditMax = 4096;

/** Jobs that a consumer works on at a time. */
export const concurrencyMax = 1000;

/** Jobs of one pull, and how long it waits, in milliseconds. */
export const pullCountMax = 1000;

/** See {@link pullCountMax}. */
export const pullWaitMsMax = 60_000;

/** A WebSocket message from the hub is at most this long, in bytes, unless one frame alone is longer: browsers handle each as one task. */
export const downMessageBytesMax = 65_536;

/**
 * A client reports SEEN after this many bytes at first: an eighth of the hub's smallest window, so that one that takes 2 MB/s at a round
 * trip of 100 ms never has a window full of bytes in flight (see `seen.ts`) …
 */
export const seenBytes = 32_768;

/** … or `seenAfterMs` after this many are unreported. */
export const seenLateBytes = 8192;

/** See {@link seenLateBytes}; in milliseconds. */
export const seenAfterMs = 2000;

/** Intervals a subscription may ask for, in milliseconds; others are rounded up, so that cohorts are shared. */
export const intervalsMs: readonly number[] = [16, 33, 50, 100, 200, 500, 1000, 2000, 5000];
