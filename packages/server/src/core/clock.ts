/** The time, as the core is told it before each thing it is told. */
export interface Clock {
  /** Milliseconds from an arbitrary start, never going back: for deadlines. */
  now: number;
  /** Milliseconds since 1970: for people and for the wire. */
  time: number;
}
