// What was counted of a run.

export class Figures {
  kills = 0;
  diskErrors = 0;
  powerCuts = 0;
  stops = 0;
  sent = 0;
  confirmed = 0;
  duplicates = 0;
  unknown = 0;
  givenUp = 0;
  refused = 0;
  delivered = 0;
  gaps = 0;
  read = 0;
  /** Of state topics, that somebody was told. */
  values = 0;
  /** Jobs that were sent, confirmed, given to workers, and acknowledged with an answer. */
  jobs = 0;
  jobsConfirmed = 0;
  jobsGiven = 0;
  jobsAcked = 0;

  /** How often the hub was gone. */
  get ends(): number {
    return this.kills + this.diskErrors + this.powerCuts + this.stops;
  }
}
