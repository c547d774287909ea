/** What a READ is still to be told: a session has one for each that is not answered. */
export interface Reading<T> {
  /** Of the READ. */
  readonly id: number;
  readonly topic: T;
  readonly isBackwards: boolean;
  /** The offset that comes next. */
  at: number;
  /** How many more, at most. */
  left: number;
}
