// What handlers throw to say what is to become of their job.

/** Thrown by a handler: the job can never be done. It becomes a dead letter at once. */
export class Fatal extends Error {
  override readonly name = "Fatal";
}

/** Thrown by a handler: the job is not done, and nobody is to blame. It goes back to its place at once, and that does not count. */
export class Release extends Error {
  override readonly name = "Release";
}

/** Thrown by a handler: the job has failed, which counts, and comes again after a time of its own. */
export class Retry extends Error {
  override readonly name = "Retry";
  /** After how long it comes again, in milliseconds. */
  readonly delayMs: number;

  constructor(delayMs: number, message = "", options?: ErrorOptions) {
    super(message, options);
    this.delayMs = delayMs;
  }
}
