// How far the hub's clock is from ours, from publications of our own that came back.

/** One trip: when it left and came back by our clock, and the hub's stamp in between (ms since 1970). */
export interface Trip {
  readonly sent: number;
  readonly hubTime: number;
  readonly received: number;
}

export interface Estimate {
  /** Of the quickest trip, in ms. */
  readonly roundTripMs: number;
  /** The hub's clock minus ours, in ms. */
  readonly differenceMs: number;
}

/** The quickest trip is the one that waited least in queues, so its half is the best guess of one way. */
const TRIPS_KEPT = 8;
/** The hub stamps whole milliseconds, cut off: on average it is half a millisecond later than it says. */
const STAMP_MS = 1;

export class RoundTrips {
  #trips: Trip[] = [];

  add(trip: Trip): void {
    if (trip.received < trip.sent) return;
    this.#trips.push(trip);
    if (this.#trips.length > TRIPS_KEPT) this.#trips.shift();
  }

  /** A new connection may be another path, and after sleep our own clock may have moved. */
  clear(): void {
    this.#trips = [];
  }

  /** Trips within one stamp of the quickest say the same, so their mean is taken: it outdoes the stamp's coarseness. */
  best(): Estimate | undefined {
    if (this.#trips.length === 0) return undefined;
    const roundTripMs = Math.min(...this.#trips.map(lasted));
    const equals = this.#trips.filter((t) => lasted(t) < roundTripMs + STAMP_MS);
    const differenceMs = equals.reduce((sum, t) => sum + difference(t), 0) / equals.length;
    return { roundTripMs, differenceMs };
  }
}

const lasted = (t: Trip): number => t.received - t.sent;
const difference = (t: Trip): number => t.hubTime + STAMP_MS / 2 + lasted(t) / 2 - t.received;
