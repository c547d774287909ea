// What sockets hold because the network does not take it. A session with too much of it for long is closed, and when all of them together
// hold too much, the ones furthest behind are.

import type { LiveSession, OpenSession } from "./session.ts";

export interface BacklogBounds {
  /** Of one session, in bytes. */
  readonly unsentBytesMax: number;
  /** Of all sessions together, in bytes. */
  readonly nodeUnsentBytesMax: number;
}

export class Backlog {
  readonly #bounds: BacklogBounds;
  readonly #sessions: ReadonlySet<OpenSession>;
  readonly #close: (session: LiveSession, unsent: number) => void;
  /** Of all sessions, in bytes. */
  total = 0;

  /** `close` ends a session that holds too much. */
  constructor(
    bounds: BacklogBounds,
    sessions: ReadonlySet<OpenSession>,
    close: (session: LiveSession, unsent: number) => void,
  ) {
    this.#bounds = bounds;
    this.#sessions = sessions;
    this.#close = close;
  }

  /** A write has left the socket with `flow.unsent` bytes; before it, it held `before`. One large write alone closes nobody. */
  changed(session: LiveSession, before: number): void {
    const { unsent } = session.flow;
    this.total += unsent - before;
    if (session.isLocal) return;
    if (unsent > this.#bounds.unsentBytesMax && before > 0) this.#close(session, unsent);
    while (this.total > this.#bounds.nodeUnsentBytesMax) {
      const furthest = this.#furthest();
      if (furthest === undefined) return;
      this.#close(furthest, furthest.flow.unsent);
    }
  }

  /** The network has taken all that the socket held. */
  drained(session: LiveSession): void {
    this.total -= session.flow.unsent;
    session.flow.drained();
  }

  #furthest(): LiveSession | undefined {
    let furthest: LiveSession | undefined;
    for (const session of this.#sessions)
      if (session.phase === "live" && session.flow.unsent > (furthest?.flow.unsent ?? 0))
        furthest = session;
    return furthest;
  }
}
