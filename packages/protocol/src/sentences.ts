// What each code means to a person: what happened and what to do, without the particulars of the case.

import type { CloseName } from "./close-code.ts";
import type { ErrorName } from "./error-code.ts";

/** Of refusals, by name. */
export const errorSentences: Readonly<Record<ErrorName, string>> = {
  "malformed-value": "A value is not of the form that this field takes.",
  unsupported: "This hub does not do that, or not for this topic.",
  "bad-topic":
    "The name is not a topic: levels of A–Z a–z 0–9 and _~:@=,;!()$-| joined by dots; code other bytes with the SDK's topic tag.",
  "bad-pattern":
    "The name is not a pattern: a topic in which * may be a level and ** the last one.",
  "too-large": "It is larger than the hub allows; WELCOME tells the bounds.",
  "bad-option": "An option is unknown or its value does not fit.",
  unauthenticated: "No valid token was given.",
  "token-expired": "The token has expired; fetch a fresh one.",
  forbidden: "The token does not allow it, or it does not exist.",
  revoked: "The token was revoked.",
  "rate-limited": "Too much in too short a time; wait for the delay given.",
  "too-many-subscriptions":
    "The session has as many subscriptions as it may; end some, or use a pattern.",
  "too-many-patterns":
    "The session or its subject has as many patterns as it may; end some, or use a wider one.",
  "too-many-topics": "The hub holds as many topics as it may, or new ones come too fast.",
  "queue-full": "The queue is full.",
  "storage-full": "There is no room to keep it; what needs no storage goes on.",
  "not-found": "There is no such thing.",
  conflict: "Something else was written first, or the id was used for another payload.",
  "epoch-changed": "The numbering of the topic has started again; begin from its new epoch.",
  "lease-lost": "The job was given to another worker meanwhile.",
  "no-responder": "Nobody answers there at the moment.",
  "out-of-order": "A publication before this one is missing; send from there.",
  "unknown-alias": "The alias is not known on this connection; send the topic by name.",
  internal: "The hub failed at it; nothing was changed.",
  draining: "The hub is stopping; connect again.",
  "unknown-outcome": "It may have been stored or not; repeat it with the same id.",
  timeout: "No answer in time; repeat it with the same id.",
};

/** Of closings, by name. */
export const closeSentences: Readonly<Record<CloseName, string>> = {
  moving: "The hub is stopping; connect again.",
  stale: "Nothing was heard from the client in time.",
  lagging: "The client takes what it is sent too slowly.",
  "token-expired": "The token has expired; fetch a fresh one and connect again.",
  "storage-failed": "The hub cannot write to its disk.",
  "too-many-connections": "There are as many connections as there may be.",
  flooding: "The client sent much more than it may.",
  unavailable: "The hub cannot verify tokens at the moment; connect again.",
  malformed: "The client sent bytes that are not a frame.",
  unsupported: "The client speaks a version of the protocol that this hub does not.",
  unauthenticated: "No valid token was given.",
  forbidden: "The token does not allow this connection.",
  revoked: "The token was revoked.",
  replaced: "A newer connection of the same session took over.",
  "text-message": "The client sent a text message; all messages are binary.",
};
