// Who holds one kind of traffic against what is promised of it. A judge takes the events that it knows and leaves the others alone.

import type { Event } from "./history.ts";

export interface Judge {
  add(event: Event): void;
  /** Nothing follows: what can be said in the end alone. */
  finish(): void;
}
