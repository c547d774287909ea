// A client that shares its socket with those of the other tabs.

import type { Contract } from "../contract.ts";
import { type Client, createClient, openClient } from "../client.ts";
import { type ClientOptions, readOptions } from "../options.ts";
import type { Settings } from "../link.ts";
import { watchPage } from "../page.ts";
import { platform } from "../runtime.ts";
import { type Cable, openCable } from "./cable.ts";
import { holdLock, lockOfTab, meet } from "./meeting.ts";
import { openRelay, type Relay } from "./relay.ts";
import { work } from "./workplace.ts";

/** How to share. */
export interface ShareOptions<C extends Contract = Contract> extends Omit<
  ClientOptions<C>,
  "WebSocket"
> {
  /**
   * Tabs of one origin, one hub and one name share a socket, and with it what one token allows: give tabs of different users different names.
   * Default: none.
   */
  readonly name?: string | undefined;
  /**
   * Opens a SharedWorker that runs `@fanwire/client/share/worker`, which has the socket then. It must be the same for all tabs. Default: none; one
   * of the tabs has the socket.
   */
  readonly worker?: (() => SharedWorker) | undefined;
}

/**
 * Makes a client of the hub at `url` that shares one socket with all clients of the same origin, hub and name, each in its tab: in a
 * SharedWorker if there is one, else in one of the tabs, which another follows when it is closed; where the platform has no Web Locks each
 * has its own. What tabs follow is subscribed to once. When the tab with the socket goes, the others have another one within moments, and lose
 * and double nothing that the hub still has. One of the tabs is asked for the token. Jobs of queues are not taken over a shared socket.
 * Throws a TypeError for what cannot be.
 */
export function shareClient<const C extends Contract = Contract>(
  url: string | URL,
  options: ShareOptions<C> = {},
): Client<C> {
  const { name = "", worker, ...own } = options;
  if (!globalThis.navigator?.locks || !globalThis.BroadcastChannel) return createClient(url, own);
  const settings = readOptions(url, own);
  const cable = openCable(settings.token);
  const client = openClient(url, { ...own, token: undefined, WebSocket: cable.Socket }, platform);
  const stop = new AbortController();
  const { signal } = stop;
  takePart(`fanwire ${settings.url} ${name}`, settings, worker, cable, signal);
  // the client hears of this too, and looks whether the relay is there
  const nothing = (): void => {};
  const unwatch = watchPage(nothing, nothing, () => cable.ask("probe"));
  signal.addEventListener("abort", unwatch);
  void client.closed.then(() => stop.abort());
  const reconnect = client.reconnect.bind(client);
  client.reconnect = () => {
    cable.ask("renew");
    reconnect();
  };
  return client;
}

/** Is one of the tabs of `group` until the signal is aborted. */
function takePart(
  group: string,
  { url, token, idleMs, minMs, maxMs, Socket }: Settings,
  worker: (() => SharedWorker) | undefined,
  cable: Cable,
  signal: AbortSignal,
): void {
  const { locks } = navigator;
  const tab = crypto.randomUUID();
  const source = typeof token === "function" || (token ?? false);
  // the tabs have waited already
  const link = { url, idleMs: Math.min(idleMs, 1000), minMs, maxMs };
  const open = (over: () => void): Relay => openRelay({ ...link, Socket }, source, platform, over);
  const meetOthers = (): void => meet({ locks, BroadcastChannel }, group, tab, cable, open, signal);

  holdLock(locks, lockOfTab(group, tab), signal, () => {
    const shared = worker && globalThis.SharedWorker ? worker() : undefined;
    const terms = { name: group, token: source, ...link };
    if (shared) work(shared, tab, terms, cable, signal, meetOthers);
    else meetOthers();
  });
}
