import { expect, test } from "vitest";
import { ClientError } from "../errors.ts";
import { nextStream, pending, type Stream, type StreamEvent } from "./subscription.ts";

const cause = new ClientError("forbidden");
const cutCause = new ClientError("unreachable", { retryable: true });

type States = { readonly [S in Stream["state"]]: Extract<Stream, { state: S }> };
type Events = { readonly [E in StreamEvent["type"]]: Extract<StreamEvent, { type: E }> };

const states: States = {
  pending: { state: "pending", id: 4 },
  replaying: { state: "replaying", sub: 9 },
  live: { state: "live", sub: 9 },
  interrupted: { state: "interrupted", id: 4, cause: cutCause },
  ended: { state: "ended", cause },
};

const events: Events = {
  asked: { type: "asked", id: 5 },
  granted: { type: "granted", sub: 9, replay: 0 },
  caughtUp: { type: "caughtUp" },
  ended: { type: "ended", cause },
  cut: { type: "cut", cause: cutCause },
};

const same = "same";
const live = { state: "live", sub: 9 } as const;
const ended = { state: "ended", cause } as const;
const interrupted = { state: "interrupted", id: 0, cause: cutCause } as const;

/** What each cell of the table becomes; a cell that is missing does not compile. */
const expected: {
  readonly [S in Stream["state"]]: { readonly [E in StreamEvent["type"]]: Stream | typeof same };
} = {
  pending: {
    asked: { state: "pending", id: 5 },
    granted: live,
    caughtUp: same,
    ended,
    cut: pending,
  },
  replaying: { asked: same, granted: same, caughtUp: live, ended, cut: interrupted },
  live: { asked: same, granted: same, caughtUp: same, ended, cut: interrupted },
  interrupted: {
    asked: { state: "interrupted", id: 5, cause: cutCause },
    granted: live,
    caughtUp: same,
    ended,
    cut: interrupted,
  },
  ended: { asked: same, granted: same, caughtUp: same, ended: same, cut: same },
};

for (const s of Object.keys(states) as Stream["state"][])
  for (const e of Object.keys(events) as StreamEvent["type"][])
    test(`B3 ${s} × ${e}`, () => {
      const next = nextStream(states[s], events[e]);
      const cell = expected[s][e];
      if (cell === same) expect(next).toBe(states[s]);
      else expect(next).toEqual(cell);
    });

test("B9 a grant that announces a replay is not live yet", () => {
  for (const replay of [1, 2, 3])
    expect(nextStream(states.pending, { type: "granted", sub: 9, replay })).toEqual(
      states.replaying,
    );
});
