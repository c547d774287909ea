/** A client's connection, as far as the core knows it: something to send to, and the place where its session is kept. */
export interface Link<S> {
  /** Set by the core, and by nobody else. */
  session: S | undefined;
}
