// How the tabs of an origin find one that has the link: who holds a lock. The others speak with it over a BroadcastChannel for two. A lock
// that each tab holds tells when it is gone, however it went.

import type { Cable } from "./cable.ts";
import type { FromRelay, FromTab, Here, Port } from "./port.ts";
import type { Relay } from "./relay.ts";

/** What is said on the channel that all tabs hear. */
type Call =
  /** A tab is there, and listens. */
  | { readonly kind: "tab"; readonly tab: string }
  /** It has the link. */
  | { readonly kind: "leader"; readonly leader: string };

/** What the platform gives; tests give another. */
export interface Place {
  readonly locks: Pick<LockManager, "request">;
  readonly BroadcastChannel: typeof BroadcastChannel;
}

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has none
const postTo = (channel: BroadcastChannel, told: unknown): void => channel.postMessage(told);

/** Holds a lock until the signal is aborted. Calls `held` when it has it. */
export function holdLock(
  locks: Place["locks"],
  name: string,
  signal: AbortSignal,
  held: () => void,
): void {
  const taken = locks.request(name, { signal }, () => {
    if (signal.aborted) return undefined;
    held();
    return new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener("abort", () => resolve());
    });
  });
  // it is not wanted any more
  taken.catch(() => {});
}

/** The name of the lock that a tab holds as long as it is there. */
export const lockOfTab = (name: string, tab: string): string => `${name}/tab/${tab}`;

/** Calls `gone` when the tab is. */
export function watchTab(
  locks: Place["locks"],
  name: string,
  tab: string,
  signal: AbortSignal,
  gone: () => void,
): void {
  const over = new AbortController();
  signal.addEventListener("abort", () => over.abort());
  holdLock(locks, lockOfTab(name, tab), over.signal, () => {
    over.abort();
    gone();
  });
}

/**
 * Takes part, with the lock of a tab held, until the signal is aborted: plugs `cable` into the tab that leads, and leads when it is its turn. `open` makes the relay of a
 * leader; it calls `over` when it cannot go on.
 */
export function meet(
  place: Place,
  name: string,
  tab: string,
  cable: Cable,
  open: (over: () => void) => Relay,
  signal: AbortSignal,
): void {
  const { locks, BroadcastChannel: Channel } = place;
  const all = new Channel(name);
  let followed: string | undefined;
  let pair: BroadcastChannel | undefined;
  let lead: ((call: Call) => void) | undefined;

  const say = (call: Call): void => postTo(all, call);

  function follow(leader: string): void {
    if (leader === followed) return;
    followed = leader;
    pair?.close();
    const own = (pair = new Channel(`${name}/${leader}/${tab}`));
    const port: Port<FromTab> = { post: (told) => postTo(own, told) };
    let receive: ((told: FromRelay) => void) | undefined;
    own.addEventListener("message", ({ data }: MessageEvent<FromRelay | Here>) => {
      if (data.kind !== "here") receive?.(data);
      else receive ??= cable.plug(port);
    });
    say({ kind: "tab", tab });
  }

  function begin(): void {
    const term = new AbortController();
    const end = (): void => term.abort();
    signal.addEventListener("abort", end, { signal: term.signal });
    holdLock(locks, `${name}/leader`, term.signal, () => {
      const leader = crypto.randomUUID();
      pair?.close();
      followed = leader;
      const relay = open(end);
      lead = welcomeTabs(place, name, leader, relay, say, term.signal);
      plugIn(cable, relay);
      term.signal.addEventListener("abort", () => {
        lead = undefined;
        relay.close();
        if (!signal.aborted) begin();
      });
      say({ kind: "leader", leader });
    });
  }

  all.addEventListener("message", ({ data }: MessageEvent<Call>) => {
    if (lead) lead(data);
    else if (data.kind === "leader") follow(data.leader);
  });
  signal.addEventListener("abort", () => {
    pair?.close();
    all.close();
  });
  say({ kind: "tab", tab });
  begin();
}

/** Connects a tab with a relay in the same tab. */
function plugIn(cable: Cable, relay: Relay): void {
  let isOver = false;
  const later = (run: () => void): void => queueMicrotask(() => isOver || run());
  const toTab: Port<FromRelay> = {
    post: (told) =>
      later(() => {
        isOver ||= told.kind === "over";
        receive(told);
      }),
  };
  const hear = relay.attach(toTab);
  const receive = cable.plug({ post: (told) => later(() => hear(told)) });
}

/** Leads: attaches each tab that says that it is there, and answers it. */
function welcomeTabs(
  { locks, BroadcastChannel: Channel }: Place,
  name: string,
  leader: string,
  relay: Relay,
  say: (call: Call) => void,
  signal: AbortSignal,
): (call: Call) => void {
  const pairs = new Map<string, BroadcastChannel>();
  // the relay says its last word first
  signal.addEventListener("abort", () =>
    queueMicrotask(() => {
      for (const pair of pairs.values()) pair.close();
    }),
  );

  function attach(tab: string): BroadcastChannel {
    const pair = new Channel(`${name}/${leader}/${tab}`);
    const hear = relay.attach({ post: (told) => postTo(pair, told) });
    pair.addEventListener("message", ({ data }: MessageEvent<FromTab>) => hear(data));
    watchTab(locks, name, tab, signal, () => {
      hear({ kind: "bye" });
      pairs.delete(tab);
      pair.close();
    });
    pairs.set(tab, pair);
    return pair;
  }

  return (call) => {
    if (call.kind !== "tab") return;
    const pair = pairs.get(call.tab) ?? attach(call.tab);
    const here: Here = { kind: "here" };
    // one that has just come does not know yet who leads
    say({ kind: "leader", leader });
    postTo(pair, here);
  };
}
