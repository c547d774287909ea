// The texts of the client's own codes, and what to do about each code.

import type { CloseName, ErrorName } from "@fanwire/protocol";
import type { ErrorCode } from "../errors.ts";

/** What the client alone tells. */
type OwnCode = Exclude<ErrorCode, ErrorName | CloseName>;

/** What happened, of the client's own codes. Those of the hub are the protocol's. */
export const ownSentences: Readonly<Record<OwnCode, string>> = {
  aborted: "The signal that was given was aborted.",
  closed: "The client is closed, or the application ended it.",
  invalid: "A payload is not what the contract says.",
  "no-token": "The function that fetches tokens gave none.",
  "outbox-failed":
    "What keeps publications for the next page did not take this one, or does not work.",
  "outbox-full": "There is no link, and as much waits for it as may.",
  overflow: "The loop takes publications more slowly than they come.",
  refused: "The hub refused it for a reason that this version of the client does not know.",
  undecodable:
    "The bytes of a publication are not what they say, or of a kind that this version does not know.",
  unencodable: "The codec cannot turn this value into bytes.",
  unreachable: "There is no connection to the hub, or it was cut.",
};

/** What to do. */
export const help: Readonly<Record<ErrorCode, string>> = {
  // refusals
  "malformed-value": "Mend the call; if it is one of the SDK with good options, report it.",
  unsupported:
    "Leave out the option, let a rule of the hub give it (`durable`, `state`, `history`), or use a newer hub.",
  "bad-topic": "Make names of foreign text with the `topic` tag or with params.",
  "bad-pattern":
    "Let * be a whole level and ** the last one; code other text with the `topic` tag.",
  "too-large": "Send less at once, or raise the hub's bound (`payloadBytesMax`).",
  "bad-option": "Compare the options with what this topic keeps: `from`, `confirm`, `ttlMs`.",
  unauthenticated: "Give the client a `token` that one of the hub's keys has signed.",
  "token-expired": "Give `token` as a function, so that a fresh one is fetched in time.",
  forbidden: "Let the token's claims allow this topic, or ask for one that they do.",
  revoked: "Sign in again for a new token; the old one stays refused.",
  "rate-limited": "Wait for `retryAfterMs`; send less often, or raise the hub's rates.",
  "too-many-subscriptions":
    "End subscriptions that nobody reads, or follow many topics by one pattern.",
  "too-many-patterns": "End patterns that nobody reads, or follow a wider one.",
  "too-many-topics": "Try again later; names with an id for each message make topics without end.",
  "queue-full":
    "Try again when workers have caught up, add workers, or raise the bound of the queue.",
  "storage-full": "Make room on the hub's disk, or let its rules keep less.",
  "not-found": "Look at the name and the number: it never was, or is gone.",
  conflict:
    "Read what is there now, decide anew, and give its position; use an id for one payload.",
  "epoch-changed": "Drop what you hold of the topic and begin from `start` or `now`.",
  "lease-lost":
    "Stop: another worker has the job. Ask for more time earlier, or make jobs shorter.",
  "no-responder": "Try again when whoever answers there is connected.",
  "out-of-order": "Nothing: the client sends again from what is missing.",
  "unknown-alias": "Nothing: the client sends again by name.",
  internal: "Try again; if it stays, look into the hub's log.",
  draining: "Nothing: the client connects again, to another hub if there is one.",
  "unknown-outcome": "Read what is there, or publish it again with the same `id`.",
  timeout: "Try again with the same `id`, or wait longer (`timeoutMs`).",
  // closings
  moving: "Nothing: the client connects again.",
  stale:
    "Nothing: the client connects again. If it happens often, look for what blocks its process.",
  lagging: 'Subscribe to less, or with `lag: "latest"` or a `rate`.',
  "storage-failed": "Look at the hub's disk and log; the client connects again.",
  "too-many-connections":
    "Close clients that nobody uses, share one between tabs, or raise the hub's bound.",
  flooding: "Send less, and wait for what was published before sending more.",
  unavailable: "Look at where the hub has its keys from; the client connects again.",
  malformed: "Look for a proxy that changes bytes; if there is none, report it.",
  replaced: "Use a client for each tab or process, and do not copy its session.",
  "text-message": "Speak to the hub by an SDK, or send binary messages.",
  // of the client
  aborted: "Nothing: it is what the application wanted.",
  closed: "Make a new client with `createClient`.",
  invalid: "Look at `issues`, and mend the payload or the contract.",
  "no-token": "Look at `cause`, which is what the function rejected with.",
  "outbox-failed":
    "It goes on in memory, and is lost if the page ends. Look at `cause`: a full disk, or a browser that keeps nothing for the site.",
  "outbox-full":
    "Wait until the link is back (`client.ready()`), and publish less while it is away.",
  overflow: 'Take them faster, raise `buffer`, or subscribe with `lag: "latest"` or a `rate`.',
  refused: "Read the message, which is the hub's; use a newer client.",
  undecodable: "Look at who publishes there: let it and the client use the same codec.",
  unencodable: "Publish plain data: no functions, no symbols, no cycles, nothing deeper than 32.",
  unreachable: "Look at the address, the network and the hub; the client connects again by itself.",
};
