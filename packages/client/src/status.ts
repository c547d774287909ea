// The link, as applications see it.

import type { Connection } from "./core/connection.ts";
import type { ClientError } from "./errors.ts";
import type { Runtime } from "./runtime.ts";

/**
 * Where the link to the hub stands.
 * - `idle`: nothing needs it
 * - `connecting`: `attempt` counts from 1 since a link last held
 * - `live`: `session` is the hub's id of it
 * - `waiting`: until the attempt of that number, at `retryAt` (milliseconds since 1970), for the reason given
 * - `closed`: for ever; with `cause`, for a reason of the hub, or the signal's
 */
export type Status =
  | { readonly state: "idle" }
  | { readonly state: "connecting"; readonly attempt: number }
  | { readonly state: "live"; readonly session: string }
  | {
      readonly state: "waiting";
      readonly attempt: number;
      readonly retryAt: number;
      readonly cause: ClientError;
    }
  | { readonly state: "closed"; readonly cause?: ClientError | undefined };

/** What applications see of the link; undefined: what they saw before. */
export function statusOf(link: Connection, runtime: Runtime): Status | undefined {
  switch (link.state) {
    case "connecting":
      return { state: link.state, attempt: link.attempt };
    case "live":
      return { state: link.state, session: link.session };
    case "waiting":
      return { ...link, retryAt: link.retryAt - runtime.now() + runtime.wallNow() };
    case "draining":
      return undefined;
    default:
      return link;
  }
}
