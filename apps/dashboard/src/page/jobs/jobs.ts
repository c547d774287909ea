// The queue as the page follows it, and what a visitor can do with it.
import {
  ClientError,
  type Client,
  type ErrorCode,
  type Gap,
  type Publication,
  type Store,
  type Subscription,
} from "@fanwire/client";
import { queue, type Queue } from "@fanwire/client/queue";
import { QUEUE, QUEUE_SETTINGS, type Crew, type JobData, type Mix } from "../../jobs.ts";
import type { News } from "../data/news.ts";
import { everyQuarter } from "../quarter.ts";
import { Value } from "../store.ts";
import { accountOf, isSettled, type Account } from "./account.ts";
import { look } from "./look.ts";
import { LostWorkers } from "./lost-workers.ts";
import { totalOf } from "./mix.ts";
import { QueueFigures } from "./queue-figures.ts";
import { readCrew, readDone, readSending, readSent } from "./records.ts";
import { readReport, type Report } from "./report.ts";
import { sendBatch } from "./sending.ts";
import { Sheet } from "./sheet.ts";
import { endWorker, startWorker } from "./worker-orders.ts";
import { Whole } from "./whole.ts";
import { WorkerRows } from "./worker-rows.ts";
import {
  backSentence,
  cameSentence,
  deadSentence,
  killedSentence,
  leftSentence,
  sentSentence,
  settledSentence,
} from "./words.ts";

/** All that the page keeps an account of at a time. */
const SHEET_MAX = 20_000;
/** Ten minutes of what is told once a second. */
const STATS = 600;
/** Long enough for that sentence to be read. */
const SETTLED_MS = 4_000;
/** After a gap for one of these the hub tells everything that it has. */
const ANEW: ReadonlySet<Gap["reason"]> = new Set<Gap["reason"]>(["epoch", "ahead", "reset"]);
const DENIED: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "forbidden",
  "not-found",
  "unsupported",
]);

export interface JobsListener {
  heard(publication: Publication): void;
  /** What is on record is followed by it. */
  followed(subscription: Subscription<unknown>): void;
}

export class Jobs {
  readonly sheet = new Sheet();
  readonly figures = new QueueFigures();
  readonly rows = new WorkerRows();
  readonly crew = new Value<Crew>({ offers: [], workers: [] });
  readonly isPaused = new Value(false);
  readonly isSending = new Value(false);
  /** The account is of all that there is: until then it would not add up. */
  readonly isWhole: Store<boolean>;
  /** Why nothing can be shown of the queue, in the hub's words. */
  readonly refusal = new Value<string | undefined>(undefined);
  readonly #client: Client;
  readonly #queue: Queue<JobData>;
  readonly #news: News;
  readonly #now: () => number;
  readonly #lost = new LostWorkers();
  readonly #killed = new Set<number>();
  #account: { readonly at: number; readonly is: Account } | undefined;
  #wasSettled = true;
  /** When it was told that all is done. */
  #settledAt = -Infinity;
  readonly #whole: Whole;

