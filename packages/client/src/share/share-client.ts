// A client that shares its socket with those of the other tabs.

import { type Client, createClient, openClient } from "../client.ts";
import { type ClientOptions, readOptions } from "../options.ts";
import { platform } from "../runtime.ts";
import { openCable } from "./cable.ts";
import { meet } from "./meeting.ts";
import { openRelay } from "./relay.ts";
import { work } from "./workplace.ts";

/** How to share. */
export interface ShareOptions extends Omit<ClientOptions, "WebSocket"> {
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
export function shareClient(url: string | URL, options: ShareOptions = {}): Client {
  const { name = "", worker, ...own } = options;
  const { locks } = globalThis.navigator ?? {};
  if (!locks || !globalThis.BroadcastChannel) return createClient(url, own);
  const settings = readOptions(url, own);
  const { token, idleMs, minMs, maxMs, Socket } = settings;
  const cable = openCable(token);
  const client = openClient(url, { ...own, token: undefined, WebSocket: cable.Socket }, platform);
  const stop = new AbortController();
  const tab = crypto.randomUUID();
  const group = `fanwire ${settings.url} ${name}`;
  const source = typeof token === "function" || (token ?? false);
  // the tabs have waited already
  const link = { url: settings.url, idleMs: Math.min(idleMs, 1000), minMs, maxMs };

  function meetOthers(): void {
    meet(
      { locks, BroadcastChannel },
      group,
      tab,
      cable,
      (over) => openRelay({ ...link, Socket }, source, platform, over),
      stop.signal,
    );
  }

  const shared = worker && globalThis.SharedWorker ? worker() : undefined;
  if (shared)
    work(shared, tab, { name: group, token: source, ...link }, cable, stop.signal, meetOthers);
  else meetOthers();
  const reconnect = client.reconnect.bind(client);
  client.reconnect = () => {
    cable.renew();
    reconnect();
  };
  void client.closed.then(() => stop.abort());
  return client;
}
