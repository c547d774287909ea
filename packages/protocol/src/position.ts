/** A place in the log of a topic. */
export interface Position {
  /** A number, 1 … 2^53 − 1, that is new whenever the numbering of the topic could have started again. */
  readonly epoch: number;
  /** Counts the publications of the topic since the epoch began; the first is 1. */
  readonly offset: number;
}