  /** `now`: the hub's clock. */
  constructor(client: Client, news: News, now: () => number) {
    this.#client = client;
    this.#queue = queue(client, QUEUE);
    this.#news = news;
    this.#now = now;
    this.#whole = new Whole({
      look: (signal) => look(this.#queue, this.sheet, signal),
      whole: (isFirst) => this.#known(isFirst),
      failed: (error) => this.#refused(error),
    });
    this.isWhole = this.#whole.is;
  }

  get account(): Account {
    const at = this.sheet.changes;
    if (this.#account?.at !== at) this.#account = { at, is: accountOf(this.sheet.jobs) };
    return this.#account.is;
  }

  start(listener: JobsListener): void {
    const sent = this.#client.topic("jobs.sent").subscribe(
      (publication) => {
        listener.heard(publication);
        this.#sent(publication);
      },
      { from: "start" },
    );
    const done = this.#client.topic("jobs.done").subscribe(
      (publication) => {
        listener.heard(publication);
        const record = readDone(publication.data);
        if (record) this.sheet.done(record);
      },
      { from: "start" },
    );
    done.on("gap", ({ reason }) => {
      if (ANEW.has(reason)) this.sheet.forgetDone();
    });
    const reports = this.#client.topic(`$queue.${QUEUE}.jobs`).subscribe(({ data, time }) => {
      const report = readReport(data);
      if (report) this.#told(report, time);
    });
    for (const subscription of [sent, done]) listener.followed(subscription);
    this.#whole.follow([sent, done, reports]);
    for (const subscription of [sent, done, reports]) this.#refusedWith(subscription);
    this.#followFigures();
    everyQuarter(() => this.#quarter());
  }

  async send(work: string, mix: Mix): Promise<void> {
    if (this.isSending.get()) return;
    const anew = this.isWhole.get() && isSettled(this.account);
    if (!anew && this.sheet.size + totalOf(mix) > SHEET_MAX)
      return this.#news.tell("Nothing was sent: let the workers finish some of these jobs first.");
    this.isSending.set(true);
    const began = performance.now();
    try {
      const { confirmed, refused } = await sendBatch(this.#client, this.#queue, {
        work,
        mix,
        anew,
      });
      this.#news.tell(sentSentence(confirmed, refused, performance.now() - began));
    } catch (error) {
      this.#news.tell(`Nothing was sent: ${reasonOf(error)}`);
    }
    this.isSending.set(false);
  }

  async pause(): Promise<void> {
    const wanted = !this.isPaused.get();
    try {
      await (wanted ? this.#queue.manage.pause() : this.#queue.manage.resume());
    } catch (error) {
      return this.#news.tell(`The queue goes on as before: ${reasonOf(error)}`);
    }
    this.isPaused.set(wanted);
    this.#news.tell(
      wanted
        ? "Paused. Workers finish what they have, and get nothing more."
        : "Resumed. Jobs are given out again.",
    );
  }

  async redrive(): Promise<void> {
    try {
      const revived = await this.#queue.manage.redrive();
      this.#news.tell(`${revived === 1 ? "1 job has" : `${revived} jobs have`} another chance.`);
    } catch (error) {
      this.#news.tell(`Nothing was redriven: ${reasonOf(error)}`);
    }
  }

  async startWorker(): Promise<void> {
    this.#tell(await startWorker());
  }

  /** It finishes its job. */
  async stopWorker(pid: number): Promise<void> {
    this.#tell(await endWorker("stop", pid));
  }

  /** In the middle of its job. */
  async killWorker(pid: number): Promise<void> {
    this.#killed.add(pid);
    const hadJob = this.rows.at(pid) !== undefined;
    this.#lost.add(pid);
    const why = await endWorker("kill", pid);
    this.#tell(why ?? killedSentence(pid, hadJob, QUEUE_SETTINGS.resumeMs));
  }

  #followFigures(): void {
    const stats = this.#client.topic(`$queue.${QUEUE}.stats`).subscribe(
      ({ time, data }) => {
        this.figures.take(time, data);
        this.isPaused.set(this.figures.newest?.isPaused ?? false);
      },
      { from: { last: STATS } },
    );
    stats.on("gap", () => this.figures.break());
    this.#refusedWith(stats);
    const crew = this.#client.topic("jobs.workers").subscribe(({ data }) => this.#crew(data), {
      from: "state",
    });
    this.#refusedWith(crew);
  }

  #sent({ data, time }: Publication): void {
    const sending = readSending(data);
    const sent = readSent(data);
    if (sending) {
      this.sheet.sending(sending, time);
      // they may all be done before anybody looks
      this.#wasSettled = false;
    }
    // where nothing came of it, what was done before is no news
    if (sent && !this.sheet.sent(sent)) this.#wasSettled = isSettled(this.account);
  }

  #told(report: Report, time: number): void {
    const holder = this.rows.holder(report.id);
    this.rows.told(report);
    const job = this.sheet.told(report, time);
    if (!job) return;
    const sentence = this.#lost.changed(job, holder);
    if (sentence !== undefined) this.#tell(sentence);
    else if (job.stand === "dead") this.#tell(deadSentence(report.seq, job.failures));
  }

  #crew(data: unknown): void {
    const before = this.crew.get().workers;
    const crew = readCrew(data);
    this.crew.set(crew);
    this.rows.keep(crew.workers.map(({ pid }) => pid));
    // what was there when the page was opened is no news
    if (!this.#whole.wasOnce) return;
    const left = leftSentence(before, crew.workers, this.#killed);
    // who comes too late is less than what all have waited for
    const isTold = performance.now() - this.#settledAt < SETTLED_MS;
    this.#tell(left ?? (isTold ? undefined : cameSentence(before, crew.workers)));
  }

  #quarter(): void {
    for (const job of this.sheet.tick(this.#now()))
      this.#tell(this.#lost.changed(job, this.rows.holder(job.id)));
    // what failed is tried again
    this.#whole.try();
    if (!this.isWhole.get() || this.isSending.get()) return;
    const settled = isSettled(this.account);
    if (settled && !this.#wasSettled && this.account.sent > 0) {
      this.#settledAt = performance.now();
      this.#tell(settledSentence(this.account));
    }
    this.#wasSettled = settled;
  }

  #known(isFirst: boolean): void {
    // what was done before the page was opened is no news
    if (isFirst) this.#wasSettled = isSettled(this.account);
    else if (this.account.sent > 0) this.#tell(backSentence(this.account));
  }

  #refusedWith(subscription: Subscription<unknown>): void {
    subscription.on("ended", (error) => this.#refused(error));
  }

  #refused(error: unknown): void {
    if (error instanceof ClientError && DENIED.has(error.code)) {
      this.refusal.set(error.message);
      // what was known is no answer any more
      this.#whole.end();
      this.figures.end();
      this.rows.keep([]);
      this.#news.tell(error.message, true);
    }
  }

  #tell(sentence: string | undefined): void {
    if (sentence !== undefined) this.#news.tell(sentence);
  }
}

const reasonOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
