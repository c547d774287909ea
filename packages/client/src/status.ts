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

/** What applications see of the link. */
export function statusOf(link: Connection, runtime: Runtime): Status {
  const { state } = link;
  if (state === "connecting") return { state, attempt: link.attempt };
  if (state === "live") return { state, session: link.session };
  if (state !== "waiting") return link;
  const { attempt, until, cause } = link;
  return { state, attempt, retryAt: until - runtime.now() + runtime.wallNow(), cause };
}
