// What was published before the page was opened, read back topic by topic from new to old: first the last minute of all, then the rest.
import type { Client, Publication } from "@fanwire/client";

const MINUTE_MS = 60_000;
/** As far as the longest window reaches. */
const FAR_MS = 10 * MINUTE_MS;
/** Topics that are read at the same time: enough to be quick, and few enough that what is live is not late. */
const AT_ONCE = 8;

export interface RecallParts {
  readonly client: Pick<Client, "topic">;
  /** By the hub's clock. */
  readonly now: () => number;
  readonly take: (publication: Publication) => void;
}

export class Recall {
  readonly #parts: RecallParts;
  /** The nearer first. */
  readonly #waiting: [near: (() => Promise<void>)[], far: (() => Promise<void>)[]] = [[], []];
  #running = 0;

  constructor(parts: RecallParts) {
    this.#parts = parts;
  }

  /** Reads a topic back, from now on. */
  add(topic: string): void {
    const { client, now } = this.#parts;
    const entries = client.topic(topic).history({ backwards: true })[Symbol.asyncIterator]();
    const read = async (backMs: number): Promise<boolean> => {
      const until = now() - backMs;
      for (;;) {
        // oxlint-disable-next-line no-await-in-loop -- one after the other, page by page
        const { value, done } = await entries.next();
        if (done) return false;
        this.#parts.take(value);
        if (value.time < until) return true;
      }
    };
    this.#soon(0, async () => {
      if (await read(MINUTE_MS)) this.#soon(1, async () => void (await read(FAR_MS)));
    });
  }

  #soon(priority: 0 | 1, job: () => Promise<void>): void {
    this.#waiting[priority].push(job);
    if (this.#running < AT_ONCE) void this.#run();
  }

  async #run(): Promise<void> {
    const [near, far] = this.#waiting;
    this.#running++;
    for (let job = near.shift() ?? far.shift(); job; job = near.shift() ?? far.shift())
      // what cannot be read back is not drawn: it may have gone, with the hub that had it in memory
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await job().catch(() => undefined);
    this.#running--;
  }
}
