/** What the hub has done since it started, and holds at the moment: numbers that only the core changes. */
export class Counts {
  /** Live sessions of clients. */
  sessions = 0;
  subscriptions = 0;
  publications = 0;
  /** Publications × their subscribers. */
  deliveries = 0;
  /** Requests and publications that were refused. */
  refused = 0;
  receivedBytes = 0;
  sentBytes = 0;
  /** Connections that the hub closed, by the name of the close code. */
  readonly closed: Record<string, number> = {};
}
