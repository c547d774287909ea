import type { ClientError, Status } from "@fanwire/client";
import { expect, test } from "vitest";
import { describeLink, linkWords, sameLink, type LinkFacts } from "./link.ts";

const NOW = 1_000_000;
const nothing: LinkFacts = { cutUntil: undefined, heard: undefined, catchingUp: false };
const live: Status = { state: "live", session: "s-1" };
const error = (code: string, message: string) =>
  Object.assign(new Error(message), { code, retryable: false }) as ClientError;
const waiting = (ms: number): Status => ({
  state: "waiting",
  attempt: 2,
  retryAt: NOW + ms,
  cause: error("unreachable", "The hub cannot be reached."),
});
const shown = (status: Status, facts: Partial<LinkFacts> = {}) =>
  linkWords(describeLink(status, { ...nothing, ...facts }, NOW)).shown;

test("before the first connection the page says that it connects", () => {
  expect(shown({ state: "idle" })).toBe("Connecting");
  expect(shown({ state: "connecting", attempt: 1 })).toBe("Connecting");
});

test("a connection is live while publications come in time", () => {
  expect(shown(live)).toBe("Live");
  expect(shown(live, { heard: { at: NOW - 1_100, lateMs: 20 } })).toBe("Live");
});

test("what comes late, or does not come, is behind, and says by how much", () => {
  expect(shown(live, { heard: { at: NOW - 10, lateMs: 1_400 } })).toBe("Behind 1.4 s");
  expect(shown(live, { heard: { at: NOW - 3_000, lateMs: 20 } })).toBe("Behind 3.0 s");
});

test("until what was missed is here a connection catches up, and is not behind", () => {
  const heard = { at: NOW - 3_000, lateMs: 20 };
  expect(shown(live, { catchingUp: true, heard })).toBe("Catching up");
  expect(shown(waiting(300), { catchingUp: true })).toBe("Retry in 1 s");
});

test("a wait counts down in whole seconds, never below nothing", () => {
  expect(shown(waiting(3_200))).toBe("Retry in 4 s");
  expect(shown(waiting(-50))).toBe("Retry in 0 s");
});

test("a cut that was ordered here says when it is over, whatever the client tries meanwhile", () => {
  const facts = { cutUntil: NOW + 8_400 };
  expect(shown(waiting(300), facts)).toBe("Back in 9 s");
  expect(shown({ state: "connecting", attempt: 3 }, facts)).toBe("Back in 9 s");
  expect(shown({ state: "connecting", attempt: 3 }, { cutUntil: NOW - 1 })).toBe("Connecting");
});

test("a hub that does not let us in is told from an end", () => {
  const denied = describeLink(
    { state: "closed", cause: error("forbidden", "This token may not read host.**.") },
    nothing,
    NOW,
  );
  expect(denied).toEqual({ is: "denied", sentence: "This token may not read host.**." });
  expect(linkWords(denied).shown).toBe("Access denied");
  expect(shown({ state: "closed", cause: error("malformed", "A frame was malformed.") })).toBe(
    "Disconnected",
  );
  expect(shown({ state: "closed" })).toBe("Disconnected");
});

test("those who listen hear changes of state, not the countdown", () => {
  const said = (ms: number) => linkWords(describeLink(waiting(ms), nothing, NOW)).spoken;
  expect(said(4_000)).toBe(said(3_000));
  expect(said(4_000)).not.toMatch(/\d/);
});

test("a link is the same while its words are", () => {
  const one = describeLink(waiting(3_900), nothing, NOW);
  expect(sameLink(one, describeLink(waiting(3_100), nothing, NOW))).toBe(true);
  expect(sameLink(one, describeLink(waiting(2_900), nothing, NOW))).toBe(false);
  expect(sameLink(one, { is: "live" })).toBe(false);
});
