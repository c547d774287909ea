import type { Client } from "@fanwire/client";
import type { Session } from "@fanwire/server/inside";

/** A connection, as the hub sees it. */
export interface Connection {
  readonly client: Client;
  /** Undefined while it was not let in, and when the hub has closed it. */
  readonly session: string | undefined;
  /** Whom its token names; undefined where there is none. */
  readonly subject: string | undefined;
  /** Topics and patterns that it follows. */
  readonly subscriptions: readonly string[];
}

export function connectionOf(client: Client, session: Session | undefined): Connection {
  if (session?.phase !== "live")
    return { client, session: undefined, subject: undefined, subscriptions: [] };
  return {
    client,
    session: session.id,
    subject: session.claims?.subject,
    subscriptions: session.subscriptions.map(({ stream }) => stream.name),
  };
}
