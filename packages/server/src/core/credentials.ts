import type { Claims } from "./claims.ts";

/** What a client presented with its upgrade, before HELLO. A token in HELLO takes the place of both. */
export interface Credentials {
  /** A token, not verified yet. */
  readonly token: string | null;
  /** What stands behind a ticket, which was good. */
  readonly claims: Claims | null;
}

/** It presented nothing. */
export const noCredentials: Credentials = { token: null, claims: null };
