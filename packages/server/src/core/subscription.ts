import type { Row, Stream } from "./stream.ts";

/** A session follows a stream. */
export class Subscription<S> implements Row {
  readonly session: S;
  readonly stream: Stream<Subscription<S>>;
  index = -1;
  enteredAt = 0;

  constructor(session: S, stream: Stream<Subscription<S>>) {
    this.session = session;
    this.stream = stream;
  }
}
