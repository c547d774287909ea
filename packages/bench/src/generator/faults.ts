// What a server did wrong, or announced as missed.

/** What was wrong so far. */
export interface Faults {
  /** Deliveries without a marker. */
  foreign: number;
  /** Deliveries that were there before, or came after a later one. */
  disorder: number;
  /** Publications that were passed over without a word. */
  holes: number;
  /** Publications whose offset is not the one after the last, where the server counts them and said no word. */
  offsets: number;
  /** Publications that the server said a subscriber does not get (GAP), … */
  missed: number;
  /** … in this many announcements, … */
  gaps: number;
  /** … of which this many had wrong bounds. */
  wrongGaps: number;
}

/** A count of nothing. */
export const noFaults = (): Faults => ({
  foreign: 0,
  disorder: 0,
  holes: 0,
  offsets: 0,
  missed: 0,
  gaps: 0,
  wrongGaps: 0,
});
