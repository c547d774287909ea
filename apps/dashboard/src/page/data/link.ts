// The state of the connection as a visitor is told it.
import type { ClientError, Status } from "@fanwire/client";
import { decimals } from "../numbers/digits.ts";

export type Link =
  | { readonly is: "connecting" }
  | { readonly is: "live" }
  /** `mine`: a cut that was ordered here, and is over after that many seconds. */
  | { readonly is: "waiting"; readonly seconds: number; readonly mine: boolean }
  /** What was missed is on its way. */
  | { readonly is: "catching-up" }
  | { readonly is: "behind"; readonly ms: number }
  /** The hub does not let us in; trying again needs a reason. */
  | { readonly is: "denied"; readonly sentence: string }
  /** Closed for good by either side. */
  | { readonly is: "ended"; readonly sentence: string };

/** What the status of the client alone does not tell. Times are local, in ms. */
export interface LinkFacts {
  /** Something that is followed has not come to now again since the connection was lost. */
  readonly catchingUp: boolean;
  /** Until when this page has ordered its own connection cut. */
  readonly cutUntil: number | undefined;
  /** When the newest publication of all came, and how old it was then. */
  readonly heard: { readonly at: number; readonly lateMs: number } | undefined;
}

const LATE_MS = 1_000;
/** The hub itself publishes once a second. */
const SILENT_MS = 2_500;
const DENIED = new Set(["unauthenticated", "forbidden", "revoked", "token-expired"]);

export function describeLink(status: Status, facts: LinkFacts, now: number): Link {
  switch (status.state) {
    case "live":
      return describeLive(facts, now);
    case "idle":
      return { is: "connecting" };
    case "connecting":
      return cutOfMine(facts, now) ?? { is: "connecting" };
    case "waiting":
      return (
        cutOfMine(facts, now) ?? {
          is: "waiting",
          seconds: seconds(status.retryAt - now),
          mine: false,
        }
      );
    case "closed":
      return describeClosed(status.cause);
    default:
      return status satisfies never;
  }
}

function describeLive({ catchingUp, heard }: LinkFacts, now: number): Link {
  if (catchingUp) return { is: "catching-up" };
  if (!heard) return { is: "live" };
  const silentMs = now - heard.at;
  if (silentMs > SILENT_MS) return { is: "behind", ms: silentMs };
  return heard.lateMs > LATE_MS ? { is: "behind", ms: heard.lateMs } : { is: "live" };
}

/** What the client does meanwhile is of no interest: it cannot succeed before the cut is over. */
function cutOfMine({ cutUntil }: LinkFacts, now: number): Link | undefined {
  if (cutUntil === undefined || now >= cutUntil) return undefined;
  return { is: "waiting", seconds: seconds(cutUntil - now), mine: true };
}

function describeClosed(cause: ClientError | undefined): Link {
  const sentence = cause?.message ?? "This page closed its connection.";
  return { is: cause && DENIED.has(cause.code) ? "denied" : "ended", sentence };
}

/** There is a connection, though what is shown may not be of now yet. */
export const isConnected = ({ is }: Link): boolean =>
  is === "live" || is === "behind" || is === "catching-up";

const seconds = (ms: number): number => Math.max(0, Math.ceil(ms / 1000));

/** Two links in the same words are the same. */
export const sameLink = (a: Link, b: Link): boolean =>
  a.is === b.is && linkWords(a).shown === linkWords(b).shown;

export interface LinkWords {
  /** On the badge. */
  readonly shown: string;
  /** The same without what changes all the time, for those who listen. */
  readonly spoken: string;
}

export function linkWords(link: Link): LinkWords {
  switch (link.is) {
    case "connecting":
      return same("Connecting");
    case "live":
      return same("Live");
    case "waiting":
      return link.mine
        ? { shown: `Back in ${link.seconds} s`, spoken: "Cut, comes back by itself" }
        : { shown: `Retry in ${link.seconds} s`, spoken: "Not connected, tries again by itself" };
    case "catching-up":
      return same("Catching up");
    case "behind":
      return { shown: `Behind ${decimals(link.ms / 1000, 1)} s`, spoken: "Behind" };
    case "denied":
      return same("Access denied");
    case "ended":
      return same("Disconnected");
    default:
      return link satisfies never;
  }
}

const same = (words: string): LinkWords => ({ shown: words, spoken: words });
