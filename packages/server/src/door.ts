// From the options to what is asked of somebody who connects: from where, from which page, with which credentials, how fast.

import type { IncomingMessage } from "node:http";
import type { BlockList } from "node:net";
import type { Tickets } from "./auth/tickets.ts";
import type { ResolvedOptions } from "./options.ts";
import type { Logger } from "./ports/logger.ts";
import { clientAddress, neighbourhood, proxyList } from "./transport/client-address.ts";
import { credentialsOf } from "./transport/credentials.ts";
import { fileLimit } from "./transport/file-limit.ts";
import type { ListenerSettings } from "./transport/listener.ts";
import { isLocalName, isLoopback, whyNotLocal } from "./transport/loopback.ts";
import { originList, whyNotOrigin } from "./transport/origin.ts";

/** Of the files that the process may open, connections may be this share. */
const FILES_SHARE = 0.8;

/**
 * Throws a TypeError for an origin, a proxy or a number of connections that cannot be.
 * `tickets`: null when the hub is open.
 */
export function doorOf(
  options: ResolvedOptions,
  tickets: Tickets | null,
  logger: Logger,
): ListenerSettings {
  const { path, batchBytesMax, waitingPerAddressMax } = options;
  const origins = originList(options.origins);
  const proxies = proxyList(options.trustProxy);
  const shared = {
    path,
    batchBytesMax,
    waitingPerAddressMax,
    connectionsMax: connectionsMaxOf(options, logger),
    isPlain: true,
  };
  if (tickets === null)
    return {
      ...shared,
      admits: (request) => whyNotLocal(request) ?? whyNotOrigin(request, origins, isLocalName),
      // what is not asked for may come all the same
      credentials: () => ({ token: null, claims: null }),
      neighbourhood: () => null,
      pace: null,
    };
  return {
    ...shared,
    admits: (request) => whyNotOrigin(request, origins, () => false),
    credentials: (request) =>
      credentialsOf(request, (ticket, origin) => tickets.redeem(ticket, origin)),
    neighbourhood: neighbourhoods(options, proxies, logger),
    pace: options,
  };
}

function neighbourhoods(
  options: ResolvedOptions,
  proxies: BlockList,
  logger: Logger,
): (request: IncomingMessage) => string | null {
  let isWarned = options.trustProxy.length > 0;
  return (request) => {
    const address = clientAddress(request, proxies);
    if (!isLoopback(address)) return neighbourhood(address);
    if (!isWarned && request.headers["x-forwarded-for"] !== undefined) {
      isWarned = true;
      logger.warn(
        "A proxy on this machine connects for others, and is not trusted, so bounds of addresses hold for nobody: set trustProxy to 127.0.0.1 and ::1.",
      );
    }
    return options.loopback ? address : null;
  };
}

function connectionsMaxOf(
  { connectionsMax, isConnectionsMaxGiven }: ResolvedOptions,
  logger: Logger,
): number {
  const files = fileLimit();
  if (files === undefined) return connectionsMax;
  const most = Math.floor(files * FILES_SHARE);
  if (connectionsMax <= most) return connectionsMax;
  if (isConnectionsMaxGiven)
    throw new TypeError(
      `limits.connectionsMax (${connectionsMax}) may be at most ${most}: 80 % of the ${files} files that this process may open. Raise that (ulimit -n), or lower it.`,
    );
  logger.info("Fewer connections than by default: the process may not open more files.", {
    connectionsMax: most,
    files,
  });
  return most;
}
